/**
 * The rows of conversations, as the current turn sees them: what it has appended, withdrawn or altered, over what the log has. When the
 * turn is kept, the log has all of it.
 */
import type { Conversation, StoredMessage } from "./entities.ts";
import type { Pages } from "./log.ts";

export class TurnRows {
  readonly #pages: Pages;
  #last = 0;
  /** The rows that were appended in this turn, in the order of their numbers: the last is number `#last`. */
  #appended: StoredMessage[] = [];
  /** The numbers of rows that were withdrawn or removed in this turn. */
  readonly #withdrawn = new Set<number>();
  /** Messages that were altered in this turn, as they are now. */
  readonly #altered = new Map<number, StoredMessage>();

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  /** The number of the row that was accepted last; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** The row that was appended last in this turn. */
  get newest(): StoredMessage | undefined {
    return this.#appended.at(-1);
  }

  /** A row by number; undefined if there is none, or not any more. */
  get(seq: number): StoredMessage | undefined {
    if (this.#withdrawn.has(seq)) return undefined;
    const altered = this.#altered.size > 0 ? this.#altered.get(seq) : undefined;
    if (altered) return altered;
    const at = seq - (this.#last - this.#appended.length) - 1;
    return at >= 0 ? this.#appended[at] : this.#pages.message(seq);
  }

  /** The number of the newest row of a conversation that has this id in the realm that it comes from. */
  byOrigin(conversation: Conversation, origin: string): number | undefined {
    const fresh = this.#appended.findLast((one) => one.origin === origin && one.conversation === conversation);
    return fresh?.seq ?? this.#pages.byOrigin(conversation.id, origin);
  }

  /** When the first row that is left from a number on was accepted, in ms since 1970; undefined if none is left. */
  timeFrom(seq: number): number | undefined {
    const [stamp] = this.#pages.following(seq - 1);
    return (stamp ?? this.#appended.find((message) => message.seq >= seq))?.time;
  }

  // From here on only `apply.ts`, and `Messages`, call the methods.

  put(row: StoredMessage): void {
    this.#last = row.seq;
    this.#appended.push(row);
  }

  /** Undoes the last `put`. */
  take(): StoredMessage | undefined {
    this.#last--;
    return this.#appended.pop();
  }

  /** Takes a row out, or puts it back. */
  setWithdrawn(seq: number, isWithdrawn: boolean): void {
    if (isWithdrawn) this.#withdrawn.add(seq);
    else this.#withdrawn.delete(seq);
  }

  /**
   * Sets how a message is after this turn's alterations. @param message undefined: as it was appended, or as the log has it
   * @returns what was set before
   */
  putAltered(seq: number, message: StoredMessage | undefined): StoredMessage | undefined {
    const before = this.#altered.get(seq);
    if (message) this.#altered.set(seq, message);
    else this.#altered.delete(seq);
    return before;
  }

  /** The log has the rows up to this number: to be called when they are loaded. */
  loaded(last: number): void {
    this.#last = last;
  }

  /** The turn is kept, and the log's pages have its rows. */
  settle(): void {
    if (this.#appended.length > 0) this.#appended = [];
    this.#withdrawn.clear();
    if (this.#altered.size > 0) this.#altered.clear();
  }
}
