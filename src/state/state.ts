/**
 * The state: a change is in the model at once, and is kept or undone with all others of its turn. Nothing that follows from it
 * may leave the process before the turn is committed.
 */
import { apply, type Before, undo } from "./apply.ts";
import { type Change, isPassing, isTentative } from "./changes.ts";
import { Overtaken, StorageError, TurnLost, WithoutOrder } from "./entities.ts";
import { type Follower, Followers } from "./followers.ts";
import type { ChangeLog } from "./log.ts";
import { Model } from "./model.ts";

/** A model that keeps its changes in a log. */
export class State extends Model {
  readonly #log: ChangeLog;
  readonly #followers = new Followers();
  /** The changes of this turn, or of the one that is being kept; and what each overwrote. */
  #changes: Change[] = [];
  #before: Before[] = [];
  #keeping: Promise<boolean> | undefined;
  #failures = 0;
  /** It is this node's turn, or that of nobody else: there may be changes. */
  #ordered: boolean;
  /** It has not waited for the order. */
  #presumed = false;
  /** Why this turn has no order, and cannot be kept. */
  #lost: unknown;
  /** What is kept and in the model, and that `settle` has not put into the log's own pages yet. */
  #unsettled: readonly Change[] = [];

  /** @param conversationsKept as of `Messages` */
  constructor(log: ChangeLog, conversationsKept?: number) {
    super((change) => this.#take(change), log.pages, conversationsKept);
    this.#log = log;
    this.#ordered = log.order === undefined;
    log.load(this);
  }

  /** Whether other nodes change the same state: a turn begins with `take`. */
  get isShared(): boolean {
    return this.#log.order !== undefined;
  }

  /** Begins a turn without the order, if others are quiet: what cannot be done again is refused in it (`WithoutOrder`). */
  presume(): boolean {
    if (this.#log.order?.presume() !== true) return false;
    this.#ordered = true;
    this.#presumed = true;
    return true;
  }

  /**
   * Waits until it is this node's turn, and puts what others have kept since into the model.
   * @returns whether there was any
   * @throws StorageError when the order cannot be had: what is done until the next `commit` will not be kept
   */
  async take(): Promise<boolean> {
    const { order } = this.#log;
    this.settle();
    try {
      let any = false;
      if (order?.isFarBehind) any = this.#adopt(await order.look());
      this.settle();
      any = this.#adopt((await order?.take()) ?? []) || any;
      this.#ordered = true;
      return any;
    } catch (error) {
      // Who changes something is told at the end, with all who have read.
      this.#ordered = true;
      throw this.#lose(error);
    }
  }

  /** Puts what others have kept since into the model. Until `endReading` nothing may be changed. @returns and throws as `take` */
  async look(): Promise<boolean> {
    this.settle();
    try {
      return this.#adopt((await this.#log.order?.look()) ?? []);
    } catch (error) {
      throw this.#lose(error);
    }
  }

  /** Puts in what this node was told that others have kept since, as `look`. @returns false: it must `look` */
  hear(): boolean {
    this.settle();
    const heard = this.#log.order?.heard();
    if (!heard) return false;
    try {
      this.#adopt(heard);
    } catch (error) {
      this.#lose(error);
    }
    return true;
  }

  /** Puts what is kept, and in the model, into the log's own pages, and tells those who follow that it is kept. */
  settle(): void {
    const changes = this.#unsettled;
    if (changes.length === 0) return;
    this.#unsettled = [];
    this.#log.order?.settle(changes);
    this.messages.settle();
    this.#followers.kept(changes);
  }

  /** What those who follow were told that it is kept is in the log's files, for other processes that read them. */
  flush(): void {
    this.#log.order?.flush();
  }

  /** What was read since `look` may be told. @throws StorageError if that had failed */
  endReading(): void {
    if (this.#lost !== undefined) throw this.#undone(this.#lost);
  }

  /** @param hears whether it is told of `message.appended`, too: nearly all changes are that */
  follow(follower: Follower, hears: "all" | "all but messages" = "all"): void {
    this.#followers.add(follower, hears);
  }

  /** Has this turn keep something, whatever else it does. @param time ms since 1970 */
  probe(time: number): void {
    this.#take({ is: "log.probed", time });
  }

  /** Whether all that was changed since the mark may be done without the order. */
  isTentativeSince(mark: number): boolean {
    for (let i = mark; i < this.#changes.length; i++) if (!isTentative(this.#changes[i] as Change)) return false;
    return true;
  }

  /** Something of a turn without the order must not be kept: all of it is done again. */
  giveUp(): void {
    if (this.#presumed) this.#lost ??= new Overtaken("it needs the order");
  }

  /** A point within this turn, for `revert`. */
  mark(): number {
    return this.#changes.length;
  }

  /** Undoes every change since the mark. */
  revert(mark: number): void {
    this.#revert(mark, false);
  }

  #revert(mark: number, isLost: boolean): void {
    while (this.#changes.length > mark) {
      const change = this.#changes.pop() as Change;
      undo(this, change, this.#before.pop());
      this.#followers.undone(change, isLost);
    }
  }

  /** How many turns could not be kept. What was read from the state before the last of them may have been undone. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Keeps every change of the turn, or none; until that has ended, nothing may be changed.
   * @param isTold somebody is told what was read. @returns whether there was any; a promise if the log must wait
   * @throws StorageError when they could not be kept, as the promise does; all of them are undone then
   */
  commit(isTold = true): boolean | Promise<boolean> {
    if (this.#keeping) throw new Error("a turn is being kept already");
    this.settle();
    const changes = this.#changes;
    if (this.#lost !== undefined) throw this.#undone(this.#lost);
    if (changes.length === 0) {
      this.#endTurn();
      return this.#release(isTold);
    }
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

  /** Lets the log tidy up, unless a turn is being kept. */
  tidy(): void {
    if (!this.#keeping) this.#log.tidy();
  }

  /** Commits and closes the log. @returns a promise if the log must wait. @throws StorageError, as the promise does */
  close(): void | Promise<void> {
    // A failure of that turn is thrown to the caller of its `commit`.
    if (this.#keeping) return this.#keeping.catch(() => {}).then(() => this.close());
    let kept: boolean | Promise<boolean>;
    try {
      kept = this.commit();
    } catch (error) {
      return this.#closeAfter(error);
    }
    if (!(kept instanceof Promise)) return this.#log.close();
    return kept.then(
      () => this.#log.close(),
      (error: unknown) => this.#closeAfter(error),
    );
  }

  /** Closes a log that cannot go on, or that is not waited for: what became of a turn that is being kept the next start reads. */
  abandon(): void | Promise<void> {
    return this.#log.close();
  }

  #closeAfter(error: unknown): Promise<void> {
    const closed = this.#log.close();
    if (!closed) throw error;
    return closed.then(() => {
      throw error;
    });
  }

  /** @throws Error of the log */
  #adopt(changes: readonly Change[]): boolean {
    if (changes.length === 0) return false;
    try {
      for (const change of changes) {
        const before = apply(this, change);
        this.#followers.changed(change, before);
      }
    } catch (error) {
      // Some of it is in the model, and cannot come again.
      this.#log.order?.broken(error as Error);
      throw error;
    }
    this.#unsettled = changes;
    this.#settleUnlessSaid();
    return true;
  }

  /** Of a turn in which nothing was changed. */
  #release(isTold: boolean): false | Promise<false> {
    const released = this.#log.order?.release(isTold);
    if (!released) return false;
    const keeping = released.then(
      () => {
        this.#keeping = undefined;
        return false as const;
      },
      (error: unknown) => {
        throw this.#undone(error);
      },
    );
    this.#keeping = keeping;
    return keeping;
  }

  #lose(error: unknown): StorageError {
    this.#lost = error;
    return new StorageError((error as Error).message, { cause: error });
  }

  #endTurn(): void {
    this.#lost = undefined;
    this.#presumed = false;
    this.#ordered = this.#log.order === undefined;
  }

  /** @returns whether that shows that the log keeps anything: of what is only told it may keep nothing */
  #kept(changes: readonly Change[]): boolean {
    this.#keeping = undefined;
    this.#endTurn();
    this.#changes = [];
    this.#before = [];
    this.#unsettled = changes;
    this.#settleUnlessSaid();
    return this.isShared || !changes.every(isPassing);
  }

  /**
   * What people say is spoken before the log's own pages have it. Where there is anything else in a turn a speaker may read them:
   * a peer finds the items for its realm only there.
   */
  #settleUnlessSaid(): void {
    if (!this.isShared || !this.#unsettled.every(isTentative)) this.settle();
  }

  #undone(error: unknown): StorageError {
    this.#keeping = undefined;
    this.#endTurn();
    this.#failures++;
    this.#revert(0, error instanceof TurnLost);
    return new StorageError((error as Error).message, { cause: error });
  }

  #take(change: Change): void {
    if (this.#keeping) throw new Error(`${change.is} while a turn is being kept`);
    if (!this.#ordered) throw new WithoutOrder(change.is);
    if (this.#presumed && !isTentative(change)) throw new WithoutOrder(change.is);
    const before = apply(this, change);
    this.#changes.push(change);
    this.#before.push(before);
    this.#followers.changed(change, before);
  }
}
