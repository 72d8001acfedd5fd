/** A bare TCP connection that keeps bytes: requests and bodies out, replies in, each with the raw bytes that follow it. */
import { connect, type Socket } from "node:net";
import type { Reply, ServerEvent } from "../../src/client/client.ts";
import { until } from "./until.ts";

const END = "\r\n\r\n";

export interface Answer {
  readonly reply: Reply;
  /** Of a reply that has a `length`, and of no other. */
  readonly body?: Buffer;
}

interface Open {
  readonly reply: Reply;
  readonly pieces: Buffer[];
  missing: number;
}

export class RawWire {
  /** All there were, the ones that were taken too. */
  readonly answers: Answer[] = [];
  readonly events: ServerEvent[] = [];
  /** What came, in order: `reply`, or the event's name. */
  readonly order: string[] = [];
  readonly #socket: Socket;
  #taken = 0;
  /** Bytes of a frame that has not ended. */
  #frame = Buffer.alloc(0);
  /** A reply whose bytes are not all here. */
  #open: Open | undefined;
  #fault: Error | undefined;
  #ended = false;

  /** What is sent at once waits for the connection. */
  constructor({ host, port }: { host: string; port: number }) {
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    for (const end of ["end", "error", "close"]) this.#socket.on(end, () => (this.#ended = true));
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Bytes received of a body that is on its way. */
  get arrived(): number {
    return this.#open?.pieces.reduce((sum, piece) => sum + piece.length, 0) ?? 0;
  }

  /** Bytes received that belong to no whole reply. */
  get leftover(): number {
    return this.#frame.length + this.arrived;
  }

  send(bytes: string | Uint8Array): this {
    this.#socket.write(bytes);
    return this;
  }

  /** Sends requests as the protocol has them. */
  request(...texts: readonly string[]): this {
    return this.send(texts.map((text) => text + END).join(""));
  }

  /** Ends our half. */
  end(): this {
    this.#socket.end();
    return this;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Takes in one piece more of what the server sends, then nothing until `resume`; resolves when it is here. */
  pauseAfterNext(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once("data", () => {
        this.#socket.pause();
        resolve();
      });
    });
  }

  resume(): this {
    this.#socket.resume();
    return this;
  }

  /** The next reply, with all bytes that follow it. @throws Error when the server ends before. */
  async answer(): Promise<Answer> {
    const at = this.#taken++;
    return until(`reply ${at + 1} is here`, () => {
      if (this.#fault) throw this.#fault;
      if (this.answers.length > at) return this.answers[at];
      if (this.#ended) throw new Error(`the server ended after ${this.answers.length} replies, not ${at + 1}`);
      return undefined;
    });
  }

  /** The next reply, which no bytes follow. */
  async reply(): Promise<Reply> {
    const { reply, body } = await this.answer();
    if (body) throw new Error(`no bytes were wanted after ${JSON.stringify(reply)}`);
    return reply;
  }

  /** The next `count` replies, which no bytes follow. */
  async replies(count: number): Promise<readonly Reply[]> {
    const all: Reply[] = [];
    while (all.length < count) all.push(await this.reply());
    return all;
  }

  /** The answers that were not taken, once the server has ended its half. @throws Error when something is cut off. */
  async ended(): Promise<readonly Answer[]> {
    await until("the server ends the connection", () => this.#ended || this.#fault !== undefined);
    if (this.#fault) throw this.#fault;
    if (this.leftover > 0) throw new Error(`${this.leftover} bytes belong to no whole reply`);
    const rest = this.answers.slice(this.#taken);
    this.#taken = this.answers.length;
    return rest;
  }

  #read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#fault)
      rest = this.#open ? this.#readBody(this.#open, rest) : this.#readFrame(rest);
  }

  #readBody(open: Open, chunk: Buffer): Buffer {
    const piece = chunk.subarray(0, open.missing);
    open.pieces.push(piece);
    open.missing -= piece.length;
    if (open.missing === 0) this.#whole(open.reply, Buffer.concat(open.pieces));
    return chunk.subarray(piece.length);
  }

  #readFrame(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.#frame, chunk]);
    const end = bytes.indexOf(END);
    this.#frame = end < 0 ? bytes : Buffer.alloc(0);
    if (end < 0) return this.#frame.subarray(bytes.length);
    this.#take(bytes.toString("utf8", 0, end));
    return bytes.subarray(end + END.length);
  }

  #take(text: string): void {
    try {
      const value = JSON.parse(text) as Reply | ServerEvent;
      if (!("status" in value)) {
        this.events.push(value as ServerEvent);
        this.order.push(String(value.event));
      } else {
        const reply = value as Reply;
        const { length } = reply;
        if (typeof length === "number" && length > 0) this.#open = { reply, pieces: [], missing: length };
        else this.#whole(reply, length === 0 ? Buffer.alloc(0) : undefined);
      }
    } catch (error) {
      this.#fault = new Error(`no reply: ${JSON.stringify(text.slice(0, 200))}`, { cause: error });
    }
  }

  #whole(reply: Reply, body?: Buffer): void {
    this.#open = undefined;
    this.answers.push({ reply, ...(body && { body }) });
    this.order.push("reply");
  }
}
