/** What a word can be completed to. */
import { graphemes } from "./graphemes.ts";
import type { Candidate } from "./menu.ts";

/** Texts that can be put in at a place before the cursor. */
export interface Completion {
  /** UTF-16 units before the cursor that are replaced. */
  readonly replaces: number;
  readonly candidates: readonly Candidate[];
  /** The first is put in at once, and each further Tab goes on to the next. */
  readonly walks?: boolean;
}

/** The longest common beginning, in any case, as the first text has it; no cluster is cut. */
export function commonStart(texts: readonly string[]): string {
  const [first = [], ...others] = texts.map(graphemes);
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same]?.toLowerCase() === other[same]?.toLowerCase()) same++;
    length = same;
  }
  return first.slice(0, length).join("");
}
