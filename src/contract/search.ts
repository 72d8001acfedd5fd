/** What is searched for: words as people write them, and where. */

/** A word, the beginning of one, or several that stand side by side. */
export interface Term {
  readonly is: "word" | "prefix" | "phrase";
  readonly text: string;
}

/** Terms of one search. */
export const MOST_TERMS = 16;

/** Letters and digits that the beginning of a word must have: a million words begin with one. */
const LEAST_PREFIX = 2;

/** Words that stand before what is searched for, with a value each. */
const OPTIONS = new Set(["in", "from", "since", "until", "before", "limit"]);

/** Whether a word, in any case, is one of these. */
export function isSearchOption(word: string): boolean {
  return OPTIONS.has(word.toLowerCase());
}

const LETTERS = /[\p{L}\p{N}\p{Co}]/gu;

/** `rapat "besok pagi" tug*`. @returns a text in English for people, if it is nothing that can be searched for */
export function readTerms(text: string): readonly Term[] | string {
  const terms: Term[] = [];
  for (const [, quoted, plain = ""] of text.matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const isPrefix = quoted === undefined && plain.endsWith("*");
    const term = { is: quoted !== undefined ? "phrase" : isPrefix ? "prefix" : "word", text: quoted ?? plain } as const;
    const letters = term.text.match(LETTERS)?.length ?? 0;
    if (terms.length === 0 && term.is === "word" && isSearchOption(plain)) {
      return `${plain} stands before what follows it in the pattern, with its value; as a word to look for it stands in quotes`;
    }
    if (isPrefix && letters < LEAST_PREFIX) return `before * stand at least ${LEAST_PREFIX} letters`;
    // Signs are no part of words: alone they are passed over.
    if (letters > 0) terms.push(term);
  }
  if (terms.length === 0) return "there is no word in it";
  return terms.length > MOST_TERMS ? `at most ${MOST_TERMS} of them` : terms;
}

/** What a message is filed under besides its words. */
export const marks = {
  /** Who takes part in a private conversation; of one with oneself, `alone` too. */
  party: (id: number): string => `p${id}`,
  alone: (id: number): string => `o${id}`,
  /** The group, and who said it there. */
  group: (id: number): string => `g${id}`,
  sender: (id: number): string => `s${id}`,
} as const;

/** Messages that are filed under all of these, and under any of those if there are some. */
export interface Place {
  readonly all: readonly string[];
  readonly any?: readonly string[];
}

/** Messages with all terms, in any of the places; all places unless given. Those after number `above` and before `below`. */
export interface Query {
  readonly terms: readonly Term[];
  readonly places: readonly Place[] | undefined;
  readonly above: number;
  readonly below: number;
  readonly most: number;
}

/**
 * Numbers of messages, the highest first. `next`: messages before it have not been looked at. `behind`: nor were the newest,
 * which are not in the index yet.
 */
export interface Hits {
  readonly seqs: readonly number[];
  readonly next: number | undefined;
  readonly behind: boolean;
}

/** The part of a text where it was found, and the words that were, as they stand there. */
export interface Excerpt {
  readonly snippet: string;
  readonly found: readonly string[];
}
