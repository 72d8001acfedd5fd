/** Texts that were cut, to be put back; cuts right after each other are one. */

/** Texts that are kept. */
const KEPT = 60;

export class KillRing {
  #ring: string[] = [];
  #at = 0;

  /** @param backwards it stood before the cursor. @param goesOn right after another cut. */
  add(text: string, backwards: boolean, goesOn: boolean): void {
    const before = goesOn ? (this.#ring.shift() ?? "") : "";
    this.#ring.unshift(backwards ? text + before : before + text);
    if (this.#ring.length > KEPT) this.#ring.pop();
    this.#at = 0;
  }

  get newest(): string | undefined {
    this.#at = 0;
    return this.#ring[0];
  }

  /** The one before the one that was put back last, and after the oldest the newest again. */
  older(): string | undefined {
    this.#at = (this.#at + 1) % Math.max(1, this.#ring.length);
    return this.#ring[this.#at];
  }
}
