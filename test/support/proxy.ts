/** A TCP proxy that fails when it is told to: what a network does to a link, at the moment that a test wants it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { until } from "./until.ts";

interface Place {
  readonly host: string;
  readonly port: number;
}

export class FaultyProxy implements Place {
  readonly host = "127.0.0.1";
  readonly #server: Server;
  #target: Place;
  readonly #sockets = new Set<Socket>();
  #refusing = false;
  #frozen = false;
  #single = false;
  #muted = false;
  #isListening = false;
  readonly #overheard: Buffer[] = [];
  #introduction: Buffer | undefined;
  #passed = 0;
  #limit = Number.POSITIVE_INFINITY;
  #bytesPerMs = Number.POSITIVE_INFINITY;

  /** Closed with the test. */
  static async before(target: Place): Promise<FaultyProxy> {
    const proxy = await FaultyProxy.open(target);
    onTestFinished(() => proxy.close());
    return proxy;
  }

  /** To be closed. */
  static async open(target: Place): Promise<FaultyProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new FaultyProxy(server, target);
    server.on("connection", (socket) => proxy.#accept(socket));
    server.listen(0, proxy.host);
    await once(server, "listening");
    return proxy;
  }

  private constructor(server: Server, target: Place) {
    this.#server = server;
    this.#target = target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  /** New connections go there. */
  lead(target: Place): void {
    this.#target = target;
  }

  /** Ends every connection; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** New connections are ended at once. */
  refuse(on: boolean): void {
    this.#refusing = on;
  }

  /** Connections stay and new ones are accepted, but nothing passes, until it goes on where it was. */
  freeze(on: boolean): void {
    this.#frozen = on;
    for (const socket of this.#sockets) {
      if (on) socket.pause();
      else socket.resume();
    }
  }

  /** Bytes that it has passed on so far, in both directions. */
  get passed(): number {
    return this.#passed;
  }

  /** All that it has passed on so far, in the order in which it came. */
  get overheard(): Buffer {
    return Buffer.concat(this.#overheard);
  }

  /** Keeps what it passes on. */
  listenIn(): void {
    this.#isListening = true;
  }

  /** Once so many bytes more have passed, it freezes; resolves then. */
  async freezeAfter(bytes: number): Promise<void> {
    this.#limit = this.#passed + bytes;
    await until(`${bytes} bytes have passed`, () => this.#frozen);
  }

  /** In either direction of a connection no more than so many bytes pass in a second. */
  slow(bytesPerSecond: number): void {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Every byte goes by itself. */
  split(on: boolean): void {
    this.#single = on;
  }

  /** The target is told this first on every connection from now on. */
  introduce(bytes: Buffer): void {
    this.#introduction = bytes;
  }

  /** What the target says is lost; to be followed by `cut`, for what comes after a hole is no stream. */
  loseReplies(on: boolean): void {
    this.#muted = on;
  }

  #accept(caller: Socket): void {
    if (this.#refusing) {
      caller.resetAndDestroy();
      return;
    }
    const callee = connect({ host: this.#target.host, port: this.#target.port, noDelay: true });
    if (this.#introduction) this.#pass(this.#introduction, callee);
    this.#join(caller, callee, () => false);
    this.#join(callee, caller, () => this.#muted);
    if (this.#frozen) this.freeze(true);
  }

  #count(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed < this.#limit) return;
    this.#limit = Number.POSITIVE_INFINITY;
    this.freeze(true);
  }

  /** Nothing more comes from there until these bytes have taken their time. */
  #brake(from: Socket, bytes: number): void {
    const ms = bytes / this.#bytesPerMs;
    if (ms === 0) return;
    from.pause();
    setTimeout(() => {
      if (!this.#frozen) from.resume();
    }, ms);
  }

  #pass(chunk: Buffer, to: Socket): void {
    const pieces = this.#single ? Array.from(chunk, (byte) => Buffer.of(byte)) : [chunk];
    for (const piece of pieces) to.write(piece);
  }

  /** Passes on what one says to the other, until one of the two is gone. */
  #join(from: Socket, to: Socket, lost: () => boolean): void {
    this.#sockets.add(from);
    from.on("data", (chunk) => {
      if (lost()) return;
      if (this.#isListening) this.#overheard.push(chunk);
      this.#pass(chunk, to);
      this.#count(chunk.length);
      this.#brake(from, chunk.length);
    });
    from.on("end", () => to.end());
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
