/**
 * A dialect is a table of rows, each a request's pattern and the reply to it. Decoding, encoding, replies, refusals, help and
 * the tables of PROTOCOL.md all come from this table.
 */
import type { Input, Operation, Output } from "../contract/operations.ts";
import type { Failure } from "../contract/result.ts";
import type { HelpEntry, Sent } from "../contract/shapes.ts";
import { about } from "./about.ts";
import { inAscii } from "./ascii.ts";
import { sentFrame } from "./forms.ts";
import { FRAME_END } from "./frames.ts";
import { jsonPieces } from "./json-pieces.ts";
import { type Knowledge, type Misread, Reader, type Request } from "./reader.ts";
import type { ReplyTo } from "./replies.ts";
import type { Row, Texts } from "./row.ts";
import type { KindName } from "./values.ts";
import { Words } from "./words.ts";

type ReplyFields = (value: unknown, input: unknown) => object;

/** The fields of a reply that is a text: in `message` and, unless other fields have their own, in `data`. */
export function textFields<F extends object>(text: string, fields = {} as F): { message: string; data: string } & F {
  return { message: text, data: text, ...fields };
}

/** A token, under each name that clients of the family read. */
export function tokenFields<T extends string | undefined>(token: T): { tokenid: T; token_id: T; token: T } {
  return { tokenid: token, token_id: token, token };
}

/** The fields of a reply to a login: the token in `data` too, as spec 001 has it. */
export function loginFields({ user, token }: Output<"login">): ReplyTo<"login"> {
  return { data: token, ...tokenFields(token), user };
}

/** What makes a dialect. */
export interface Definition {
  /** As `--dialect` and the request `dialect` take it. */
  readonly name: string;
  readonly errors: Texts;
  readonly rows: readonly Row[];
  /** When replies have only ASCII characters, for clients that decode them in pieces. */
  readonly ascii: "always" | "with-token" | "never";
  /** `ok` and `error` in lower case (clients of spec 000). */
  readonly lowerCase?: boolean;
  /**
   * This server's own dialect, of no document: a token stands right after the first words and nowhere else, and a text does not
   * stand in `messages` too, which some clients of the documents read.
   */
  readonly ours?: boolean;
}

/** The beginning of a reply that is a text, and the same before an id. */
interface Start {
  readonly json: string;
  readonly untilId: string;
}

/** A dialect, ready to read requests and to write replies. */
export class Dialect {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly #definition: Definition;
  readonly #textsOf = new Map<Row, Texts>();
  /** The rows of each operation, in the order that they are tried to express something. */
  readonly #speaking: ReadonlyMap<Operation, readonly Row[]>;
  readonly #reader: Reader;
  /** The first part of replies that are a text, as JSON, by that text. */
  readonly #starts = new Map<string, Start>();
  readonly #ok: string;
  readonly #error: string;

