/**
 * A connection with patience: it connects, resumes a session, notices within 30 seconds that the other end is gone, and comes
 * back. What was asked and not answered when it is lost fails: whoever asked knows whether it may be asked again.
 */
import type { Input } from "../contract/operations.ts";
import type { Native, ReplyTo } from "../protocol/replies.ts";
import { machine, type Timer, type World } from "../world/world.ts";
import { type Backoff, pauseMs } from "./backoff.ts";
import type { Call } from "./call.ts";
import type { ConnectionOptions, ConnectionState, RequestExtras } from "./connection-options.ts";
import { connectionTexts, LinkError, orRefusal, RefusedRequest, type Reply, UntrustedServer } from "./errors.ts";
import { isSessionEnd, type Login } from "./login.ts";
import { Pulse } from "./pulse.ts";
import { Wire } from "./wire.ts";

/** The server is told that it hears of this client at least once in so many seconds. */
const PROMISED_S = 60;

/** Bytes of a reply; three times what the largest inline file has as base64. */
const MAX_REPLY = 64 * 2 ** 20;

/** Refusals of a greeting that would be the same the next time. */
const FINAL: ReadonlySet<string> = new Set(["no-session", "bad-credentials", "banned", "tls-required"]);

const BACKOFF: Backoff = { firstMs: 1000, longestMs: 60_000, least: 0.8, most: 1.2 };

