/** A connection that keeps bytes: requests and bodies out, replies in, each with the raw bytes that follow it. */
import type { Reply } from "../../src/connection/errors.ts";
import { readEvent, type ToldEvent } from "../../src/protocol/replies.ts";
import { Connection, END } from "./connection.ts";

const NOTHING = Buffer.alloc(0);

export interface Answer {
  readonly reply: Reply;
  /** The bytes that its `length` announces; none after most. */
  readonly body: Buffer;
}

interface Open extends Answer {
  received: number;
}

export class RawWire extends Connection {
  /** All there were, the ones that were taken too. */
  readonly answers: Answer[] = [];
  readonly events: ToldEvent[] = [];
  /** What came, in order: `reply`, or the event's name. */
  readonly order: string[] = [];
  #taken = 0;
  /** Bytes of a frame that has not ended. */
  #frame = NOTHING;
  /** A reply whose bytes are not all here. */
  #open: Open | undefined;
  #fault: Error | undefined;

  /** The reply whose bytes are on their way. */
  get opened(): Reply | undefined {
    return this.#open?.reply;
  }

  /** Bytes received of a body that is on its way. */
  get arrived(): number {
    return this.#open?.received ?? 0;
  }

  /** Bytes received that belong to no whole reply. */
  get leftover(): number {
    return this.#frame.length + this.arrived;
  }

  /** The next reply, with all bytes that follow it. @throws Error when the server ends before. */
  async answer(): Promise<Answer> {
    const at = this.#taken++;
    return this.wait(`reply ${at + 1} is here`, () => {
      if (this.#fault) throw this.#fault;
      if (this.answers.length > at) return this.answers[at];
      if (this.hasEnded) throw new Error(`the server ended after ${this.answers.length} replies, not ${at + 1}`);
      return undefined;
    });
  }

  /** The next reply, which no bytes follow. */
  async reply(): Promise<Reply> {
    const { reply } = await this.answer();
    if ("length" in reply) throw new Error(`no bytes were wanted after ${JSON.stringify(reply)}`);
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
    await this.wait("the server ends the connection", () => this.hasEnded || this.#fault !== undefined);
    if (this.#fault) throw this.#fault;
    if (this.leftover > 0) throw new Error(`${this.leftover} bytes belong to no whole reply`);
    const rest = this.answers.slice(this.#taken);
    this.#taken = this.answers.length;
    return rest;
  }

  protected read(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#fault)
      rest = this.#open ? this.#readBody(this.#open, rest) : this.#readFrame(rest);
  }

  #readBody(open: Open, chunk: Buffer): Buffer {
    const count = chunk.copy(open.body, open.received);
    open.received += count;
    if (open.received === open.body.length) this.#whole(open);
    return chunk.subarray(count);
  }

  #readFrame(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.#frame, chunk]);
    const end = bytes.indexOf(END);
    this.#frame = end < 0 ? bytes : NOTHING;
    if (end < 0) return NOTHING;
    this.#take(bytes.toString("utf8", 0, end));
    return bytes.subarray(end + END.length);
  }

  #take(text: string): void {
    try {
      const value = JSON.parse(text) as Reply;
      if (value.status === undefined) {
        const name = String(value["event"]);
        this.events.push(readEvent(name, value.data));
        this.order.push(name);
      } else {
        const reply = value;
        const { length } = reply;
        if (typeof length === "number" && length > 0)
          this.#open = { reply, body: Buffer.allocUnsafe(length), received: 0 };
        else this.#whole({ reply, body: NOTHING });
      }
    } catch (error) {
      this.#fault = new Error(`no reply: ${JSON.stringify(text.slice(0, 200))}`, { cause: error });
    }
  }

  #whole({ reply, body }: Answer): void {
    this.#open = undefined;
    this.answers.push({ reply, body });
    this.order.push("reply");
  }
}
