/**
 * The requests that a connection executes again, before it reads the next one: a request for whose reply there was no room, or
 * that needs the order; and all requests of a turn that was lost to another node. Nothing of such a turn was kept, and nothing
 * was sent.
 */
import type { Request } from "../protocol/reader.ts";

/** How many turns in a row may be lost. After one more, their requests are answered with `storage`. */
const MOST = 3;

/**
 * A request: its text; as it was decoded, if that must not be done twice; or a function with what is left to do of it, if the rest
 * must not be. A text is decoded again each time, for what it means may depend on what another node has changed: whether a word is
 * the token of a live session.
 */
export type Asked = string | Uncounted | Request | (() => void);

/** The text of a request that the pace has not counted yet. */
export interface Uncounted {
  readonly uncounted: string;
}

export class Repeats {
  readonly #isShared: boolean;
  #queue: Asked[] = [];
  /** How many in the queue are to be executed before the request that is under way can be answered. */
  #ahead = 0;
  /** The requests that were answered in this turn, in their order. */
  #asked: Asked[] = [];
  #tries = 0;

  /** @param isShared whether a turn may be lost to another node: otherwise nothing is noted */
  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  next(): Asked | undefined {
    // Asked before every request, and nearly always there is none.
    return this.isEmpty ? undefined : this.#queue.shift();
  }

  /** Notes a request that is being answered in this turn. */
  note(asked: Asked): void {
    if (this.#isShared) this.#asked.push(asked);
  }

  /** Replaces what was noted last: it would be executed again in this form. */
  amend(asked: Asked): void {
    if (this.#asked.length > 0) this.#asked[this.#asked.length - 1] = asked;
  }

  /** What was noted last is not answered in this turn. */
  drop(): void {
    this.#asked.pop();
  }

  /**
   * What was noted last is not answered in this turn, but executed again as the next one. @param asked in which form, unless its
   * text was noted
   */
  putOff(asked: Asked): void {
    const noted = this.#asked.pop();
    this.#queue.unshift(typeof noted === "string" && isDecoded(asked) ? noted : asked);
  }

  /** Queues something behind all that is executed again. */
  hold(asked: Asked): void {
    this.#queue.push(asked);
  }

  /**
   * The request that was under way can be answered. @param answer does that. @returns whether it may be called now; otherwise it
   * was queued behind the requests before it, which are executed again first
   */
  arrive(answer: () => void): boolean {
    const ahead = this.#ahead;
    this.#ahead = 0;
    if (ahead > 0) this.#queue.splice(ahead, 0, answer);
    return ahead === 0;
  }

  /** The turn is kept, or its requests are refused: they are not executed again. */
  settle(): void {
    this.#tries = 0;
    if (this.#asked.length > 0) this.#asked = [];
  }

  /**
   * The turn is lost: queues its requests. @param replies how many replies it had. @param isBusy whether a request is under way
   * behind them
   * @returns false if they cannot be executed again: not all are noted, or it has failed too often
   */
  lose(replies: number, isBusy: boolean): boolean {
    const asked = this.#asked;
    this.#asked = [];
    if (asked.length !== replies || ++this.#tries > MOST) return false;
    this.#queue.unshift(...asked);
    if (isBusy) this.#ahead += asked.length;
    return true;
  }

  /** The connection is gone: drops all requests. @returns the functions among them, which must be called nevertheless */
  clear(): readonly (() => void)[] {
    const left = this.#queue;
    this.#queue = [];
    this.#ahead = 0;
    return left.filter((asked) => typeof asked === "function");
  }
}

function isDecoded(asked: Asked): boolean {
  return typeof asked === "object" && "row" in asked;
}
