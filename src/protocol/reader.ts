/**
 * Text → the row that is meant, its values, and the token that stands in it: PROTOCOL.md, "Which dialect answers" and
 * "Tokens and sessions".
 */
import { Failure } from "../contract/result.ts";
import { Problem } from "./kinds.ts";
import type { Row } from "./row.ts";
import { Words } from "./words.ts";

/** What a decoder may ask about the world to tell two readings of a request apart. */
export interface Knowledge {
  isToken(word: string): boolean;
  isRealm(word: string): boolean;
}

export interface Request {
  readonly row: Row;
  readonly input: Record<string, unknown>;
  readonly token: string | undefined;
  /** Raw bytes that follow it, if it is one that they follow. */
  readonly body?: number | undefined;
}

/** A request that was not understood. `row`: what it came closest to, for its texts. */
export interface Misread {
  readonly failure: Failure;
  readonly row: Row | undefined;
  /** Raw bytes that follow it; `unknown` how many, and then nothing after it can be read. */
  readonly body?: number | "unknown" | undefined;
}

const TOKEN_LENGTH = 36;

const TELLS_TOKEN = new Problem("text: begins with a token");

/**
 * Where a row looks for a token, in this order: where its pattern, or the row, has one; right after the first parameter,
 * where only a live one is; nowhere; and, if nothing fits, where one that has expired would make it fit.
 */
const SHOWN = ["its own", "after the first", "nowhere", "expired"] as const;
const NOT_SHOWN = ["nowhere"] as const;
type Shown = (typeof SHOWN)[number];

/** Decoding is never interrupted: one reader of words serves all. */
const decoding = new Words();

export class Reader {
  /** By first word; groups of equally many literals, most first. */
  readonly #candidates = new Map<string, Row[][]>();
  /** The same by first words without `_` and `-`, for those that stand in no table: `create_group`. */
  readonly #joined = new Map<string, Row[][]>();
  readonly #tokenOnlyFirst: boolean;

