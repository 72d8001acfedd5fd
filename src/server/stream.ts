/**
 * Streams a content: the raw bytes behind a reply, or a long reply itself. It waits until the reply is sent, then goes out as
 * fast as the client reads. Frames that are to be sent meanwhile wait for its end.
 */
import type { Socket } from "node:net";
import type { Content } from "../contract/shapes.ts";
import type { Turn } from "../state/turn.ts";
import { LongFrame } from "./long-frame.ts";

/** What a stream needs of its output. */
export interface StreamOptions {
  readonly turn: Turn;
  /** How long, in ms, raw bytes may wait while the client reads none. A long frame has a limit of its own. */
  readonly stallTimeout: number;
  /** The client has read a part. */
  onMove(): void;
  /** The content cannot be read: the connection must be closed. */
  onBroken(error: unknown): void;
  /**
   * Called within a turn: the stream has ended, and the content is closed. @param whole whether all of it has left the process;
   * then the frames behind it were written
   */
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

  /** The content that is announced or being streamed. No request is executed while there is one. */
  get content(): Content | undefined {
    return this.#content;
  }

  /** Whether it is being streamed. */
  get running(): boolean {
    return this.#running;
  }

  /** The UTF-16 units of the frames that wait for its end. */
  get behind(): number {
    return this.#behind.length;
  }

  /** Sets a content, whose reply was not sent yet. */
  announce(content: Content): void {
    this.#content = content;
  }

  /** The reply is not sent: closes its content. @returns false if there is none */
  forsake(): boolean {
    if (!this.#content) return false;
    this.#content.close(false);
    this.#content = undefined;
    return true;
  }

  /** Adds frames to be sent after it. */
  push(frames: string): void {
    this.#behind += frames;
  }

  /** Streams the content, if there still is one, then sends the frames `behind`. */
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

/** Resolves with true when the bytes have left the process, or with false if they could not. */
function written(socket: Socket, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    socket.write(bytes, (error) => resolve(!error));
  });
}
