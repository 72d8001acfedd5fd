/** A bare TCP connection to a server: bytes out, replies in, and how it ends. For what the client library hides. */
import { connect, type Socket } from "node:net";
import type { Reply } from "../../src/client/client.ts";
import { until } from "./until.ts";

const END = "\r\n\r\n";

export class Wire {
  readonly #socket: Socket;
  #text = "";
  #ended = false;

  /** @param from the address it comes from; loopback has many. What is sent at once waits for the connection. */
  constructor({ host, port }: { host: string; port: number }, from?: string) {
    this.#socket = connect({ host, port, ...(from !== undefined && { localAddress: from }) });
    this.#socket.setEncoding("utf8").setNoDelay(true);
    this.#socket.on("data", (text: string) => (this.#text += text));
    for (const end of ["end", "error", "close"]) this.#socket.on(end, () => (this.#ended = true));
  }

  /** Everything received so far. */
  get text(): string {
    return this.#text;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The whole replies received so far. @throws Error when something is no reply. */
  get replies(): readonly Reply[] {
    return this.#text
      .split(END)
      .slice(0, -1)
      .map((frame) => JSON.parse(frame) as Reply);
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

  /** Takes in nothing more of what the server sends, until `resume`. */
  pause(): this {
    this.#socket.pause();
    return this;
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

  /** The first `count` replies, once they are here. @throws Error when the server ends before. */
  async first(count: number): Promise<readonly Reply[]> {
    return until(`${count} replies are here`, () => {
      const { replies } = this;
      if (replies.length >= count) return replies.slice(0, count);
      if (this.#ended) throw new Error(`the server ended after ${replies.length} replies, not ${count}`);
      return undefined;
    });
  }

  /** All replies, once the server has ended its half. */
  async ended(): Promise<readonly Reply[]> {
    await until("the server ends the connection", () => this.#ended);
    return this.replies;
  }
}
