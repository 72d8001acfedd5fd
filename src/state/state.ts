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
  #changes: Change[] = [];
  #before: Before[] = [];

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

  /**
   * Makes every change durable, all or none. @returns whether there was any.
   * @throws StorageError when it could not be kept; then all of them have been undone.
   */
  commit(): boolean {
    const changes = this.#changes;
    if (changes.length === 0) return false;
    try {
      this.#log.commit(changes);
    } catch (error) {
      this.revert(0);
      throw new StorageError((error as Error).message, { cause: error });
    }
    this.#changes = [];
    this.#before = [];
    this.messages.settle();
    for (const follower of this.#followers) {
      if (follower.onKept) for (const change of changes) follower.onKept(change);
    }
    return true;
  }

  /** Commits and lets go of everything. */
  close(): void {
    try {
      this.commit();
    } finally {
      this.#log.close();
    }
  }

  #take(change: Change): void {
    const before = apply(this, change);
    this.#changes.push(change);
    this.#before.push(before);
    for (const follower of this.#followers) follower.onChange?.(change, before);
  }
}
