/**
 * The state: the model, with the log that keeps it. A change is applied at once, and committed or undone together with all others
 * of its turn. Nothing that follows from it may leave the process before the turn is committed.
 */
import { apply } from "./apply.ts";
import { type Change, isPassing, isTentative } from "./changes.ts";
import { Overtaken, StorageError, TurnLost, WithoutOrder } from "./entities.ts";
import { type Follower, Followers } from "./followers.ts";
import type { ChangeLog } from "./log.ts";
import { Model } from "./model.ts";
import { Staged } from "./staged.ts";

/** A model whose changes are committed to a log, turn by turn. */
export class State extends Model {
  readonly #log: ChangeLog;
  readonly #followers = new Followers();
  /** The changes of this turn, or of the one that is being committed. */
  readonly #staged = new Staged(this, this.#followers);
  /** The commit that is under way. */
  #keeping: Promise<boolean> | undefined;
  #failures = 0;
  /** Whether anything may be changed now: always without other nodes; otherwise this node has the order, or presumes it. */
  #ordered: boolean;
  /** Whether this turn is presumed: see `Order.presume`. */
  #presumed = false;
  /** Why this turn cannot be committed, although it runs: the order was not acquired, or not all of it can be done again. */
  #lost: unknown;
  /** Changes that are committed and applied, but not settled yet: see `settle`. */
  #unsettled: readonly Change[] = [];

