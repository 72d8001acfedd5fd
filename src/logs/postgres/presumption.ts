/**
 * Whether a node may take it that nobody else keeps anything just now. Where that was wrong a turn was done for nothing, so it is
 * tried again after a while, which grows while others are busy.
 */

/** The shortest pause and the longest, in ms. */
const LEAST_MS = 5;
const MOST_MS = 1000;

export class Presumption {
  #pause = LEAST_MS;
  /** By `performance.now`. */
  #until = 0;

  get isFit(): boolean {
    return performance.now() >= this.#until;
  }

  /** It was right. */
  held(): void {
    this.#pause = Math.max(LEAST_MS, this.#pause / 2);
  }

  /** Somebody was faster. */
  failed(): void {
    this.#until = performance.now() + this.#pause;
    this.#pause = Math.min(MOST_MS, this.#pause * 2);
  }
}
