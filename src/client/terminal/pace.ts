/**
 * How much a terminal takes at once. A slow one must not hold up what comes: of more than it shows in about a second, the
 * oldest texts that may be left out are, and are counted.
 */
import type { ScreenText } from "./screen.ts";

/** Of a frame's 16 ms, how many may be spent writing. */
const WRITING_MS = 8;

const FRAMES_A_SECOND = 60;

/** Texts of one frame at the least, however slow the terminal is. */
const LEAST = 20;

/** Texts that wait, at the most, however fast it is. */
const MOST = 20_000;

/** Weight of the newest measure. */
const NEWEST = 0.2;

export class Pace {
  /** Milliseconds that writing a text takes; at first as on a slow one. */
  #each = 0.02;
  #leftOut = new Map<string, number>();

  /** Texts for one frame. */
  get allowed(): number {
    return Math.max(LEAST, Math.min(MOST, Math.floor(WRITING_MS / this.#each)));
  }

  /** @param write writes so many texts, and returns when the terminal has taken them. */
  measure(texts: number, write: () => void): void {
    const before = performance.now();
    write();
    // Too few to measure.
    if (texts < LEAST) return;
    const each = Math.max(0.0002, (performance.now() - before) / texts);
    this.#each += NEWEST * (each - this.#each);
  }

  /** Leaves out what is too much. */
  bound(waiting: ScreenText[]): void {
    const most = Math.min(MOST, this.allowed * FRAMES_A_SECOND);
    if (waiting.length <= most) return;
    // A quarter at once: otherwise all that wait would be gone through again for each that comes.
    const spared = most - Math.floor(most / 4);
    const kept: ScreenText[] = [];
    let over = waiting.length - spared;
    for (const said of waiting) {
      if (over <= 0 || said.of === undefined) kept.push(said);
      else {
        this.#leftOut.set(said.of, (this.#leftOut.get(said.of) ?? 0) + 1);
        over--;
      }
    }
    waiting.splice(0, waiting.length, ...kept);
  }

  /** What was left out since it was asked last, by what it was of. */
  leftOut(): ReadonlyMap<string, number> {
    const counts = this.#leftOut;
    this.#leftOut = new Map();
    return counts;
  }
}