  /** @param conversationsKept as of `Messages` */
  constructor(log: ChangeLog, conversationsKept?: number) {
    super((change) => this.#take(change), log.pages, conversationsKept);
    this.#log = log;
    this.#ordered = log.order === undefined;
    log.load(this);
  }

  /** Whether other nodes change the same state: then a turn begins with `presume`, `take`, `look` or `hear`. */
  get isShared(): boolean {
    return this.#log.order !== undefined;
  }

  /**
   * Begins a turn without the order, if other nodes are quiet. In it, changes that are not tentative are refused
   * (`WithoutOrder`).
   * @returns whether it has begun
   */
  presume(): boolean {
    if (this.#log.order?.presume() !== true) return false;
    this.#ordered = true;
    this.#presumed = true;
    return true;
  }

  /**
   * Begins a turn: acquires the order, and applies what other nodes have committed since.
   * @returns whether that was anything
   * @throws StorageError when the order cannot be acquired. Changes are allowed all the same, but the next `commit` fails and
   * undoes them
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
      // Requests are executed nevertheless, and refused when the turn ends, those that read as well as those that change.
      this.#ordered = true;
      throw this.#lose(error);
    }
  }

  /**
   * Applies what other nodes have committed since, without the order: until `endReading` nothing may be changed.
   * @returns whether that was anything. @throws StorageError when the log cannot be read: `endReading` throws it, too
   */
  async look(): Promise<boolean> {
    this.settle();
    try {
      return this.#adopt((await this.#log.order?.look()) ?? []);
    } catch (error) {
      throw this.#lose(error);
    }
  }

  /**
   * As `look`, but without asking the log: see `Order.heard`. @returns false where that does not suffice, and `look` must be
   * called
   */
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

  /**
   * Completes what is committed and applied: writes it where the log's `Pages` are read from, and tells the followers that it is
   * kept.
   */
  settle(): void {
    const changes = this.#unsettled;
    if (changes.length === 0) return;
    this.#unsettled = [];
    this.#log.order?.settle(changes);
    this.messages.settle();
    this.#followers.kept(changes);
  }

  /** Ends what `look` has begun. @throws StorageError if that has failed: what was read since must not be told */
  endReading(): void {
    if (this.#lost !== undefined) throw this.#undone(this.#lost);
  }

  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  /**
   * Makes sure that this turn has something to commit, so that its outcome shows whether the log works. @param time ms since 1970
   */
  probe(time: number): void {
    this.#take({ is: "log.probed", time });
  }

  /** Whether all changes since a mark are tentative, so that a presumed turn may have them. */
  isTentativeSince(mark: number): boolean {
    return this.#staged.isTentativeFrom(mark);
  }

  /** Makes the `commit` of a presumed turn fail as if another node had been faster: all of it is undone, and done again. */
  giveUp(): void {
    if (this.#presumed) this.#lost ??= new Overtaken("it needs the order");
  }

  /** A point within this turn, for `revert` and `isTentativeSince`: the number of its changes so far. */
  mark(): number {
    return this.#staged.changes.length;
  }

  /** Undoes every change since a mark of this turn. */
  revert(mark: number): void {
    this.#staged.undoFrom(mark, false);
  }

  /**
   * How many turns were undone so far. Whoever reads the state over several turns compares it: if it has changed, what was read
   * before may have been undone.
   */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Ends the turn: commits every change of it, or undoes all. Until that has ended, nothing may be changed.
   * @param isTold whether the turn has output: then what it has read must still hold, even if it has changed nothing
   * @returns whether anything was committed that proves that the log works; a promise if the log works asynchronously
   * @throws StorageError when nothing was committed, and all is undone; a promise rejects with it instead
   */
  commit(isTold = true): boolean | Promise<boolean> {
    if (this.#keeping) throw new Error("a turn is being kept already");
    this.settle();
    const { changes } = this.#staged;
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

  /** As `ChangeLog.tidy`, unless a commit is under way. */
  tidy(): void {
    if (!this.#keeping) this.#log.tidy();
  }

  /**
   * Commits this turn and closes the log. @returns a promise if the log works asynchronously. @throws as `commit`, with the log
   * closed
   */
  close(): void | Promise<void> {
    // If the commit under way fails, the caller of that `commit` is told.
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

  /** Closes the log without committing. What becomes of a commit that is under way, the next start finds out. */
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

  /**
   * Applies what other nodes have committed. @returns whether that was anything. @throws Error of a change that cannot be applied
   */
  #adopt(changes: readonly Change[]): boolean {
    if (changes.length === 0) return false;
    try {
      for (const change of changes) {
        const before = apply(this, change);
        this.#followers.changed(change, before);
      }
    } catch (error) {
      // Part of it is in the model now, so it can neither be undone nor applied again.
      this.#log.order?.broken(error as Error);
      throw error;
    }
    this.#unsettled = changes;
    this.#settleUnlessSaid();
    return true;
  }

  /** Ends a turn without changes. */
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

  /** Makes this turn one that cannot be committed. */
  #lose(error: unknown): StorageError {
    this.#lost = error;
    return new StorageError((error as Error).message, { cause: error });
  }

  #endTurn(): void {
    this.#lost = undefined;
    this.#presumed = false;
    this.#ordered = this.#log.order === undefined;
  }

  /**
   * The changes are committed. @returns whether that proves that the log works: a log of this process alone writes nothing for a
   * turn of transient changes
   */
  #kept(changes: readonly Change[]): boolean {
    this.#keeping = undefined;
    this.#endTurn();
    this.#staged.keep();
    this.#unsettled = changes;
    this.#settleUnlessSaid();
    return this.isShared || !changes.every(isPassing);
  }

  /**
   * A turn of tentative changes is settled by the turn after its output was sent, so that readers of messages do not wait for the
   * node's own copy to be written. Any other turn is settled at once, because its speakers may read the log's pages: a peer
   * finds the items for its realm only there.
   */
  #settleUnlessSaid(): void {
    if (!this.isShared || !this.#unsettled.every(isTentative)) this.settle();
  }

  /** Undoes the whole turn. */
  #undone(error: unknown): StorageError {
    this.#keeping = undefined;
    this.#endTurn();
    this.#failures++;
    this.#staged.undoFrom(0, error instanceof TurnLost);
    return new StorageError((error as Error).message, { cause: error });
  }

  /** Stages a change: applies it as part of this turn. @throws WithoutOrder where this turn must not have it */
  #take(change: Change): void {
    if (this.#keeping) throw new Error(`${change.is} while a turn is being kept`);
    if (!this.#ordered) throw new WithoutOrder(change.is);
    if (this.#presumed && !isTentative(change)) throw new WithoutOrder(change.is);
    this.#staged.add(change);
  }
}
