/**
 * What a script reads: data on standard output, everything else on standard error. In words, tab separated (`--plain`),
 * or as JSON objects, one a line (`--json`), each with a `type` and the version `v` of its form; fields are only ever added.
 */

import { isOk, type Reply } from "../../connection/errors.ts";
import type { Operation } from "../../contract/operations.ts";
import type { ToldEvent, ToldMessage } from "../../protocol/replies.ts";
import { conversationOf, messageOf } from "../chat-message.ts";
import { jsonLine } from "../json-line.ts";
import type * as Lists from "../lists.ts";
import { messageInWords } from "../message-words.ts";
import { listPlain, plainField, plainRows } from "../plain.ts";
import { refusalInWords } from "../refusal-words.ts";
import { doneInWords, eventInWords, inColumns, replyInWords } from "../render.ts";
import { inAscii } from "../terminal/ascii.ts";

export type OutputForm = "words" | "plain" | "json";

export interface OutputOptions {
  readonly form: OutputForm;
  /** Our own signs in ASCII, where people read. */
  readonly ascii: boolean;
  /** Nothing of what only says that it was done. */
  readonly quiet: boolean;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** The program's name, before what it says of itself. */
  readonly name: string;
}

export class Output {
  readonly form: OutputForm;
  /** Who reads, once it is known. */
  me: string | undefined;
  /** What shows lists in words; loaded when one is asked for. */
  #lists: typeof Lists | undefined;
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.form = options.form;
    this.#options = options;
  }

  /** What the server has answered. @param operation that was asked for, where it is known */
  reply(reply: Reply, operation?: Operation): void {
    const { form } = this;
    const { columns } = this.#options.stdout as { columns?: number };
    if (form === "json") this.object("reply", reply);
    else if (!isOk(reply)) this.complain(refusalInWords(reply, operation));
    else if (this.#options.quiet && isOnlyDone(reply, operation)) return;
    else if (form === "plain") this.line(plainReply(reply, this.me, operation));
    else this.line(replyInWords(reply, { me: this.me, columns, lists: this.#lists }, operation));
  }

  /** Loads what shows lists, if the answer is one: it takes longer to load than a short answer takes to come. */
  async expect(operation: Operation | undefined): Promise<void> {
    if (this.form === "words" && operation && inColumns.has(operation)) this.#lists ??= await import("../lists.ts");
  }

  message(message: ToldMessage): void {
    if (this.form === "json") this.object(message.file ? "file" : "message", message);
    else this.line(this.form === "plain" ? plainMessage(message, this.me) : messageInWords(message, { me: this.me }));
  }

  event(event: ToldEvent): void {
    if (event.event === "message" || event.event === "file") {
      this.message(event.data);
      return;
    }
    const name = event.event === "other" ? event.name : event.event;
    if (this.form === "json") this.object(name, event.data);
    else if (this.form === "plain") this.line([name, ...Object.values(event.data)].map(plainField).join("\t"));
    else this.line(eventInWords(event, { me: this.me }));
  }

  object(type: string, fields: object): void {
    this.line(jsonLine(type, fields));
  }

  /** A text for people. */
  text(type: string, text: string): void {
    if (this.form === "json") this.object(type, { text });
    else this.line(text);
  }

  /** Data. */
  line(text: string): void {
    if (text === "") return;
    const { ascii, stdout } = this.#options;
    stdout.write(`${ascii && this.form === "words" ? inAscii(text) : text}\n`);
  }

  /** Something that is no data. */
  aside(text: string): void {
    if (!this.#options.quiet) this.#options.stderr.write(`${text}\n`);
  }

  /** Something that went wrong. */
  complain(text: string): void {
    this.#options.stderr.write(`${this.#options.name}: ${text.split("\n").join(" ")}\n`);
  }
}

/** Does it only say that it was done? So does a login: its token is for `--json`. */
function isOnlyDone(reply: Reply, operation: Operation | undefined): boolean {
  return typeof reply["tokenid"] === "string" || doneInWords(reply, operation) !== undefined;
}

/** time, from, place, text; and of a file its id. */
/** @param me who reads */
export function plainMessage(message: ToldMessage, me: string | undefined): string {
  const { from, time, sent, message: text, file } = message;
  const fields = [sent ?? time, from, conversationOf(message, me), text, ...(file ? [file.id] : [])];
  return fields.map(plainField).join("\t");
}

function plainReply(reply: Reply, me: string | undefined, operation: Operation | undefined): string {
  if (isOnlyDone(reply, operation)) return plainField(replyInWords(reply, {}, operation));
  const rows = operation && listPlain(operation, reply);
  return rows ? plainRows(rows) : plain(reply.data, me);
}

function plain(value: unknown, me: string | undefined): string {
  if (!Array.isArray(value)) {
    if (typeof value !== "object" || value === null) return plainField(value);
    return Object.entries(value)
      .map(([key, one]) => `${plainField(key)}\t${plainField(one)}`)
      .join("\n");
  }
  return value
    .map((item: unknown) => {
      const message = messageOf(item);
      if (message) return plainMessage(message, me);
      return typeof item === "object" && item !== null
        ? Object.values(item).map(plainField).join("\t")
        : plainField(item);
    })
    .join("\n");
}
