/**
 * What keeps the changes. A log knows numbers and values, no live objects but those that it resolves for its pages; what
 * is in its rows when the program starts it puts into an empty state by the same changes.
 */
import type { Change } from "./changes.ts";
import type { OutboxItem, StoredMessage } from "./entities.ts";
import type { Model } from "./model.ts";

/** What is too much to be held in memory: read by number, and only what was kept. */
export interface Pages {
  message(seq: number): StoredMessage | undefined;
  /** The next items for a realm after a number, at most `count`. */
  queued(realm: string, n: number, count: number): Iterable<OutboxItem>;
}

export interface ChangeLog {
  /** Once, before anything else: an empty state becomes what was kept. */
  load(into: Model): void;
  /**
   * All of a turn, or nothing of it. A log that is done at once returns nothing; one that must wait returns a promise, and
   * is asked for no other turn until that has ended. @throws Error when it could not be kept; so does the promise
   */
  commit(changes: readonly Change[]): void | Promise<void>;
  readonly pages: Pages;
  /** Lets go of everything; no commit is under way. */
  close(): void;
}
