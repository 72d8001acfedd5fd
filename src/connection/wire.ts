/**
 * One socket to a server, as long as it lasts: requests are sent at once and answered in order, events come beside them.
 * Coming back when it is lost is for connection.ts.
 */
import type { Socket } from "node:net";
import type { Input } from "../contract/operations.ts";
import { FRAME_END, Frames } from "../protocol/frames.ts";
import { type Native, type ReplyTo, readEvent } from "../protocol/replies.ts";
import { machine } from "../world/world.ts";
import { callBy } from "./call.ts";
import { connectionTexts, isOk, LinkError, type Reply } from "./errors.ts";
import { openSocket, reasonOf } from "./open-socket.ts";
import type { CallExtras, Take, TalkOptions, WireOptions } from "./wire-options.ts";

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

export class Wire {
  readonly #socket: Socket;
  readonly #frames: Frames;
  readonly #options: TalkOptions;
  #waiting: Waiting[] = [];
  #ended: LinkError | undefined;
  #closing = false;
  #content: Content | undefined;
  /** Some of them are being taken: no frame is read meanwhile. */
  #taking = false;
  /** The socket is closed; what has come may still be read. */
  #over = false;

  /** @throws LinkError */
  static async connect(options: WireOptions): Promise<Wire> {
    const { tls, connectTimeout = CONNECT_TIMEOUT_MS, world = machine } = options;
    const open = (): Promise<Socket> => openSocket(options, world, connectTimeout);
    if (!tls) return new Wire(await open(), options);
    // Who does without need not wait until it is loaded.
    const { secured } = await import("./tls.ts");
    return new Wire(await secured(open, options, tls, world, connectTimeout), options);
  }

  /** @param socket that is connected, and from which nothing was read */
  constructor(socket: Socket, options: TalkOptions = {}) {
    this.#socket = socket;
    this.#options = options;
    const { maxReply = Number.POSITIVE_INFINITY } = options;
    this.#frames = new Frames("blank-line", { least: maxReply, of: () => maxReply });
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => this.#lost(connectionTexts.lost(reasonOf(error))));
    if (options.idleTimeout !== undefined) {
      socket.setTimeout(options.idleTimeout, () => this.#lost(connectionTexts.silent));
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
   * Asks for an operation; the connection must speak `native`, or `auto`.
   * @throws RefusedRequest, LinkError, UnreadableReply; what reading or taking bytes throws
   */
  readonly call = <O extends Native>(
    operation: O,
    input: Input<O>,
    extras: CallExtras = {},
  ): Promise<Reply & ReplyTo<O>> => {
    const { token, body, onContent } = extras;
    const ask = (text: string): Promise<Reply> => {
      const answer = this.#request(text, onContent);
      return body === undefined ? answer : this.#send(answer, body);
    };
    return callBy(ask, operation, input, token);
  };

  /** The bytes that follow a request. If it is answered before they are all sent, it was refused: the rest is not sent. */
  async #send(answer: Promise<Reply>, bytes: AsyncIterable<Uint8Array>): Promise<Reply> {
    const answered = answer.catch(() => undefined).then(() => true);
    for await (const part of bytes) {
      const sent = new Promise<boolean>((resolve) => {
        this.#socket.write(part, () => resolve(false));
      });
      if (await Promise.race([answered, sent])) break;
    }
    return answer;
  }

  #request(text: string, onContent: Waiting["onContent"]): Promise<Reply> {
    const reply = this.#expect(onContent);
    if (this.#ended) return reply;
    this.#options.trace?.(">", text);
    // A CR in a text could end the request early: see PROTOCOL.md, "Requests".
    this.#socket.write(text.replace(/\r\n?/g, "\n") + FRAME_END);
    return reply;
  }

  #expect(onContent?: Waiting["onContent"]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#ended) reject(this.#ended);
      else this.#waiting.push({ resolve, reject, onContent });
    });
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
    const timer = world.after(timeout, () => this.fail(connectionTexts.late(timeout / 1000)));
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
    this.#lost(connectionTexts.here);
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
      if (frame.is === "blank") continue;
      if (frame.is === "body") {
        this.#takeContent(frame.bytes, frame.left === 0);
        continue;
      }
      const value = frame.is === "request" ? parse(frame.text) : undefined;
      if (!value) {
        this.#lost(connectionTexts.garbled);
        return;
      }
      if (frame.is === "request") this.#options.trace?.("<", frame.text);
      const { event, data } = value;
      if (typeof event === "string") this.#options.onEvent?.(readEvent(event, data));
      else this.#answered(value as Reply);
    }
    if (this.#over && !this.#taking) this.#lost(connectionTexts.closed);
  }

  #answered(reply: Reply): void {
    const { length } = reply;
    if (length !== undefined && (!Number.isSafeInteger(length) || (length as number) < 0)) {
      this.#lost(connectionTexts.garbled);
      return;
    }
    const waiting = this.#waiting.shift();
    if (!waiting && !isOk(reply)) this.#options.onDismissed?.(reply);
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

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const fields = value as Record<string, unknown> | null;
    return typeof fields?.["status"] === "string" || typeof fields?.["event"] === "string" ? fields : undefined;
  } catch {
    return undefined;
  }
}
