/** A text being written and the place in it, by grapheme clusters: nothing ever stands inside one. */
import { graphemes, shownCluster, widthOf } from "./graphemes.ts";

const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** A text, and what of it stands before the cursor. */
export interface Snapshot {
  readonly text: string;
  readonly before: string;
}

export class Draft {
  #clusters: readonly string[] = [];
  #at = 0;

  get text(): string {
    return this.#clusters.join("");
  }

  get clusters(): readonly string[] {
    return this.#clusters;
  }

  /** Clusters before the cursor. */
  get at(): number {
    return this.#at;
  }

  get before(): string {
    return this.#clusters.slice(0, this.#at).join("");
  }

  get after(): string {
    return this.#clusters.slice(this.#at).join("");
  }

  get snapshot(): Snapshot {
    return { text: this.text, before: this.before };
  }

  get isEmpty(): boolean {
    return this.#clusters.length === 0;
  }

  /** @param before the cursor stands behind it; at the end unless it is given. */
  set(text: string, before = text): void {
    const length = before.length;
    this.#clusters = graphemes(text);
    this.#at = 0;
    for (let units = 0; units < length && this.#at < this.#clusters.length; this.#at++) {
      units += (this.#clusters[this.#at] as string).length;
    }
  }

  insert(text: string): void {
    // The text may form clusters with what stands before and behind it. In a run of flags one letter changes the clusters
    // of all behind it: clusters are formed anew until one begins where one began before.
    const from = Math.max(0, this.#at - 1);
    const head = (this.#clusters[from] ?? "").repeat(this.#at - from) + text;
    let to = this.#at;
    let joined = graphemes(head);
    for (let ends = false; !ends && to < this.#clusters.length; ) {
      const next = Math.min(this.#clusters.length, to + 2);
      joined = graphemes(head + this.#clusters.slice(this.#at, next).join(""));
      to = next;
      ends = joined.at(-1) === this.#clusters[next - 1];
    }
    let units = 0;
    let at = 0;
    while (units < head.length && at < joined.length) units += (joined[at++] as string).length;
    this.#clusters = [...this.#clusters.slice(0, from), ...joined, ...this.#clusters.slice(to)];
    this.#at = from + at;
  }

  /** Takes out everything between the cursor and a place, or the end on that side. @returns what it was. */
  remove(to: number): string {
    const [from, end] = to < this.#at ? [Math.max(0, to), this.#at] : [this.#at, to];
    const gone = this.#clusters.slice(from, end).join("");
    this.#clusters = [...this.#clusters.slice(0, from), ...this.#clusters.slice(end)];
    this.#at = from;
    // What is now side by side may form one cluster.
    this.insert("");
    return gone;
  }

  moveTo(place: number): void {
    this.#at = Math.max(0, Math.min(this.#clusters.length, place));
  }

  /** @returns the places of the beginning and the end of the line that the cursor is in. */
  get line(): { readonly start: number; readonly end: number } {
    const start = this.#clusters.lastIndexOf("\n", this.#at - 1) + 1;
    const found = this.#clusters.indexOf("\n", this.#at);
    return { start: this.#at === 0 ? 0 : start, end: found < 0 ? this.#clusters.length : found };
  }

  /** The place of the beginning of the word before the cursor. */
  get wordStart(): number {
    return this.#startOf((cluster) => WORD.test(cluster));
  }

  /** The place of the end of the word after the cursor. */
  get wordEnd(): number {
    const word = this.#clusters.findIndex((cluster, place) => place >= this.#at && WORD.test(cluster));
    const end = this.#clusters.findIndex((cluster, place) => place > word && !WORD.test(cluster));
    return word < 0 || end < 0 ? this.#clusters.length : end;
  }

  /** The place of the beginning of the run without blanks before the cursor. */
  get blankStart(): number {
    return this.#startOf((cluster) => /^\S/.test(cluster));
  }

  /** Goes to the line above (-1) or below (1), to the same column. @returns whether there is one. */
  moveLine(by: -1 | 1): boolean {
    const { start, end } = this.line;
    const column = this.#width(start, this.#at);
    const target = by < 0 ? start - 1 : end + 1;
    if (target < 0 || target > this.#clusters.length || (by > 0 && end === this.#clusters.length)) return false;
    this.#at = target;
    const line = this.line;
    let place = line.start;
    while (place < line.end && this.#width(line.start, place + 1) <= column) place++;
    this.#at = place;
    return true;
  }

  /** Changes places of the two clusters around the cursor. */
  transpose(): void {
    const { start, end } = this.line;
    const at = this.#at === end ? this.#at - 1 : this.#at;
    if (at <= start) return;
    const clusters = [...this.#clusters];
    [clusters[at - 1], clusters[at]] = [clusters[at] as string, clusters[at - 1] as string];
    this.set(clusters.join(""), clusters.slice(0, at + 1).join(""));
  }

  /** Of the run before the cursor, past what is not in one. */
  #startOf(isIn: (cluster: string) => boolean): number {
    const gap = this.#clusters.findLastIndex((cluster, place) => place < this.#at && isIn(cluster));
    return this.#clusters.findLastIndex((cluster, place) => place < gap && !isIn(cluster)) + 1;
  }

  #width(from: number, to: number): number {
    return this.#clusters.slice(from, to).reduce((sum, cluster) => sum + widthOf(shownCluster(cluster)), 0);
  }
}
