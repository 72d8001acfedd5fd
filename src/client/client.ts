/**
 * A connection to a server, as a library: requests are sent at once and answered in order, events
 * come beside them. What chat-client, the realms and the tests stand on. It prints nothing.
 */
import type { Socket } from "node:net";
import type { Input, Operation } from "../contract/operations.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import { FRAME_END, Frames } from "../protocol/frames.ts";
import { machine, type World } from "../world/world.ts";
import { wording } from "./language/wording.ts";

/** One JSON object as the server sent it: PROTOCOL.md, "The envelope". */
export interface Reply {
  readonly status: string;
  readonly message?: unknown;
  readonly data?: unknown;
  /** Of an error: see contract/codes.ts. */
  readonly code?: string;
  readonly detail?: string;
  readonly [key: string]: unknown;
}

/** What the server tells unasked, after `watch on`. */
export interface ServerEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The connection could not be made or has ended; what was not answered may or may not have happened. */
export class LinkError extends Error {}

/** Sends a request over some connection, and resolves with its reply. @throws LinkError */
export type Request = (text: string) => Promise<Reply>;

/** Told of each frame as it is sent (`>`) and as it comes (`<`), without its end; not of raw bytes. */
export type Trace = (direction: ">" | "<", frame: string) => void;

export interface ClientOptions {
  /** Its sockets and timers; the machine's own if it is left out. */
  readonly world?: World;
  readonly host: string;
  readonly port: number;
  /** Milliseconds to wait for the connection. */
  readonly connectTimeout?: number | undefined;
  /** Milliseconds without a byte in either direction, after which the connection counts as lost. No limit unless given. */
  readonly idleTimeout?: number;
  /** Bytes that a reply or an event may have; more ends the connection. No limit unless given. */
  readonly maxReply?: number;
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
  readonly trace?: Trace | undefined;
  /** Once, when the connection has ended; not after `close`. */
  readonly onLost?: (reason: LinkError) => void;
}

/** What takes raw bytes; no more come until it has. What it throws ends the connection. */
export type Take = (bytes: Uint8Array) => Promise<void>;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
  /** Called with a reply that raw bytes follow: returns what takes them. */
  readonly onContent?: ((reply: Reply) => Take) | undefined;
}

/** Raw bytes that are coming, and the reply that they follow. */
interface Content {
  readonly reply: Reply;
  readonly waiting: Waiting | undefined;
  readonly take: Take | undefined;
}

const CONNECT_TIMEOUT_MS = 10_000;

export class ChatClient {
  readonly #socket: Socket;
  readonly #frames: Frames;
  readonly #options: ClientOptions;
  #waiting: Waiting[] = [];
  #ended: LinkError | undefined;
  #closing = false;
  #content: Content | undefined;
  /** Some of them are being taken: no frame is read meanwhile. */
  #taking = false;
  /** The socket is closed; what has come may still be read. */
  #over = false;

