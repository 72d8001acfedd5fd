/**
 * The port of a log, which keeps changes: commits them and loads them again. It deals in numbers and values. Live objects of the
 * model occur only in the messages and conversations that it reads.
 */
import type { Change } from "./changes.ts";
import type { Conversation, OutboxItem, StoredMessage } from "./entities.ts";
import type { Model } from "./model.ts";

/**
 * Where and when a row was accepted. `conversation`: its number, 0 for a message that was withdrawn or removed; `time`: ms since
 * 1970.
 */
export interface Stamp {
  readonly seq: number;
  readonly conversation: number;
  readonly time: number;
}

/**
 * What is too much for memory, read when it is asked for. It has only what was committed, and where nodes share the log only what
 * was settled (`Order.settle`).
 * @throws StorageError where the database cannot be read, or is damaged
 */
export interface Pages {
  message(seq: number): StoredMessage | undefined;
  /** The stamps of all rows after a number, messages and alterations, by rising number. Reads lazily, as the caller iterates. */
  following(seq: number): Iterable<Stamp>;
  /** The number of the newest message of a conversation that has this id in the realm that it comes from. */
  byOrigin(conversation: number, origin: string): number | undefined;
  /** A private conversation. Each call makes a new object, so the caller must see to it that there is only one in use. */
  conversation(id: number): Conversation | undefined;
  /** The number of the private conversation of two parties. */
  conversationBetween(a: number, b: number): number | undefined;
  /** A party's private conversations, each with its other party, which may be the same. */
  conversationsOf(party: number): Iterable<{ readonly other: number; readonly conversation: number }>;
  /** The next items for a realm after a number, at most `count`. */
  queued(realm: string, n: number, count: number): Iterable<OutboxItem>;
}

/** Commits changes turn by turn, and loads them at the next start. */
export interface ChangeLog {
  /** Fills an empty model with what was kept. To be called once, before anything else. @throws Error if it cannot be read */
  load(into: Model): void;
  /**
   * Commits all changes of a turn, or none. A log that works asynchronously returns a promise, and is given no other turn until
   * that is settled. @throws Error if nothing was committed; a promise rejects with it instead
   */
  commit(changes: readonly Change[]): void | Promise<void>;
  readonly pages: Pages;
  /** The order of a log that several nodes share; undefined for a log of this process alone. */
  readonly order?: Order | undefined;
  /**
   * Removes deleted texts also from where the database has copied them, such as its write-ahead log. Called every few seconds,
   * while no commit is under way.
   */
  tidy(): void;
  /** Closes the log. The promise of a commit that is still under way may never settle after that. */
  close(): void | Promise<void>;
}

/**
 * The order: an exclusive lock that serialises the turns of all nodes that share a log. The node that holds it has applied every
 * earlier change, and no other node can commit until the holder has committed its turn or released the lock.
 *
 * "Since" below means since the last call of this node that returned or committed changes.
 */
export interface Order {
  /**
   * Begins an optimistic turn, which does not hold the lock. @returns false where other nodes have been active lately, or the log
   * cannot be reached: then nothing has begun. If another node commits first, `commit` or `release` of this turn fails with
   * `Overtaken`.
   */
  presume(): boolean;
  /** Acquires the lock. @returns what others have committed since. @throws Error if the log cannot be reached in time */
  take(): Promise<readonly Change[]>;
  /** Reads without the lock. @returns what others have committed since. @throws as `take` */
  look(): Promise<readonly Change[]>;
  /**
   * What others have committed since, without a round trip: from the notifications of these nodes. @returns undefined where these
   * do not tell all of it: use `look`
   */
  heard(): readonly Change[] | undefined;
  /**
   * Writes changes into this node's own copy, which `Pages` are read from. To be called once for all that was returned or
   * committed, when it is in the model.
   */
  settle(changes: readonly Change[]): void;
  /** Whether others have committed so much since that it should be read by `look` first: the lock would be held for long. */
  readonly isFarBehind: boolean;
  /**
   * Ends a turn without changes. @param isTold the turn has output, so what it has read must still hold. @returns a promise where
   * the log must be asked for that. @throws TurnLost if it does not hold; a promise rejects with it instead
   */
  release(isTold: boolean): void | Promise<void>;
  /** Changes that were returned could not be applied to the model: this node must stop. */
  broken(error: Error): void;
}
