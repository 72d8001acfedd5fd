/**
 * Whether a node may take it that nobody else keeps anything just now. Where that was wrong a turn was done for nothing: so others must
 * have been quiet for as long as some turns take, and after it was wrong it is tried again later and later.
 */

/** Others are quiet if nothing was heard of them for so many times as long as a turn takes to be kept. */
const QUIET = 2;

/** The shortest pause after it was wrong, and the longest, in ms. */
const LEAST_MS = 5;
const MOST_MS = 1000;

export class Presumption {
  #pause = LEAST_MS;
  /** By `performance.now`, as the next one. */
  #until = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  #keepingMs = 0;

  get isFit(): boolean {
    const now = performance.now();
    return now >= this.#until && now - this.#heardAt >= QUIET * this.#keepingMs;
  }

  /** Others have kept something. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** It took so many ms to keep a turn. */
  kept(ms: number): void {
    this.#keepingMs = ms;
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
