/**
 * What a script reads: data on standard output, everything else on standard error. In words, tab separated (`--plain`),
 * or as JSON objects, one a line (`--json`), each with a `type` and the version `v` of its form; fields are only ever added.
 */

import { isOk, type Reply, type ServerEvent } from "../client.ts";
import { jsonLine } from "../json-line.ts";
import { type ChatMessage, messageOf, placeOf } from "../messages.ts";
import { eventInWords, messageInWords, refusalInWords, replyInWords } from "../render.ts";
import { inAscii } from "../terminal/ascii.ts";
import { inert } from "../terminal/inert.ts";

export type Form = "words" | "plain" | "json";

export interface OutputOptions {
  readonly form: Form;
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
  readonly form: Form;
  /** Who reads, once it is known. */
  me: string | undefined;
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.form = options.form;
    this.#options = options;
  }

  /** What the server has answered. */
  reply(reply: Reply): void {
    const { form } = this;
    if (form === "json") this.object("reply", reply);
    else if (!isOk(reply)) this.complain(refusalInWords(reply));
    else if (isText(reply) && this.#options.quiet) return;
    else this.line(form === "plain" ? plainReply(reply, this.me) : replyInWords(reply, { me: this.me }));
  }

  message(message: ChatMessage): void {
    if (this.form === "json") this.object(message.file ? "file" : "message", message);
    else this.line(this.form === "plain" ? plainMessage(message, this.me) : messageInWords(message, { me: this.me }));
  }

  event(event: ServerEvent): void {
    const message = event.event === "message" || event.event === "file" ? messageOf(event.data) : undefined;
    if (message) this.message(message);
    else if (this.form === "json") this.object(event.event, event.data);
    else if (this.form === "plain") this.line([event.event, ...Object.values(event.data)].map(field).join("\t"));
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

/** It only says that it was done; that one is logged in, too: its token is for `--json`. */
function isText({ message, data, ["tokenid"]: token }: Reply): boolean {
  return typeof token === "string" || (typeof message === "string" && (data === undefined || data === message));
}

/** time, from, place, text; and of a file its id. */
function plainMessage(message: ChatMessage, me: string | undefined): string {
  const { from, time, sent, message: text, file } = message;
  const fields = [sent ?? time, from, placeOf(message, me), text, ...(file ? [file.id] : [])];
  return fields.map(field).join("\t");
}

function plainReply(reply: Reply, me: string | undefined): string {
  if (typeof reply["tokenid"] === "string") return "logged in";
  if (isText(reply)) return field(reply.message);
  return plain(reply.data, me);
}

function plain(value: unknown, me: string | undefined): string {
  if (!Array.isArray(value)) {
    if (typeof value !== "object" || value === null) return field(value);
    return Object.entries(value)
      .map(([key, one]) => `${field(key)}\t${field(one)}`)
      .join("\n");
  }
  return value
    .map((item: unknown) => {
      const message = messageOf(item);
      if (message) return plainMessage(message, me);
      return typeof item === "object" && item !== null ? Object.values(item).map(field).join("\t") : field(item);
    })
    .join("\n");
}

/** One field: a tab, a line end and a backslash are written `\t`, `\n`, `\\`. */
function field(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return inert(text.replace(/\\/g, "\\\\").replace(/\t/g, "\\t").replace(/\n/g, "\\n"));
}
