/**
 * What a connection executes again, before it reads on: a request for whose reply there was no room, or that must have the order;
 * and all that was asked in a turn, if that was lost to another node: nothing of it has happened, and nobody was told anything.
 */
import type { Request } from "../protocol/reader.ts";

/** Where the same befalls it so often, it is answered that it could not be kept. */
const MOST = 3;

/** As it was said, as it was read from that, or what is left to do of it where the rest is not done twice. */
export type Asked = string | Request | (() => void);

export class Repeats {
  readonly #isShared: boolean;
  #queue: Asked[] = [];
  /** So many of these come before the request that is under way. */
  #ahead = 0;
  /** What was answered in this turn. */
  #asked: Asked[] = [];
  #tries = 0;

  /** @param isShared a turn may be lost to another node */
  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  next(): Asked | undefined {
    return this.#queue.shift();
  }

  /** It is answered in this turn. */
  note(asked: Asked): void {
    if (this.#isShared) this.#asked.push(asked);
  }

  /** What was noted last would be executed again so. */
  amend(asked: Asked): void {
    if (this.#asked.length > 0) this.#asked[this.#asked.length - 1] = asked;
  }

  /** What was noted last is not answered now. */
  drop(): void {
    this.#asked.pop();
  }

  /** What was noted last is not answered now, but executed again as the next. */
  putOff(asked: Asked): void {
    this.drop();
    this.#queue.unshift(asked);
  }

  /** It waits for another turn, behind what is executed again. */
  hold(asked: Asked): void {
    this.#queue.push(asked);
  }

  /** The request that was under way can be answered. @returns false: those before it are executed again first, and `answer` then */
  arrive(answer: () => void): boolean {
    const ahead = this.#ahead;
    this.#ahead = 0;
    if (ahead > 0) this.#queue.splice(ahead, 0, answer);
    return ahead === 0;
  }

  /** The turn is kept. */
  settle(): void {
    this.#tries = 0;
    if (this.#asked.length > 0) this.#asked = [];
  }

  /**
   * The turn is lost. @param replies how many there were. @param isBusy a request is under way behind them
   * @returns whether all that was asked is executed again
   */
  lose(replies: number, isBusy: boolean): boolean {
    const asked = this.#asked;
    this.#asked = [];
    if (asked.length !== replies || ++this.#tries > MOST) return false;
    this.#queue.unshift(...asked);
    if (isBusy) this.#ahead += asked.length;
    return true;
  }

  /** Nothing is executed any more. @returns what is left to do all the same */
  clear(): readonly (() => void)[] {
    const left = this.#queue;
    this.#queue = [];
    this.#ahead = 0;
    return left.filter((asked) => typeof asked === "function");
  }
}
