/** The port of a log, which keeps changes. It knows numbers and values; live objects only as the messages it reads name them. */
import type { Change } from "./changes.ts";
import type { Conversation, OutboxItem, StoredMessage } from "./entities.ts";
import type { Model } from "./model.ts";

/** Where and when a row was said. `conversation`: its number, 0 for a message that was withdrawn or removed; `time`: ms since 1970. */
export interface Stamp {
  readonly seq: number;
  readonly conversation: number;
  readonly time: number;
}

/**
 * What is too much for memory, read by number; only what was committed.
 * @throws StorageError for a damaged piece, and Error of the database
 */
export interface Pages {
  message(seq: number): StoredMessage | undefined;
  /** The stamps of all rows after a number, messages and alterations, in the order of their numbers; read as far as the caller iterates. */
  following(seq: number): Iterable<Stamp>;
  /** The number of the newest message of a conversation that has this id in the realm that it comes from. */
  byOrigin(conversation: number, origin: string): number | undefined;
  /** A private conversation. Reading it twice gives two objects: the caller keeps one. */
  conversation(id: number): Conversation | undefined;
  /** The number of the private conversation of two parties. */
  conversationBetween(a: number, b: number): number | undefined;
  /** A party's private conversations, each with its other party, which may be the same. */
  conversationsOf(party: number): Iterable<{ readonly other: number; readonly conversation: number }>;
  /** The next items for a realm after a number, at most `count`. */
  queued(realm: string, n: number, count: number): Iterable<OutboxItem>;
}

/** Keeps changes, turn by turn, and gives them back at the next start. */
export interface ChangeLog {
  /** Puts what was kept into an empty model. To be called once, before anything else. @throws Error if it cannot be read */
  load(into: Model): void;
  /**
   * Keeps all changes of a turn, or none. A log that has to wait returns a promise, and is given no other turn until that is
   * settled. @throws Error if they could not be kept; the promise rejects with it
   */
  commit(changes: readonly Change[]): void | Promise<void>;
  readonly pages: Pages;
  /** The order of a log that several nodes share; undefined for a log of this process alone. */
  readonly order?: Order | undefined;
  /**
   * Removes what was deleted also from the places that the database has copied it to. Called every few seconds, while no commit
   * is under way.
   */
  tidy(): void;
  /** Closes the log. Of a commit that is under way nothing is said any more: it is to be called so only where that is all the same. */
  close(): void | Promise<void>;
}

/**
 * The order in which the nodes that share a log change the state. The node that has it has seen every earlier change, and no
 * other node changes anything until that node has kept its turn or has released the order.
 */
export interface Order {
  /**
   * Whether a turn may begin without the order, because other nodes are quiet. If one was faster, keeping or releasing the turn fails
   * (`Overtaken`).
   */
  presume(): boolean;
  /** Waits for the order. @returns what others have kept since. @throws Error if the log cannot be reached */
  take(): Promise<readonly Change[]>;
  /** @returns what others have kept since, without taking the order. @throws as `take` */
  look(): Promise<readonly Change[]>;
  /** @returns what this node was told that others have kept since; undefined: it must `look` */
  heard(): readonly Change[] | undefined;
  /** The changes that were returned, or committed, are in the model and spoken: this node's own copy may have them. */
  settle(changes: readonly Change[]): void;
  /** What was settled is in the file of that copy, for other processes that read it. */
  flush(): void;
  /** There is so much to `look` at that a node that took the order now would keep it for long. */
  readonly isFarBehind: boolean;
  /**
   * Ends a turn with nothing to keep. @param isTold somebody is told what was read. @returns a promise where the log must be asked
   * whether that is so. @throws TurnLost; the promise rejects with it
   */
  release(isTold: boolean): void | Promise<void>;
  /** The changes that were returned cannot be put into the model: this node cannot go on. */
  broken(error: Error): void;
}
