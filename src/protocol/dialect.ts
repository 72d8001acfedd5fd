/**
 * A dialect is a table of commands: one row says which words ask for an operation and which words
 * answer. Decoding, encoding, replies, refusals, help and the tables of PROTOCOL.md come from it.
 */
import { Failure, type HelpEntry, type Input, type Operation } from "../operations/contract.ts";
import { about } from "./about.ts";
import { FRAME_END } from "./frames.ts";
import { Problem } from "./kinds.ts";
import type { Row, Texts } from "./row.ts";
import type { KindName } from "./values.ts";
import { Words } from "./words.ts";

type Shape = (value: unknown, input: unknown) => object;

/** A reply of one text with other fields: the text stands in `message` and, unless they have their own, `data`. */
export function said(text: string, fields: object = {}): object {
  return { message: text, data: text, ...fields };
}

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

/** Decoding is never interrupted: one reader of words serves all. */
const decoding = new Words();

export interface Definition {
  readonly name: string;
  /** Refusals' texts by code. */
  readonly errors: Texts;
  readonly rows: readonly Row[];
  /** When replies are kept to ASCII, for clients that decode in pieces. */
  readonly ascii: "always" | "with-token" | "never";
  /** `ok` and `error` in lower case (clients of spec 000). */
  readonly lowerCase?: boolean;
}

export class Dialect {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly #definition: Definition;
  readonly #textsOf = new Map<Row, Texts>();
  /** By first word; groups of equally many literals, most first. */
  readonly #candidates = new Map<string, Row[][]>();
  readonly #starts = new Map<string, string>();
  readonly #ok: string;
  readonly #error: string;

  /** @param others for a mixture: dialects whose rows are tried too, in this order. */
  constructor(definition: Definition, others: readonly Dialect[] = []) {
    this.name = definition.name;
    this.#definition = definition;
    this.rows = [...definition.rows, ...others.flatMap((other) => other.rows.filter((row) => !row.onlyByName))];
    for (const row of definition.rows) this.#textsOf.set(row, definition.errors);
    for (const other of others) for (const [row, texts] of other.#textsOf) this.#textsOf.set(row, texts);
    this.#ok = definition.lowerCase ? "ok" : "OK";
    this.#error = definition.lowerCase ? "error" : "ERROR";
    for (const row of this.rows.toSorted(wantingTokenFirst)) {
      const word = row.pattern.words[0] as string;
      const groups = this.#candidates.get(word) ?? [];
      const group = groups.find((rows) => rows[0]?.pattern.literals === row.pattern.literals);
      if (group) group.push(row);
      else groups.push([row]);
      this.#candidates.set(
        word,
        groups.toSorted((a, b) => (b[0] as Row).pattern.literals - (a[0] as Row).pattern.literals),
      );
    }
  }

  /** The most specific row that fits wins: more literal words, then wanting a token, then the table's order. */
  decode(text: string, knows: Knowledge): Request | Misread {
    const words = decoding.of(text);
    const first = words.at(0);
    const groups = this.#candidates.get(first) ?? this.#candidates.get(first.toLowerCase());
    if (!groups) return { failure: new Failure("unknown-request"), row: undefined };
    let closest: Misread | undefined;
    for (const rows of groups) {
      for (let pass = mayShowToken(words) ? 0 : 1; pass < 2; pass++) {
        for (const row of rows) {
          const read = this.#read(row, words, pass === 0, knows);
          if (read === undefined) continue;
          if (!(read instanceof Problem)) return read;
          closest ??= { failure: new Failure("bad-request", read.detail), row, body: bodyOf(row, read.input) };
        }
      }
    }
    if (closest) return closest;
    const likely = groups.flat().map((row) => row.pattern.source);
    const detail = `use: ${[...new Set(likely)].join(" | ")}`;
    const body = groups.flat().some((row) => row.body) ? "unknown" : undefined;
    return { failure: new Failure("bad-request", detail), row: undefined, body };
  }

