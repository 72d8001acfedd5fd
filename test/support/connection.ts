/** A bare TCP connection: bytes out, bytes in, and how it ends. For what the client library hides. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./until.ts";

export const END = "\r\n\r\n";

export interface Place {
  readonly host: string;
  readonly port: number;
}

export abstract class Connection {
  readonly #socket: Socket;
  #ended = false;
  #news = Promise.withResolvers<void>();

  /** @param from the address it comes from, loopback has many; or the socket. What is sent at once waits for the connection. */
  constructor({ host, port }: Place, from?: string | Socket) {
    this.#socket =
      typeof from === "object"
        ? from
        : connect({ host, port, noDelay: true, ...(from !== undefined && { localAddress: from }) });
    this.#socket.on("data", (chunk: Buffer) => {
      this.read(chunk);
      this.#tell();
    });
    for (const end of ["end", "error", "close"]) {
      this.#socket.on(end, () => {
        this.#ended = true;
        this.#tell();
      });
    }
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  send(bytes: string | Uint8Array): this {
    this.#socket.write(bytes);
    return this;
  }

  /** Sends requests as the protocol has them. */
  request(...texts: readonly string[]): this {
    return this.send(texts.map((text) => text + END).join(""));
  }

  /** Sends; resolves when the system has taken the bytes, or when it never will. */
  pour(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => void this.#socket.write(bytes, () => resolve()));
  }

  /** Ends our half. */
  end(): this {
    this.#socket.end();
    return this;
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Ends it as a process that dies does: the server is told at once that nobody listens any more. */
  reset(): void {
    this.#socket.resetAndDestroy();
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

  /** Resolves when the server has ended its half, or the connection broke. */
  async over(): Promise<void> {
    await this.wait("the server ends the connection", () => this.#ended);
  }

  protected abstract read(chunk: Buffer): void;

  /** Looks whenever something has come. */
  protected wait<T>(what: string, look: () => T | undefined | false): Promise<T> {
    return until(what, look, () => Promise.race([this.#news.promise, sleep(1000, undefined, { ref: false })]));
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