  /** @throws LinkError */
  static async connect(options: ClientOptions): Promise<ChatClient> {
    const { host, port, connectTimeout = CONNECT_TIMEOUT_MS, world = machine } = options;
    const socket = world.connect({ host, port, noDelay: true });
    socket.setTimeout(connectTimeout);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        socket.destroy();
        reject(new LinkError(wording.link.unreachable(`${host}:${port}`, error.message), { cause: error }));
      };
      socket.once("error", fail);
      socket.once("timeout", () => fail(new Error(wording.link.late(connectTimeout / 1000))));
      socket.once("connect", () => {
        socket.removeAllListeners();
        socket.setTimeout(0);
        resolve();
      });
    });
    return new ChatClient(socket, options);
  }

  private constructor(socket: Socket, options: ClientOptions) {
    this.#socket = socket;
    this.#options = options;
    const { maxReply = Number.POSITIVE_INFINITY } = options;
    this.#frames = new Frames("blank-line", { least: maxReply, of: () => maxReply });
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => this.#lost(wording.link.lost(error.message)));
    if (options.idleTimeout !== undefined) {
      socket.setTimeout(options.idleTimeout, () => this.#lost(wording.link.silent));
    }
    socket.on("close", () => {
      this.#over = true;
      this.#run();
    });
  }

  /**
   * Sends one request as it stands, in whatever dialect the server reads.
   * @throws LinkError when the connection ends before the answer.
   */
  request(text: string): Promise<Reply> {
    return this.#request(text, undefined);
  }

  /**
   * A request whose reply raw bytes may follow; resolves when all of them are taken.
   * @param onContent told of the reply first; if it throws, no bytes are taken. @throws LinkError; what it or the taker throws
   */
  fetch(text: string, onContent: (reply: Reply) => Take): Promise<Reply> {
    return this.#request(text, onContent);
  }

  /**
   * A request and the raw bytes that follow it. If it is answered before they are all sent, it was refused: the rest is
   * not sent, and the connection is of no more use. @throws LinkError; what reading the bytes throws.
   */
  async send(text: string, bytes: AsyncIterable<Uint8Array>): Promise<Reply> {
    const reply = this.request(text);
    const answered = reply.catch(() => undefined).then(() => true);
    for await (const part of bytes) {
      const sent = new Promise<boolean>((resolve) => {
        this.#socket.write(part, () => resolve(false));
      });
      if (await Promise.race([answered, sent])) break;
    }
    return reply;
  }

  #request(text: string, onContent: Waiting["onContent"]): Promise<Reply> {
    const reply = this.#expect(onContent);
    if (this.#ended) return reply;
    this.#options.trace?.(">", text);
    // A CR in a text could end the request early: see PROTOCOL.md, "Texts".
    this.#socket.write(text.replace(/\r\n?/g, "\n") + FRAME_END);
    return reply;
  }

  #expect(onContent?: Waiting["onContent"]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(this.#ended);
      else this.#waiting.push({ resolve, reject, onContent });
    });
  }

  /** Asks for an operation in the words of `native`, which the connection must speak. @throws LinkError */
  call<O extends Operation>(operation: O, input: Input<O>, token?: string): Promise<Reply> {
    return this.request(dialectNamed("native").encode(operation, input, token));
  }

  /** Sends bytes as they are and expects `replies` answers; for tests of framing. @throws LinkError */
  raw(bytes: string | Uint8Array, replies = 0): Promise<Reply[]> {
    const answers = Array.from({ length: replies }, () => this.#expect());
    this.#socket.write(bytes);
    return Promise.all(answers);
  }

  /** Waits for an answer so long, in ms; then the connection counts as lost. No limit for undefined. @throws LinkError */
  within<T>(timeout: number | undefined, answer: Promise<T>): Promise<T> {
    if (timeout === undefined) return answer;
    const { world = machine } = this.#options;
    const timer = world.after(timeout, () => this.fail(wording.link.late(timeout / 1000)));
    return answer.finally(() => world.cancel(timer));
  }

  /** Ends our side: what was sent is answered, then the server closes. */
  end(): void {
    this.#socket.end();
  }

  /** Bytes that the server has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Bytes that have come. */
  get received(): number {
    return this.#socket.bytesRead;
  }

  /** The address that it speaks from. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Ends at once, as a connection that was lost. */
  fail(reason: string): void {
    this.#lost(reason);
  }

  /** Ends at once. What was not answered fails with a LinkError. */
  close(): void {
    this.#closing = true;
    this.#lost(wording.link.here);
  }

  /** Stops or goes on taking in what the server sends; a slow reader, in tests. */
  pause(on: boolean): void {
    if (on) this.#socket.pause();
    else this.#socket.resume();
  }

  #read(chunk: Buffer): void {
    this.#frames.push(chunk);
    this.#run();
  }

  #run(): void {
    while (!this.#taking && !this.#ended) {
      const frame = this.#frames.next();
      if (!frame) break;
      if (frame.is === "body") {
        this.#takeContent(frame.bytes, frame.left === 0);
        continue;
      }
      const value = frame.is === "request" ? parse(frame.text) : undefined;
      if (!value) {
        this.#lost(wording.link.garbled);
        return;
      }
      if (frame.is === "request") this.#options.trace?.("<", frame.text);
      const { event, data } = value;
      if (typeof event === "string") this.#options.onEvent?.({ event, data: (data ?? {}) as ServerEvent["data"] });
      else this.#answered(value as Reply);
    }
    if (this.#over && !this.#taking) this.#lost(wording.link.closed);
  }

  #answered(reply: Reply): void {
    const { length } = reply;
    if (length !== undefined && (!Number.isSafeInteger(length) || (length as number) < 0)) {
      this.#lost(wording.link.garbled);
      return;
    }
    const waiting = this.#waiting.shift();
    if (length === undefined) {
      waiting?.resolve(reply);
      return;
    }
    let take: Take | undefined;
    try {
      take = waiting?.onContent?.(reply);
    } catch (error) {
      waiting?.reject(error as Error);
      this.#lost((error as Error).message);
      return;
    }
    if (length === 0) {
      waiting?.resolve(reply);
      return;
    }
    this.#frames.body(length as number);
    this.#content = { reply, waiting, take };
  }

  #takeContent(bytes: Uint8Array, last: boolean): void {
    const { reply, waiting, take } = this.#content as Content;
    const done = (): void => {
      if (!last) return;
      this.#content = undefined;
      waiting?.resolve(reply);
    };
    if (!take) {
      done();
      return;
    }
    this.#taking = true;
    this.#socket.pause();
    take(bytes).then(
      () => {
        this.#taking = false;
        done();
        this.#socket.resume();
        this.#run();
      },
      (error: Error) => {
        this.#taking = false;
        waiting?.reject(error);
        this.#lost(error.message);
      },
    );
  }

  #lost(reason: string): void {
    if (this.#ended) return;
    this.#ended = new LinkError(reason);
    this.#socket.destroy();
    const waiting = [...(this.#content?.waiting ? [this.#content.waiting] : []), ...this.#waiting];
    this.#content = undefined;
    this.#waiting = [];
    for (const { reject } of waiting) reject(this.#ended);
    if (!this.#closing) this.#options.onLost?.(this.#ended);
  }
}

/** `OK`, in any case: clients of spec 000 are told `ok`. */
export function isOk({ status }: Reply): boolean {
  return status.toUpperCase() === "OK";
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const fields = value as Record<string, unknown> | null;
    return typeof fields?.["status"] === "string" || typeof fields?.["event"] === "string" ? fields : undefined;
  } catch {
    return undefined;
  }
}