  #read(row: Row, words: Words, withToken: boolean, knows: Knowledge): Request | Problem | undefined {
    const { pattern } = row;
    let place = -1;
    if (pattern.wantsToken) {
      if (!withToken) return undefined;
    } else if (withToken) {
      if (row.operation === "login" || row.operation === "register") return undefined;
      place = pattern.tokenPlace(words);
      if (place < 0 || (row.freeFirst && !knows.isToken(words.at(place)))) return undefined;
    }
    const match = pattern.match(words, place);
    if (match === undefined || match instanceof Problem) return match;
    const { input, token } = match;
    if (row.onlyKnownRealm && !knows.isRealm(String(input[row.onlyKnownRealm]))) return undefined;
    if (row.give) Object.assign(input, row.give);
    const body = bodyOf(row, input);
    return body === "unknown" ? new Problem("offset: beyond the size") : { row, input, token, body };
  }

  /** The whole frame that answers a request that succeeded. */
  reply({ row, input, token }: Request, value: unknown): string {
    const { reply } = row;
    const json =
      typeof reply === "string"
        ? this.#textReply(reply, value as object)
        : JSON.stringify({ status: this.#ok, ...(reply as Shape)(value, input) });
    return this.#frame(json, token !== undefined);
  }

  /** A reply's own fields, without the envelope. */
  fields({ row, input }: Request, value: unknown): object {
    const { reply } = row;
    return typeof reply === "string" ? said(reply, value as object) : (reply as Shape)(value, input);
  }

  /** What most requests are answered with: its first part is the same each time. */
  #textReply(text: string, value: object): string {
    let start = this.#starts.get(text);
    if (start === undefined) {
      start = JSON.stringify({ status: this.#ok, ...said(text) }).slice(0, -1);
      this.#starts.set(text, start);
    }
    const more = JSON.stringify(value);
    return more === "{}" ? `${start}}` : `${start},${more.slice(1)}`;
  }

  /** The whole frame that answers a request that was refused or not understood. */
  refuse(failure: Failure, row?: Row, { input, token }: Partial<Request> = {}): string {
    const texts = (row && this.#textsOf.get(row)) ?? this.#definition.errors;
    const { code, detail } = failure;
    const text = (row?.errors[code] ?? texts[code] ?? code).replace(/\{(\w+)\}/g, (_, key) => String(input?.[key]));
    return this.#frame(
      JSON.stringify({ status: this.#error, message: text, data: text, code, detail }),
      token !== undefined,
    );
  }

  /**
   * The request's text, from the first row that can say all of the input.
   * @throws Error when the dialect has no such row.
   */
  encode<O extends Operation>(operation: O, input: Input<O>, token?: string): string {
    const values = input as Readonly<Record<string, unknown>>;
    const row = this.rows.find((candidate) => candidate.operation === operation && says(candidate, values));
    if (!row) throw new Error(`${this.name} has no words for ${operation} of ${Object.keys(values).join(", ")}`);
    return row.pattern.encode(values, token);
  }

  /** A request as it stands, with a token after its own words: `send message bob halo` has two of them. */
  withToken(text: string, token: string): string {
    const words = new Words().of(text.trimStart());
    const rows = (this.#candidates.get(words.at(0).toLowerCase()) ?? []).flat();
    const fits = rows.find(({ pattern }) => pattern.words.every((word, i) => words.is(i, word)));
    const last = Math.max(1, fits?.pattern.words.length ?? 1) - 1;
    const rest = words.after(last);
    const own = Array.from({ length: last + 1 }, (_, i) => words.at(i));
    return [...own, token, ...(rest === undefined ? [] : [rest])].join(" ");
  }

  /** Could a request that starts so carry a file's content? Its size limit depends on it. */
  mayCarry(head: string, kind: KindName): boolean {
    const words = new Words().of(head);
    const groups = this.#candidates.get(words.at(0).toLowerCase()) ?? [];
    return groups
      .flat()
      .some(({ pattern }) => pattern.takes(kind) && pattern.words.every((word, i) => words.is(i, word)));
  }

  help(request?: string): HelpEntry[] {
    const word = request?.toLowerCase();
    return this.rows
      .filter((row) => word === undefined || row.pattern.words.join(" ").startsWith(word))
      .map((row) => ({ request: row.pattern.source, about: row.about ?? about[row.operation] }));
  }

  #frame(json: string, withToken: boolean): string {
    const { ascii } = this.#definition;
    if (ascii === "never" || (ascii === "with-token" && !withToken)) return json + FRAME_END;
    return json.replace(/[\u007f-\uffff]/g, escapeUnit) + FRAME_END;
  }
}

/** A token stands among a request's first words, after at most three that are said and one parameter. */
function mayShowToken(words: Words): boolean {
  for (let i = 1; i < 5; i++) if (words.length(i) === TOKEN_LENGTH) return true;
  return false;
}

/** RFC 8259, section 7. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
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

/** Can this row say all of the input, and does it need no more? */
function says(row: Row, input: Readonly<Record<string, unknown>>): boolean {
  const { keys, needs } = row.pattern;
  return (
    needs.every((key) => input[key] !== undefined) &&
    Object.entries(input).every(
      ([key, value]) => value === undefined || keys.includes(key) || row.give?.[key] === value,
    ) &&
    Object.entries(row.give ?? {}).every(([key, value]) => input[key] === value)
  );
}
