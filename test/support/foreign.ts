/**
 * A realm of somebody else's making, as PROTOCOL.md ("Realms") describes one: `Dialer` connects to a server,
 * `Listener` waits for one; here is what they share. By itself it behaves; every word of it can be made a lie.
 * It knows nothing of src.
 */
import type { Socket } from "node:net";
import type { Identity } from "./identity.ts";
import type { Item } from "./items.ts";

const END = "\r\n\r\n";

export interface Call {
  readonly method: string;
  readonly body: unknown;
}

/** What a call or a request is answered; a refusal has a `code`. */
export interface Answer {
  readonly data?: unknown;
  readonly code?: string;
  readonly [key: string]: unknown;
}

/** How a peer answers calls. A text is sent as it is, whatever it is; undefined: no answer ever. */
export type Answers = (call: Call) => Answer | string | undefined;

/** A peer without users, groups or files, that takes whatever it is given. */
export const wellBehaved: Answers = ({ method, body }) => {
  switch (method) {
    case "deliver":
      return { data: (body as readonly Item[]).map(() => ({})) };
    case "names":
      return { data: { salt: "1", users: [], groups: [], more: false } };
    case "piece":
      return { code: "file-not-found" };
    case "news":
    case "ping":
      return { data: {} };
    default:
      return { code: "unknown-request" };
  }
};

/** Answers that differ from the usual ones for one method. */
export function but(method: string, answers: Answers): Answers {
  return (call) => (call.method === method ? answers(call) : wellBehaved(call));
}

/** Frames, both ways, on a socket. */
export class Channel {
  readonly #socket: Socket;
  #held = "";
  #ended = false;
  #sent = 0;

  constructor(socket: Socket, heard: (frame: string) => void, ended: () => void = () => {}) {
    this.#socket = socket.setEncoding("utf8").setNoDelay(true);
    socket.on("data", (chunk: string) => this.#read(chunk, heard));
    // What becomes of the connection is the matter of `ended`, not an error of the test.
    for (const end of ["end", "error", "close"]) {
      socket.on(end, () => {
        if (this.#ended) return;
        this.#ended = true;
        ended();
      });
    }
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Bytes or characters it was told to send, in all. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes that the system has not taken yet. */
  get waiting(): number {
    return this.#socket.writableLength;
  }

  send(frame: string): void {
    this.raw(frame + END);
  }

  /** Bytes that need not be a frame. */
  raw(bytes: string | Uint8Array): void {
    if (!this.#socket.writable) return;
    this.#sent += bytes.length;
    this.#socket.write(bytes);
  }

  /** Takes in nothing more. */
  pause(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string, heard: (frame: string) => void): void {
    const frames = (this.#held + chunk).split(END);
    this.#held = frames.pop() as string;
    for (const frame of frames) heard(frame);
  }
}

export abstract class Peer {
  /** May change: then it is somebody else from the next handshake on. */
  me: Identity;
  /** Every call that was made to it. */
  readonly calls: Call[] = [];
  answers: Answers = wellBehaved;

  constructor(me: Identity) {
    this.me = me;
  }

  /** Calls the server. @throws Error when the link ends before the answer. */
  abstract call(method: string, body: unknown): Promise<Answer>;

  /** The results of the items, or the refusal of them all. */
  async deliver(...items: readonly unknown[]): Promise<readonly Answer[] | Answer> {
    const answer = await this.call("deliver", items);
    return answer.code === undefined ? (answer.data as readonly Answer[]) : answer;
  }

  /** Every item that was delivered to it, once. */
  get items(): readonly Item[] {
    const all = this.calls.filter(({ method }) => method === "deliver").flatMap(({ body }) => body as readonly Item[]);
    return [...new Map(all.map((item) => [item.n, item])).values()];
  }

  /** The highest number of them. */
  get received(): number {
    return Math.max(0, ...this.items.map(({ n }) => n));
  }

  protected answer(call: Call): Answer | string | undefined {
    this.calls.push(call);
    return this.answers(call);
  }
}
