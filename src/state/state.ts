/**
 * The state and the turn: every change is put into the model at once, is visible to whoever reads, and is kept or undone
 * with all others of its turn. Nothing may leave the process before the commit of the turn that made it.
 */
import { apply, type Before, undo } from "./apply.ts";
import type { Change } from "./changes.ts";
import { StorageError } from "./entities.ts";
import type { ChangeLog } from "./log.ts";
import { Model } from "./model.ts";

/** Told of changes as they are made, kept, or taken back. */
export interface Follower {
  /** It is in the model now. @param before what it has overwritten: see `was` in apply.ts */
  onChange?(change: Change, before: Before): void;
  /** It is kept; must not throw. */
  onKept?(change: Change): void;
  /** It has not happened after all. */
  onUndone?(change: Change): void;
}

export class State extends Model {
  readonly #log: ChangeLog;
  readonly #followers: Follower[] = [];
  /** Of this turn, or of the one that is being kept. */
  #changes: Change[] = [];
  #before: Before[] = [];
  #keeping: Promise<boolean> | undefined;
  #failures = 0;

  constructor(log: ChangeLog) {
    super((change) => this.#take(change), log.pages);
    this.#log = log;
    log.load(this);
  }

  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** A place to come back to with `revert`, within this turn. */
  mark(): number {
    return this.#changes.length;
  }

  /** Undoes every change since the mark. */
  revert(mark: number): void {
    while (this.#changes.length > mark) {
      const change = this.#changes.pop() as Change;
      undo(this, change, this.#before.pop());
      for (const follower of this.#followers) follower.onUndone?.(change);
    }
  }

  /** How many turns could not be kept: whoever has looked at the state before and after one has seen what never was. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Makes every change durable, all or none; until that has ended, nothing may be changed.
   * @returns whether there was any: at once where the log is done at once.
   * @throws StorageError when it could not be kept, as the promise does; then all of them have been undone.
   */
  commit(): boolean | Promise<boolean> {
    if (this.#keeping) throw new Error("a turn is being kept already");
    const changes = this.#changes;
    if (changes.length === 0) return false;
    let kept: void | Promise<void>;
    try {
      kept = this.#log.commit(changes);
    } catch (error) {
      throw this.#undone(error);
    }
    if (!kept) return this.#kept(changes);
    this.#keeping = Promise.resolve(kept).then(
      () => this.#kept(changes),
      (error: unknown) => {
        throw this.#undone(error);
      },
    );
    return this.#keeping;
  }

  /** Commits and lets go of everything; at once where the log is done at once. @throws StorageError when it could not be kept */
  close(): void | Promise<void> {
    // Whoever has asked for that turn hears of its failure.
    if (this.#keeping) return this.#keeping.catch(() => {}).then(() => this.close());
    let kept: boolean | Promise<boolean> = false;
    try {
      kept = this.commit();
    } finally {
      if (!(kept instanceof Promise)) this.#log.close();
    }
    if (kept instanceof Promise) return kept.then(() => {}).finally(() => this.#log.close());
  }

  #kept(changes: readonly Change[]): true {
    this.#keeping = undefined;
    this.#changes = [];
    this.#before = [];
    this.messages.settle();
    for (const follower of this.#followers) {
      if (follower.onKept) for (const change of changes) follower.onKept(change);
    }
    return true;
  }

  #undone(error: unknown): StorageError {
    this.#keeping = undefined;
    this.#failures++;
    this.revert(0);
    return new StorageError((error as Error).message, { cause: error });
  }

  #take(change: Change): void {
    if (this.#keeping) throw new Error(`${change.is} while a turn is being kept`);
    const before = apply(this, change);
    this.#changes.push(change);
    this.#before.push(before);
    for (const follower of this.#followers) follower.onChange?.(change, before);
  }
}