  /** @param others dialects whose rows are tried after the definition's, in this order, each with its own texts */
  constructor(definition: Definition, others: readonly Dialect[] = []) {
    this.name = definition.name;
    this.#definition = definition;
    const shared = others.flatMap((other) => other.rows.filter((row) => !row.onlyByName));
    this.rows = [...new Set([...definition.rows, ...shared])];
    const inOrder = [...this.rows.filter(({ form }) => form), ...this.rows.filter(({ form }) => !form)];
    this.#speaking = Map.groupBy(inOrder, ({ operation }) => operation);
    for (const row of definition.rows) this.#textsOf.set(row, definition.errors);
    for (const other of others) for (const [row, texts] of other.#textsOf) this.#textsOf.set(row, texts);
    this.#ok = definition.lowerCase ? "ok" : "OK";
    this.#error = definition.lowerCase ? "error" : "ERROR";
    this.#reader = new Reader(this.rows, { tokenOnlyFirst: definition.ours ?? false });
  }

  /** The rows that a request with this first word may mean. */
  rowsFor(first: string): readonly Row[] {
    return this.#reader.rowsFor(first);
  }

  /** Reads a request. @param text without the end of its frame */
  decode(text: string, knows: Knowledge): Request | Misread {
    return this.#reader.read(text, knows);
  }

  /** The frame that answers a request that succeeded. @param value the operation's output */
  reply(request: Request, value: unknown): string {
    const { reply } = request.row;
    if (typeof reply !== "string") {
      return this.#frame(JSON.stringify(this.#fields(reply as ReplyFields, request, value)), request);
    }
    if (!("time" in (value as object))) return this.#frame(this.#textReply(reply, value as object), request);
    const frame = sentFrame(this.#start(reply).untilId, value as Sent);
    return this.isAscii(request) ? inAscii(frame) : frame;
  }

  /** The same in pieces, before they are put into ASCII if it `isAscii`: for one that is too long to be made whole. */
  *replyInPieces(request: Request, value: unknown): Generator<string> {
    const { reply } = request.row;
    if (typeof reply === "string") {
      yield this.reply(request, value);
      return;
    }
    yield* jsonPieces(this.#fields(reply as ReplyFields, request, value));
    yield FRAME_END;
  }

  #fields(reply: ReplyFields, { input }: Request, value: unknown): object {
    return { status: this.#ok, ...this.#enveloped(reply(value, input)) };
  }

  /** In the documents' dialects a text stands in `messages` too, unless a list does. */
  #enveloped(fields: object): object {
    const { message, messages = message } = fields as { message?: unknown; messages?: unknown };
    return this.#definition.ours || typeof message !== "string" ? fields : { ...fields, messages };
  }

  #textReply(text: string, value: object): string {
    const { json } = this.#start(text);
    const more = JSON.stringify(value);
    return more === "{}" ? `${json}}` : `${json},${more.slice(1)}`;
  }

  /** How most requests are answered: the first part is the same each time and kept. */
  #start(text: string): Start {
    let start = this.#starts.get(text);
    if (!start) {
      const json = JSON.stringify({ status: this.#ok, ...this.#enveloped(textFields(text)) }).slice(0, -1);
      start = { json, untilId: `${json},"id":"` };
      this.#starts.set(text, start);
    }
    return start;
  }

  /** The frame that answers a request that was refused or not understood. @param row the request's own, for its texts */
  refuse(failure: Failure, row?: Row, request: Partial<Request> = {}): string {
    const { input } = request;
    const texts = (row && this.#textsOf.get(row)) ?? this.#definition.errors;
    const { code, detail, retry } = failure;
    const own = row?.errors;
    const template = typeof own === "string" ? own : (own?.[code] ?? texts[code]);
    const text = template.replace(/\{(\w+)\}/g, (_, key) => String(input?.[key]));
    const json = JSON.stringify({ status: this.#error, ...this.#enveloped(textFields(text)), code, detail, retry });
    return this.#frame(json, request);
  }

  /**
   * The text of a request, by the first row that can express all of the input; one whose reply has the operation's form comes
   * before all others. @throws Error if there is none
   */
  encode<O extends Operation>(operation: O, input: Input<O>, token?: string): string {
    const values = input as Readonly<Record<string, unknown>>;
    const row = this.#speaking.get(operation)?.find((candidate) => expresses(candidate, values));
    if (!row) throw new Error(`${this.name} has no words for ${operation} of ${Object.keys(values).join(", ")}`);
    return row.pattern.encode(values, token);
  }

  /** The text of the request that begins with this word. @throws Error if there is none */
  encodeAs<O extends Operation>(word: string, operation: O, input: Input<O>): string {
    const row = this.#speaking.get(operation)?.find(({ pattern }) => pattern.words[0] === word);
    if (!row) throw new Error(`${this.name} has no ${word} for ${operation}`);
    return row.pattern.encode(input);
  }

  /** A request's text with a token put in after its literal words (`send message` of spec 004 has two). */
  withToken(text: string, token: string): string {
    const words = new Words().of(text.trimStart());
    const fits = this.#reader.begunBy(words)[0];
    const last = Math.max(1, fits?.pattern.words.length ?? 1) - 1;
    const rest = words.after(last);
    const own = Array.from({ length: last + 1 }, (_, i) => words.at(i));
    return [...own, token, ...(rest === undefined ? [] : [rest])].join(" ");
  }

  /** Whether a request that starts with these characters may carry a value of this kind. Its size limit depends on that. */
  mayCarry(head: string, kind: KindName): boolean {
    return this.#reader.begunBy(new Words().of(head)).some(({ pattern }) => pattern.takes(kind));
  }

  /** The requests of this dialect, or those that start with some words. */
  help(request?: string): HelpEntry[] {
    const word = request?.toLowerCase();
    return this.rows
      .filter((row) => word === undefined || row.pattern.words.join(" ").startsWith(word))
      .map((row) => ({ request: row.pattern.source, about: row.about ?? about[row.operation] }));
  }

  /** Whether a request is answered with only ASCII characters. */
  isAscii({ token }: Partial<Request>): boolean {
    const { ascii } = this.#definition;
    return ascii === "always" || (ascii === "with-token" && token !== undefined);
  }

  #frame(json: string, request: Partial<Request>): string {
    return (this.isAscii(request) ? inAscii(json) : json) + FRAME_END;
  }
}

/** Whether a row's request can carry all of the input, and needs nothing that the input lacks. */
function expresses(row: Row, input: Readonly<Record<string, unknown>>): boolean {
  const { keys, needs } = row.pattern;
  return (
    needs.every((key) => input[key] !== undefined) &&
    !row.pattern.hasGap(input) &&
    Object.entries(input).every(
      ([key, value]) => value === undefined || keys.includes(key) || row.give?.[key] === value,
    ) &&
    Object.entries(row.give ?? {}).every(([key, value]) => input[key] === value)
  );
}
