/** The bytes behind a reply: they wait for it, then go out as fast as the client reads; frames that are said meanwhile wait for their end. */
import type { Socket } from "node:net";
import type { Content } from "../contract/shapes.ts";
import type { Turn } from "../state/turn.ts";
import { LongFrame } from "./long-frame.ts";

/** What a stream needs of its output. */
export interface StreamOptions {
  readonly turn: Turn;
  /** How long, in ms, raw bytes may wait for a client that reads none; a long frame says so itself. */
  readonly stallTimeout: number;
  /** The client has read some. */
  onMove(): void;
  /** The bytes cannot be read: the connection must be closed. */
  onBroken(error: unknown): void;
  /** Within a turn: it has ended, and the content is closed. @param whole all has left the process, the frames behind it too */
  onEnd(whole: boolean): void;
}

export class Stream {
  readonly #socket: Socket;
  readonly #options: StreamOptions;
  #content: Content | undefined;
  #running = false;
  #behind = "";

  constructor(socket: Socket, options: StreamOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Bytes that follow a reply, or are one, until all are sent; no request is executed meanwhile. */
  get content(): Content | undefined {
    return this.#content;
  }

  /** They are on their way. */
  get running(): boolean {
    return this.#running;
  }

  /** UTF-16 units of the frames that wait for its end. */
  get behind(): number {
    return this.#behind.length;
  }

  /** They follow a reply that has not left yet. */
  announce(content: Content): void {
    this.#content = content;
  }

  /** That reply is not sent. @returns false if there is no content */
  forsake(): boolean {
    if (!this.#content) return false;
    this.#content.close(false);
    this.#content = undefined;
    return true;
  }

  /** Says frames after it. */
  push(frames: string): void {
    this.#behind += frames;
  }

  /** Sends the content, unless it was forsaken, then `behind`. */
  async send(behind: string): Promise<void> {
    const content = this.#content;
    if (!content) return;
    const socket = this.#socket;
    const { turn, stallTimeout, onMove, onBroken, onEnd } = this.#options;
    this.#running = true;
    this.#behind = behind;
    socket.setTimeout(content instanceof LongFrame ? content.stall : stallTimeout);
    let whole = false;
    try {
      for await (const bytes of content) {
        if (!(await written(socket, bytes))) return;
        onMove();
      }
      whole = true;
    } catch (error) {
      onBroken(error);
    } finally {
      turn.enter(() => {
        content.close(whole);
        this.#running = false;
        socket.setTimeout(0);
        if (whole && this.#behind !== "") socket.write(this.#behind);
        this.#behind = "";
        this.#content = undefined;
        onEnd(whole);
      });
    }
  }
}

/** Resolves when the bytes have left the process, or with false if they cannot. */
function written(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    socket.write(bytes, (error) => resolve(!error));
  });
}
