/**
 * A connection that comes back: after 1, 2, 4 … 60 seconds, each a little sooner or later, so that not all come at once.
 * One that is dead is noticed within 30 seconds. What was asked and not answered when it is lost fails: whoever asked
 * knows whether it may be asked again.
 */
import { ChatClient, LinkError, type Reply, type ServerEvent, type Trace } from "./client.ts";
import { wording } from "./language/wording.ts";

/** Between looks whether anything has come, in ms; after two without, it is asked, after a third it is lost. */
const PULSE_MS = 8000;

/** The longest that nothing is heard of this client, in seconds: what the server is promised. */
const PROMISED_S = 60;

/** Bytes of a reply: a file of the inline limit as base64 has about a third of it. A server that sends more means no good. */
export const MAX_REPLY = 64 * 2 ** 20;

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

export type LinkState =
  | { readonly is: "up" }
  | { readonly is: "connecting" }
  /** `at`: when the next try is, as performance.now has it; undefined for never. */
  | { readonly is: "down"; readonly reason: string; readonly error: Error; readonly at: number | undefined };

/** What will not be otherwise the next time: the link stays down. */
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
  onState(state: LinkState): void;
}

export class Link {
  readonly #options: LinkOptions;
  #client: ChatClient | undefined;
  #state: LinkState = { is: "connecting" };
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

  get state(): LinkState {
    return this.#state;
  }

  /** @returns whether it is up. Where it comes back, it is tried again if not. */
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
        ...(timeout !== undefined && { connectTimeout: timeout }),
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
      // The server need not wait for this client for longer than it would be looked for here. One before 0.2 refuses it.
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
   * A request in the time it may take: nobody knows what the server makes of it later, so the connection is then given
   * up, and the next one is what this was. @throws LinkError
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

  #set(state: LinkState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