  /** @param rows those that come first win among equals */
  constructor(rows: readonly Row[], { tokenOnlyFirst }: { readonly tokenOnlyFirst: boolean }) {
    this.#tokenOnlyFirst = tokenOnlyFirst;
    for (const row of rows.toSorted(wantingTokenFirst)) {
      const word = row.pattern.words[0] as string;
      enter(this.#candidates, word, row);
      enter(this.#joined, joined(word), row);
    }
  }

  /** The rows that a first word may mean. One that stands in the table never means another. */
  #rowsOf(first: string): readonly (readonly Row[])[] | undefined {
    const known = this.#candidates.get(first);
    if (known) return known;
    const word = first.toLowerCase();
    return this.#candidates.get(word) ?? this.#joined.get(joined(word));
  }

  /** The rows that a request with this first word may mean. */
  rowsFor(first: string): readonly Row[] {
    return (this.#rowsOf(first) ?? []).flat();
  }

  /** The most specific row that fits wins: more literal words, then wanting a token, then the table's order. */
  read(text: string, knows: Knowledge): Request | Misread {
    const words = decoding.of(text);
    const groups = this.#rowsOf(words.at(0));
    if (!groups) return { failure: new Failure("unknown-request"), row: undefined };
    const shows = mayShowToken(words);
    const least = shows ? this.#leastWords(groups, words, knows) : 0;
    let closest: Misread | undefined;
    let expired: Request | undefined;
    for (const rows of groups) {
      for (const place of shows ? SHOWN : NOT_SHOWN) {
        for (const row of rows) {
          if (least > row.pattern.words.length) continue;
          const read = shows ? this.#readShown(row, words, place, knows) : this.#read(row, words, -1, knows);
          if (read === undefined) continue;
          // No other reading makes it right to say that.
          if (read === TELLS_TOKEN) return { failure: new Failure("bad-request", read.detail), row };
          if (read instanceof Problem) {
            closest ??= { failure: new Failure("bad-request", read.detail), row, body: bodyOf(row, read.input) };
          } else if (place === "expired") {
            expired ??= read;
          } else {
            return read;
          }
        }
      }
    }
    if (expired) return expired;
    if (closest) return closest;
    const likely = groups.flat().map((row) => row.pattern.source);
    const detail = `use: ${[...new Set(likely)].join(" | ")}`;
    const body = groups.flat().some((row) => row.body) ? "unknown" : undefined;
    return { failure: new Failure("bad-request", detail), row: undefined, body };
  }

  /** How many first words of its own a row must have: a token behind more of them is no value of another row. */
  #leastWords(groups: readonly (readonly Row[])[], words: Words, knows: Knowledge): number {
    let least = 0;
    for (const row of groups.flat()) {
      const { pattern } = row;
      const { length } = pattern.words;
      if (length <= least || isLogIn(row) || !pattern.words.every((word, i) => i === 0 || words.is(i, word))) continue;
      const isItsOwn = pattern.wantsToken && pattern.tokenPlace(words) >= 0;
      if (isItsOwn || (!this.#tokenOnlyFirst && isLiveAt(words, length + 1, knows))) least = length;
    }
    return least;
  }

  /** Reads a request that may show a token, taking it in one place or in none. */
  #readShown(row: Row, words: Words, place: Shown, knows: Knowledge): Request | Problem | undefined {
    const { pattern, tokenAfterFirst } = row;
    if (isLogIn(row)) return place === "nowhere" ? this.#read(row, words, -1, knows) : undefined;
    const first = pattern.tokenPlace(words);
    const after = pattern.tokenPlaceAfterFirst(words);
    const mayFollow = !this.#tokenOnlyFirst && row.operation !== "changePassword";
    switch (place) {
      case "its own":
        if (pattern.wantsToken) return this.#read(row, words, -1, knows);
        if (first >= 0 && !(pattern.freeFirst && !knows.isToken(words.at(first)))) {
          return this.#read(row, words, first, knows);
        }
        return tokenAfterFirst && mayFollow && after >= 0 ? this.#read(row, words, after, knows) : undefined;
      case "after the first":
        return mayFollow && after >= 0 && isLiveAt(words, after, knows)
          ? this.#read(row, words, after, knows)
          : undefined;
      case "nowhere":
        // A live token is no value: it would be delivered to somebody.
        if (pattern.wantsToken || (mayFollow && isLiveAt(words, pattern.words.length + 1, knows))) return undefined;
        return this.#read(row, words, -1, knows);
      case "expired":
        return first >= 0 && !pattern.wantsToken ? this.#read(row, words, first, knows) : undefined;
    }
  }

  #read(row: Row, words: Words, tokenAt: number, knows: Knowledge): Request | Problem | undefined {
    const { pattern } = row;
    const match = pattern.match(words, tokenAt);
    if (match === undefined || match instanceof Problem) return match;
    const { input, token } = match;
    if (!this.#tokenOnlyFirst && beginsWithToken(input["text"], knows)) return TELLS_TOKEN;
    if (row.onlyKnownRealm && !knows.isRealm(String(input[row.onlyKnownRealm]))) return undefined;
    if (row.give) Object.assign(input, row.give);
    const body = bodyOf(row, input);
    return body === "unknown" ? new Problem("offset: beyond the size") : { row, input, token, body };
  }

  /** The rows whose own words a request begins with, those with most of them first. */
  begunBy(words: Words): readonly Row[] {
    return this.rowsFor(words.at(0)).filter(({ pattern }) =>
      pattern.words.every((word, i) => i === 0 || words.is(i, word)),
    );
  }
}

/** `create_group`, `create-group` and `creategroup` are one word. */
function joined(word: string): string {
  return word.replace(/[_-]/g, "");
}

/** Rows of one first word, in groups of equally many literals, most first. */
function enter(rows: Map<string, Row[][]>, word: string, row: Row): void {
  const groups = rows.get(word) ?? [];
  const group = groups.find((one) => one[0]?.pattern.literals === row.pattern.literals);
  if (group) group.push(row);
  else groups.push([row]);
  rows.set(
    word,
    groups.toSorted((a, b) => (b[0] as Row).pattern.literals - (a[0] as Row).pattern.literals),
  );
}

/** A token stands among a request's first words, after at most three that are said and one parameter. */
function mayShowToken(words: Words): boolean {
  for (let i = 1; i < 5; i++) if (isTokenLong(words, i)) return true;
  return false;
}

/** Words end at blanks: a token may have a line end, and what follows it, glued to it. */
function isTokenLong(words: Words, i: number): boolean {
  const length = words.length(i);
  return length === TOKEN_LENGTH || (length > TOKEN_LENGTH && /^[\r\n]/.test(words.at(i).slice(TOKEN_LENGTH)));
}

function isLiveAt(words: Words, i: number, knows: Knowledge): boolean {
  return isTokenLong(words, i) && knows.isToken(words.at(i).slice(0, TOKEN_LENGTH));
}

/** A text that a token opens was meant to act by it: a live one is told to nobody. */
function beginsWithToken(text: unknown, knows: Knowledge): boolean {
  if (typeof text !== "string") return false;
  // Few texts get further than their ninth character: a token is a UUID.
  const head = text.trimStart();
  return head[8] === "-" && /^\S{36}(?!\S)/.test(head) && knows.isToken(head.slice(0, TOKEN_LENGTH));
}

function isLogIn({ operation }: Row): boolean {
  return operation === "login" || operation === "register";
}

/** How many raw bytes follow a request with these values, of which a wrong one is NaN. */
function bodyOf(row: Row, input: unknown): number | "unknown" | undefined {
  if (!row.body) return undefined;
  const length = (row.body as (input: unknown) => number)(input ?? {});
  return length >= 0 ? length : "unknown";
}

function wantingTokenFirst(a: Row, b: Row): number {
  return Number(b.pattern.wantsToken) - Number(a.pattern.wantsToken);
}
