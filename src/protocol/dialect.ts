/**
 * A dialect is a table of commands: one row says which words ask for an operation and which words
 * answer. Decoding, encoding, replies, refusals, help and the tables of PROTOCOL.md come from it.
 */
import type { Input, Operation } from "../contract/operations.ts";
import type { Failure } from "../contract/result.ts";
import type { HelpEntry, Sent } from "../contract/shapes.ts";
import { about } from "./about.ts";
import { sentJson } from "./forms.ts";
import { FRAME_END } from "./frames.ts";
import { type Knowledge, type Misread, Reader, type Request } from "./reader.ts";
import type { Row, Texts } from "./row.ts";
import type { KindName } from "./values.ts";
import { Words } from "./words.ts";

type Shape = (value: unknown, input: unknown) => object;

/** A reply of one text with other fields: the text stands in `message` and, unless they have their own, `data`. */
export function said(text: string, fields: object = {}): object {
  return { message: text, data: text, ...fields };
}

/** A token, by each name that clients of the family read it by. */
export function issued(token: string | undefined): object {
  return { tokenid: token, token_id: token, token };
}

export interface Definition {
  readonly name: string;
  readonly errors: Texts;
  readonly rows: readonly Row[];
  /** When replies are kept to ASCII, for clients that decode in pieces. */
  readonly ascii: "always" | "with-token" | "never";
  /** `ok` and `error` in lower case (clients of spec 000). */
  readonly lowerCase?: boolean;
  /**
   * No document's, but this server's own: a token stands first and nowhere else, and texts do not stand in `messages`
   * too, as they do for clients of the documents that read only that.
   */
  readonly ours?: boolean;
}

export class Dialect {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly #definition: Definition;
  readonly #textsOf = new Map<Row, Texts>();
  readonly #reader: Reader;
  readonly #starts = new Map<string, string>();
  readonly #ok: string;
  readonly #error: string;

  /** @param others for a mixture: dialects whose rows are tried too, in this order. */
  constructor(definition: Definition, others: readonly Dialect[] = []) {
    this.name = definition.name;
    this.#definition = definition;
    const shared = others.flatMap((other) => other.rows.filter((row) => !row.onlyByName));
    this.rows = [...new Set([...definition.rows, ...shared])];
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

  decode(text: string, knows: Knowledge): Request | Misread {
    return this.#reader.read(text, knows);
  }

  /** The whole frame that answers a request that succeeded. */
  reply({ row, input, token }: Request, value: unknown): string {
    const { reply } = row;
    const json =
      typeof reply === "string"
        ? this.#textReply(reply, value as object)
        : JSON.stringify({ status: this.#ok, ...this.#enveloped((reply as Shape)(value, input)) });
    return this.#frame(json, token !== undefined);
  }

  /** In the documents' dialects a text stands in `messages` too, unless a list does. */
  #enveloped(fields: object): object {
    const { message, messages = message } = fields as { message?: unknown; messages?: unknown };
    return this.#definition.ours || typeof message !== "string" ? fields : { ...fields, messages };
  }

  /** What most requests are answered with: its first part is the same each time. */
  #textReply(text: string, value: object): string {
    let start = this.#starts.get(text);
    if (start === undefined) {
      start = JSON.stringify({ status: this.#ok, ...this.#enveloped(said(text)) }).slice(0, -1);
      this.#starts.set(text, start);
    }
    const more = "time" in value ? sentJson(value as Sent) : JSON.stringify(value);
    return more === "{}" ? `${start}}` : `${start},${more.slice(1)}`;
  }

  /** The whole frame that answers a request that was refused or not understood. */
  refuse(failure: Failure, row?: Row, { input, token }: Partial<Request> = {}): string {
    const texts = (row && this.#textsOf.get(row)) ?? this.#definition.errors;
    const { code, detail } = failure;
    const own = row?.errors;
    const template = typeof own === "string" ? own : (own?.[code] ?? texts[code]);
    const text = template.replace(/\{(\w+)\}/g, (_, key) => String(input?.[key]));
    return this.#frame(
      JSON.stringify({ status: this.#error, ...this.#enveloped(said(text)), code, detail }),
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
    const fits = this.#reader.begunBy(words)[0];
    const last = Math.max(1, fits?.pattern.words.length ?? 1) - 1;
    const rest = words.after(last);
    const own = Array.from({ length: last + 1 }, (_, i) => words.at(i));
    return [...own, token, ...(rest === undefined ? [] : [rest])].join(" ");
  }

  /** Could a request that starts so carry a file's content? Its size limit depends on it. */
  mayCarry(head: string, kind: KindName): boolean {
    return this.#reader.begunBy(new Words().of(head)).some(({ pattern }) => pattern.takes(kind));
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

/** RFC 8259, section 7. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
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
