/**
 * Decides whether a turn may be presumed: begun without the order, in the hope that no other node commits meanwhile (optimistic
 * concurrency). If the guess is wrong the turn was executed in vain. So the others must have been quiet for as long as some turns
 * take, and after each wrong guess there is a pause, which doubles (exponential backoff).
 */

/** The other nodes count as quiet if none has committed for this many times the duration of a commit. */
const QUIET = 2;

/** The shortest pause after a wrong guess, and the longest, in ms. */
const LEAST_MS = 5;
const MOST_MS = 1000;

export class Presumption {
  #pause = LEAST_MS;
  /** The end of the pause, in ms of `performance.now`, like the next one. */
  #until = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  #keepingMs = 0;

  get isFit(): boolean {
    const now = performance.now();
    return now >= this.#until && now - this.#heardAt >= QUIET * this.#keepingMs;
  }

  /** Another node has committed something. */
  heard(): void {
    this.#heardAt = performance.now();
  }

  /** A commit of this node has taken so many ms. */
  kept(ms: number): void {
    this.#keepingMs = ms;
  }

  /** The guess was right: the pause after the next wrong one is shorter. */
  held(): void {
    this.#pause = Math.max(LEAST_MS, this.#pause / 2);
  }

  /** The guess was wrong: another node was faster. */
  failed(): void {
    this.#until = performance.now() + this.#pause;
    this.#pause = Math.min(MOST_MS, this.#pause * 2);
  }
}
