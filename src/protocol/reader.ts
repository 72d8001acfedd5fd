/**
 * Text → the row of the table that a request means, its values, and its token: PROTOCOL.md, "Which dialect answers" and "Tokens
 * and sessions".
 */
import { Failure } from "../contract/result.ts";
import { Head, hasHead } from "./head.ts";
import { Problem } from "./kinds.ts";
import type { Row } from "./row.ts";
import { Words } from "./words.ts";

/** What the reader asks about the server's state to tell two readings of a request apart. */
export interface Knowledge {
  /** Whether a word is the token of a live session. */
  isToken(word: string): boolean;
  /** Whether a word is the name of this realm or of one that is known. */
  isRealm(word: string): boolean;
}

/** A request that was understood. */
export interface Request {
  readonly row: Row;
  readonly input: Record<string, unknown>;
  readonly token: string | undefined;
  /** The number of raw bytes that follow it; undefined for a request that none follow. */
  readonly body?: number | undefined;
}

/** A request that was not understood. `row`: the one it came closest to, for its texts. */
export interface Misread {
  readonly failure: Failure;
  readonly row: Row | undefined;
  /** The number of raw bytes that follow it. If it is `unknown`, nothing after it can be read. */
  readonly body?: number | "unknown" | undefined;
}

const TOKEN_LENGTH = 36;

const TELLS_TOKEN = new Problem("text: begins with a token");

/**
 * Where a row looks for a token, in this order: where its pattern or the row has a place for one; right after the first
 * parameter, if a live one stands there; nowhere; last, where an expired one would make the row fit.
 */
const SHOWN = ["its own", "after the first", "nowhere", "expired"] as const;
const NOT_SHOWN = ["nowhere"] as const;
type Shown = (typeof SHOWN)[number];

/** Decoding is never interrupted: one object serves all requests. */
const decoding = new Words();

/** Reads requests by a table of rows. */
export class Reader {
  /** Rows by first word, in groups of equally many literals, most first. */
  readonly #candidates = new Map<string, Row[][]>();
  /** The same by the first word without `_` and `-`, for words that are in no row: `create_group` for `creategroup`. */
  readonly #joined = new Map<string, Row[][]>();
  readonly #tokenOnlyFirst: boolean;
  /** The rows that are tried before one whose requests have a head. */
  readonly #before = new Map<Row, readonly Row[]>();
  /** Of the latest request that had one. */
  #head: Head | undefined;

  /** @param rows among equals the first wins. @param tokenOnlyFirst a token stands right after the literal words only */
  constructor(rows: readonly Row[], { tokenOnlyFirst }: { readonly tokenOnlyFirst: boolean }) {
    this.#tokenOnlyFirst = tokenOnlyFirst;
    for (const row of rows.toSorted(wantingTokenFirst)) {
      const word = row.pattern.words[0] as string;
      enter(this.#candidates, word, row);
      enter(this.#joined, joined(word), row);
    }
    for (const groups of this.#candidates.values()) {
      const tried = groups.flat();
      for (const [i, row] of tried.entries()) if (hasHead(row)) this.#before.set(row, tried.slice(0, i));
    }
  }

  /** The rows that a first word may mean, in groups. A word of the table never means another. */
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

  /** Reads a request. The most specific row that fits wins: more literals, then a `<token>`, then the table's order. */
  read(text: string, knows: Knowledge): Request | Misread {
    return this.#head?.read(text) ?? this.readWhole(text, knows);
  }

  /** The same, word by word. */
  readWhole(text: string, knows: Knowledge): Request | Misread {
    const words = decoding.of(text);
    const groups = this.#rowsOf(words.at(0));
    if (!groups) {
      const where = this.#rowsOf("help") && "help lists the requests";
      return { failure: new Failure("unknown-request", where), row: undefined };
    }
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
          // Whatever other row fits, a live token must not be sent as text.
          if (read === TELLS_TOKEN) return { failure: new Failure("bad-request", read.detail), row };
          if (read instanceof Problem) {
            closest ??= { failure: new Failure("bad-request", read.detail), row, body: bodyOf(row, read.input) };
          } else if (place === "expired") {
            expired ??= read;
          } else {
            if (!shows) this.#head = Head.of(words, read, this.#before) ?? this.#head;
            return read;
          }
        }
      }
    }
    if (expired) return expired;
    if (closest) return closest;
    // Who types a request by hand has logged in, and gives no token.
    const byHand = groups.flat().toSorted((a, b) => Number(a.pattern.wantsToken) - Number(b.pattern.wantsToken));
    const likely = byHand.map((row) => row.pattern.source);
    const detail = `use: ${[...new Set(likely)].join(" | ")}`;
    const body = groups.flat().some((row) => row.body) ? "unknown" : undefined;
    return { failure: new Failure("bad-request", detail), row: undefined, body };
  }

  /** How many leading literals a row must have: if a token follows those of one row, it is no value of a row with fewer. */
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

  /** Reads a request that may have a token, looking for it in one place. */
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
        // A live token is no value: it could be delivered to somebody.
        if (pattern.idBeforeText && isLiveAt(words, pattern.words.length, knows)) return undefined;
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

  /** The rows whose literal words a request begins with, the most specific first. */
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

/** Whether a token may stand in a request: after at most three literals and one parameter. */
function mayShowToken(words: Words): boolean {
  for (let i = 1; i < 5; i++) if (isTokenLong(words, i)) return true;
  return false;
}

/** Whether a word has a token's length, or begins with a line of that length: words end at blanks only. */
function isTokenLong(words: Words, i: number): boolean {
  const length = words.length(i);
  return length === TOKEN_LENGTH || (length > TOKEN_LENGTH && /^[\r\n]/.test(words.at(i).slice(TOKEN_LENGTH)));
}

function isLiveAt(words: Words, i: number, knows: Knowledge): boolean {
  return isTokenLong(words, i) && knows.isToken(words.at(i).slice(0, TOKEN_LENGTH));
}

/** Whether a text begins with a live token: its sender meant to act by it, not to send it. */
function beginsWithToken(text: unknown, knows: Knowledge): boolean {
  if (typeof text !== "string") return false;
  // Few texts have the ninth character of a UUID.
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
