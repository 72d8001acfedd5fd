/** A place among the lines that were typed before: going through them, and searching. What is changed on the way is kept. */

export class HistoryCursor {
  readonly #lines: () => readonly string[];
  /** Index of the line that is shown; their number, or undefined, for the line being typed. */
  #at: number | undefined;
  #own = "";
  /** Lines that were changed since this one was begun, by their place. */
  readonly #changed = new Map<number, string>();

  /** @param lines oldest first; what is there when going back begins counts. */
  constructor(lines: () => readonly string[]) {
    this.#lines = lines;
  }

  /** A new line begins. */
  reset(): void {
    this.#at = undefined;
    this.#own = "";
    this.#changed.clear();
  }

  /** @returns the line so far before (-) or after (+) the one shown; undefined if there is none. */
  go(by: number, shown: string): string | undefined {
    const lines = this.#lines();
    const at = this.#at ?? lines.length;
    const to = Math.max(0, Math.min(lines.length, at + by));
    if (to === at) return undefined;
    if (at === lines.length) this.#own = shown;
    else this.#changed.set(at, shown);
    this.#at = to;
    return to === lines.length ? this.#own : (this.#changed.get(to) ?? lines[to]);
  }

  /**
   * The next line that holds a text, going back (-1) or on (1).
   * @param next past the one that was found last. @returns undefined if there is none; it stays where it was.
   */
  search(query: string, by: -1 | 1, next: boolean, shown: string): string | undefined {
    const lines = this.#lines();
    const wanted = query.toLowerCase();
    let at = this.#at ?? lines.length;
    if (at === lines.length) this.#own = shown;
    if (next || at === lines.length) at += by;
    for (; at >= 0 && at < lines.length; at += by) {
      const line = lines[at] as string;
      if (line.toLowerCase().includes(wanted)) {
        this.#at = at;
        return line;
      }
    }
    return undefined;
  }
}
