/**
 * A connection that comes back: after 1, 2, 4 … 60 seconds, each a little sooner or later, so that not all come at once.
 * One that is dead is noticed within 30 seconds. What was asked and not answered when it is lost fails: whoever asked
 * knows whether it may be asked again.
 */
import { ChatClient, LinkError, type Reply, type ServerEvent, type Trace } from "./client.ts";
import { wording } from "./language/wording.ts";

/** How often, in ms, it is looked whether anything has come. If not, the server is pinged; if not again, the link is lost. */
const PULSE_MS = 8000;

/** The server is told that it hears of this client at least once in so many seconds. */
const PROMISED_S = 60;

/** Bytes of a reply; three times what the largest inline file has as base64. */
export const MAX_REPLY = 64 * 2 ** 20;

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** How a link is. */
export type ConnectionState =
  | { readonly is: "up" }
  | { readonly is: "connecting" }
  /** `at`: when the next try is, in ms of `performance.now`; undefined for never. */
  | { readonly is: "down"; readonly reason: string; readonly error: Error; readonly at: number | undefined };

/** Trying again would not help: the link stays down. */
export class FinalError extends Error {}

/** Where a link goes, and how long it is waited for. */
export interface LinkSettings {
  readonly host: string;
  readonly port: number;
  readonly reconnect: boolean;
  readonly trace: Trace | undefined;
  /** How long connecting, greeting, and an answer that is asked for in time may take, in ms; each. */
  readonly timeout?: number | undefined;
}

export interface LinkOptions extends LinkSettings {
  onEvent(event: ServerEvent): void;
  /** Makes a new connection what the last one was. @throws FinalError when there is no use in trying again; other errors */
  greet(client: ChatClient): Promise<void>;
  onState(state: ConnectionState): void;
}

export class Link {
  readonly #options: LinkOptions;
  #client: ChatClient | undefined;
  #state: ConnectionState = { is: "connecting" };
  #tries = 0;
  #timer: NodeJS.Timeout | undefined;
  #pulse: NodeJS.Timeout | undefined;
  /** Bytes that had come when it was looked last. */
  #heard = 0;
  #asked = false;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** @returns whether it is up; if not, it is tried again unless the link does not reconnect. */
  async connect(): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#set({ is: "connecting" });
    const { host, port, trace, timeout, onEvent, greet } = this.#options;
    let lost = false;
    try {
      const client = await ChatClient.connect({
        host,
        port,
        maxReply: MAX_REPLY,
        trace,
        connectTimeout: timeout,
        onEvent,
        onLost: (error) => {
          lost = true;
          if (this.#client === client) this.#down(error);
        },
      });
      if (this.#closed) {
        client.close();
        return false;
      }
      this.#client = client;
      this.#heard = 0;
      this.#asked = false;
      this.#pulse = setInterval(() => this.#beat(client), PULSE_MS);
      await client.within(timeout, greet(client));
      if (lost || this.#client !== client) return false;
      // So the server need not wait longer for a client that is gone. One before 0.2 refuses it.
      client.request(`ping every ${PROMISED_S}`).catch(() => undefined);
      this.#tries = 0;
      this.#set({ is: "up" });
      return true;
    } catch (error) {
      this.#client?.close();
      if (!lost) this.#down(error as Error, !(error instanceof FinalError));
      return false;
    }
  }

  /** @throws LinkError when there is no connection, or it is lost before the answer. */
  async request(text: string): Promise<Reply> {
    return this.#connected().request(text);
  }

  /**
   * A request in the time it may take. After that nobody can tell whether it was done: the connection is given up, and
   * made anew. @throws LinkError
   */
  async requestInTime(text: string): Promise<Reply> {
    const client = this.#connected();
    return client.within(this.#options.timeout, client.request(text));
  }

  /** Greets the server once more, on the connection there is, in the time it may take. @throws LinkError */
  async again(greet: (client: ChatClient) => Promise<void>): Promise<void> {
    if (!this.#client) throw new LinkError(wording.link.none);
    await this.#client.within(this.#options.timeout, greet(this.#client));
  }

  /** Tries now instead of later. */
  tryNow(): void {
    if (this.#state.is === "down" && !this.#closed) void this.connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#pulse);
    const client = this.#client;
    this.#client = undefined;
    client?.close();
  }

  #connected(): ChatClient {
    if (!this.#client || this.#state.is !== "up") throw new LinkError(wording.link.none);
    return this.#client;
  }

  #beat(client: ChatClient): void {
    if (client.received > this.#heard) {
      this.#heard = client.received;
      this.#asked = false;
    } else if (this.#asked) {
      client.fail(wording.link.silent);
    } else {
      this.#asked = true;
      client.request("ping").catch(() => undefined);
    }
  }

  #down(error: Error, again = true): void {
    const { message: reason } = error;
    clearInterval(this.#pulse);
    this.#client = undefined;
    if (this.#closed) return;
    if (!this.#options.reconnect || !again) {
      this.#set({ is: "down", reason, error, at: undefined });
      return;
    }
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries++) * (0.8 + Math.random() * 0.4);
    this.#timer = setTimeout(() => void this.connect(), wait);
    this.#set({ is: "down", reason, error, at: performance.now() + wait });
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