function isFinal(error: unknown): boolean {
  return error instanceof UntrustedServer || (error instanceof RefusedRequest && FINAL.has(error.code));
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #world: World;
  /** Ends the try to connect that is under way. */
  #attempt = new AbortController();
  readonly #lost = Promise.withResolvers<never>();
  /** Rejects once it is lost for good: why. */
  readonly lost = this.#lost.promise;
  #login: Login | undefined;
  #wire: Wire | undefined;
  #state: ConnectionState = { is: "connecting" };
  #tries = 0;
  #retry: Timer | undefined;
  #pulse: Pulse | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#world = options.world ?? machine;
    this.#login = options.login;
    // Where nobody awaits it, its rejection must not end the process.
    this.lost.catch(() => undefined);
  }

  /** One that is up. @throws LinkError, RefusedRequest; then it is closed */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(options);
    try {
      await connection.connect();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get isUp(): boolean {
    return this.#state.is === "up";
  }

  get login(): Login | undefined {
    return this.#login;
  }

  /** The first try. @throws LinkError, RefusedRequest when it fails; it is tried again all the same, if it is to come back */
  async connect(): Promise<void> {
    await this.#connect();
    const { state } = this;
    if (state.is !== "up") throw state.is === "down" ? state.error : new LinkError(connectionTexts.here);
  }

  /** Tries now instead of later. */
  tryNow(): void {
    if (this.#state.is === "down" && !this.#closed) void this.#connect();
  }

  /** Asks for an operation. @throws RefusedRequest; LinkError when it is lost before the answer, or has not answered in time */
  readonly call = async <O extends Native>(
    operation: O,
    input: Input<O>,
    extras: RequestExtras = {},
  ): Promise<Reply & ReplyTo<O>> => {
    const wire = this.#up();
    const answer = wire.within(this.#limit(extras), wire.call(operation, input, extras));
    if (!this.#looksAfterSession || extras.token !== undefined) return answer;
    try {
      return await answer;
    } catch (error) {
      // Nothing that is asked would be done any more, and nothing told.
      throw isSessionEnd(error) ? this.#endSession(wire, error) : error;
    }
  };

  /** Sends a request as it stands, in any dialect if `auto` is spoken. @throws LinkError as `call` */
  async request(text: string, extras: Pick<RequestExtras, "patient"> = {}): Promise<Reply> {
    const wire = this.#up();
    const reply = await wire.within(this.#limit(extras), wire.request(text));
    // What was typed may have held a token of its own: only the session itself can say whether it has ended.
    if (reply.code === "no-session" && this.#looksAfterSession) void this.call("whoami", {}).catch(() => undefined);
    return reply;
  }

  /** Somebody has logged in on the connection that is up. @throws what greeting throws */
  async enter(login: Login): Promise<void> {
    this.#login = login;
    await this.#greeted(this.#up());
  }

  /** The session has ended. */
  leave(): void {
    this.#login = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#attempt.abort();
    this.#world.cancel(this.#retry);
    this.#pulse?.stop();
    const wire = this.#wire;
    this.#wire = undefined;
    wire?.close();
  }

  /** Whether the session, if there is one, must be good. */
  get #looksAfterSession(): boolean {
    return (
      this.#options.pulse === "session" && (this.#login !== undefined || this.#options.onSessionEnded === undefined)
    );
  }

  #limit({ patient = false }: Pick<RequestExtras, "patient">): number | undefined {
    return patient ? undefined : this.#options.timeout;
  }

  #up(): Wire {
    if (!this.#wire || this.#state.is !== "up") throw new LinkError(connectionTexts.none);
    return this.#wire;
  }

  async #connect(): Promise<void> {
    this.#world.cancel(this.#retry);
    this.#set({ is: "connecting" });
    const { host, port, tls, trace, timeout, idleTimeout, pulse, onEvent, onDismissed } = this.#options;
    this.#attempt = new AbortController();
    let lost = false;
    try {
      const wire = await Wire.connect({
        signal: this.#attempt.signal,
        world: this.#world,
        host,
        port,
        tls,
        maxReply: MAX_REPLY,
        trace,
        connectTimeout: timeout,
        ...(idleTimeout !== undefined && { idleTimeout }),
        onEvent,
        onDismissed,
        onLost: (error) => {
          lost = true;
          if (this.#wire === wire) this.#down(error);
        },
      });
      if (this.#closed) {
        wire.close();
        return;
      }
      this.#wire = wire;
      if (pulse !== "none") {
        const look = (): Promise<unknown> =>
          this.#looksAfterSession ? this.call("whoami", {}) : wire.call("ping", {});
        this.#pulse = new Pulse(this.#world, wire, look);
      }
      await this.#begin(wire);
      if (lost || this.#wire !== wire) return;
      // So the server need not wait longer for a client that is gone. One before 0.2 refuses it.
      if (pulse !== "none") wire.call("ping", { seconds: PROMISED_S }).catch(() => undefined);
      this.#tries = 0;
      this.#set({ is: "up" });
    } catch (error) {
      this.#wire?.close();
      if (!lost) this.#down(error as Error, !isFinal(error));
    }
  }

  async #begin(wire: Wire): Promise<void> {
    const call = this.#limited(wire);
    // A server that knows no dialects has only its own.
    const spoken = await orRefusal(call("dialect", { dialect: this.#options.dialect }));
    if (spoken instanceof RefusedRequest && isFinal(spoken)) throw spoken;
    const { logIn, client } = this.#options;
    // An older server refuses it.
    if (client !== undefined) wire.call("client", { client }).catch(() => undefined);
    if (this.#login) await this.#resume(call, this.#login);
    if (!this.#login && logIn) this.#login = await logIn(call);
    await this.#greeted(wire);
  }

  async #resume(call: Call, login: Login): Promise<void> {
    const { logIn, onSessionEnded } = this.#options;
    const resumed = await orRefusal(call("resume", {}, { token: login.token }));
    if (!(resumed instanceof RefusedRequest)) {
      this.#login = { user: resumed.data?.username ?? login.user, token: login.token };
      return;
    }
    if (!isSessionEnd(resumed) || !(logIn || onSessionEnded)) throw resumed;
    this.#login = undefined;
    onSessionEnded?.(login);
  }

  async #greeted(wire: Wire): Promise<void> {
    await this.#options.greet?.(this.#limited(wire), this.#login);
  }

  /** On a connection that is not up yet: each answer in the time that it may take. */
  #limited(wire: Wire): Call {
    return (operation, input, extras) => wire.within(this.#options.timeout, wire.call(operation, input, extras));
  }

  /** @returns what whoever has asked is told: that the connection is lost, where another one logs in anew */
  #endSession(wire: Wire, error: RefusedRequest): Error {
    const { logIn, onSessionEnded } = this.#options;
    const login = this.#login;
    if (this.#wire === wire) {
      if (onSessionEnded) {
        this.#login = undefined;
        if (login) onSessionEnded(login);
        return error;
      }
      if (logIn) {
        this.#login = undefined;
        wire.fail(error.message);
      } else {
        this.#wire = undefined;
        wire.close();
        this.#down(error, false);
      }
    }
    return logIn ? new LinkError(error.message) : error;
  }

  #down(error: Error, again = true): void {
    this.#pulse?.stop();
    this.#wire = undefined;
    if (this.#closed) return;
    if (!this.#options.reconnect || !again) {
      this.#lost.reject(error);
      this.#set({ is: "down", error, at: undefined });
      return;
    }
    const wait = pauseMs(BACKOFF, this.#tries++, this.#world);
    this.#retry = this.#world.after(wait, () => void this.#connect());
    this.#set({ is: "down", error, at: this.#world.elapsed() + wait });
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }
}
