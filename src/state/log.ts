/** The port of what keeps changes. A log knows numbers and values; live objects only as the messages it reads name them. */
import type { Change } from "./changes.ts";
import type { Conversation, OutboxItem, StoredMessage } from "./entities.ts";
import type { Model } from "./model.ts";

/** Of a message: `conversation`: its number, 0 for one that was taken out of it; `time`: ms since 1970. */
export interface Stamp {
  readonly seq: number;
  readonly conversation: number;
  readonly time: number;
}

/** What is too much to be held in memory, read by number; only what was committed. */
export interface Pages {
  message(seq: number): StoredMessage | undefined;
  /** Where and when all after a number were said, and what became of them, in the order of their numbers; read as far as it is asked for. */
  following(seq: number): Iterable<Stamp>;
  /** The number of the newest message of a conversation with this id in the realm that it comes from. */
  byOrigin(conversation: number, origin: string): number | undefined;
  /** A private conversation. What is read twice may be two objects: who asks keeps it to one. */
  conversation(id: number): Conversation | undefined;
  /** The number of the private conversation of two parties. */
  conversationBetween(a: number, b: number): number | undefined;
  /** A party's private conversations, each with the other party of it, who may be the same. */
  conversationsOf(party: number): Iterable<{ readonly other: number; readonly conversation: number }>;
  /** The next items for a realm after a number, at most `count`. */
  queued(realm: string, n: number, count: number): Iterable<OutboxItem>;
}

/** Keeps changes, turn by turn, and gives them back at the next start. */
export interface ChangeLog {
  /** Puts what was kept into an empty model; called once, before anything else. */
  load(into: Model): void;
  /**
   * Keeps all changes of a turn, or none. A log that must wait returns a promise and is given no other turn until that has
   * ended. @throws Error when they could not be kept, as the promise does
   */
  commit(changes: readonly Change[]): void | Promise<void>;
  readonly pages: Pages;
  /** Of a log that several nodes share; undefined for one that is this process's own. */
  readonly order?: Order | undefined;
  /** Takes what was removed also out of where it was copied to meanwhile; called every some seconds, while no commit is under way. */
  tidy(): void;
  /** Lets go of everything; no commit is under way. */
  close(): void | Promise<void>;
}

/**
 * In what order the nodes that share a log change the state. Who has it has seen every change before his own, and nobody else
 * changes anything until he has kept his turn or has given the order back.
 */
export interface Order {
  /** Waits for the order. @returns what others have kept since. @throws Error when it cannot be had: the log cannot be reached */
  take(): Promise<readonly Change[]>;
  /** @returns what others have kept since, without the order. @throws as `take` */
  look(): Promise<readonly Change[]>;
  /** What was returned is in the model. @throws Error when this node cannot go on: what it keeps of its own is behind for good */
  adopted(changes: readonly Change[]): void;
  /** There is more than a little to `look` at: whoever takes the order would keep it for long. */
  readonly isFarBehind: boolean;
  /** There is nothing to keep. @returns a promise where it must be asked whether it was this node's turn. @throws TurnLost, as the promise does */
  release(): void | Promise<void>;
  /** What was returned cannot be put into the model: this node cannot go on. */
  broken(error: Error): void;
}
