/**
 * The library's client: `import { connect } from "obrol"`. One login, over a connection that comes back; messages are sent
 * once and told once, however often it is lost.
 */
import type { Input } from "../contract/operations.ts";
import type { Native, ReplyTo, ToldEvent, ToldMessage } from "../protocol/replies.ts";
import { Connection } from "./connection.ts";
import type { ConnectionState, RequestExtras } from "./connection-options.ts";
import { connectionTexts, LinkError, RefusedRequest, type Reply } from "./errors.ts";
import { type Login, logIn } from "./login.ts";
import { Messages } from "./messages.ts";
import { type Fate, type Post, Posts } from "./posts.ts";
import type { Tls } from "./tls.ts";
import type { Trace } from "./wire-options.ts";

/** Where the server is, and who logs in. */
export interface ConnectOptions {
  /** `127.0.0.1` unless given. */
  readonly host?: string;
  /** 8889 unless given. */
  readonly port?: number;
  /** Encrypted: `true` for a server that the system's authorities confirm. Not unless given. */
  readonly tls?: boolean | Tls;
  /** With `password`: who logs in, `name` or `name@realm`. */
  readonly user?: string;
  readonly password?: string;
  /** Of a session there is, instead of a password; it outlasts the program. */
  readonly token?: string;
  /** Whether a connection that is lost is made anew; it is, unless this is false. */
  readonly reconnect?: boolean;
  /** How long connecting, logging in and an answer may take, in ms each; 10,000 unless given. */
  readonly timeout?: number;
  /** Called for every event, messages among them, while there is a connection. What was missed without one, only `messages` gives. */
  onEvent?(event: ToldEvent): void;
  onState?(state: ConnectionState): void;
  readonly trace?: Trace;
}

/** What became of a message that was sent. */
export interface SentMessage {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  /** It waits at the server for the receiver's realm. */
  readonly queued: boolean;
}

/** Which messages are told. */
export interface MessagesOptions {
  /** The id of the last message that the program has dealt with: what came after it is told. What comes from now on unless given. */
  readonly since?: string | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

const PORT = 8889;
const TIMEOUT_MS = 10_000;

/** How long, in ms, `close` waits for the logout. */
const LOGOUT_MS = 2000;

export class Client {
  readonly #connection: Connection;
  readonly #posts: Posts;
  readonly #settles = new Map<Post, (fate: Fate) => void>();
  readonly #messages = new Set<Messages>();
  readonly #ended = new AbortController();
  #closed = false;
  /** The latest login: kept where the connection has none at the moment. */
  #login: Login = { user: "", token: "" };
  /** The session was made for this program, and ends with it. */
  readonly #temporary: boolean;

  /**
   * Connects and logs in. @throws LinkError when the server cannot be reached, UntrustedServer among them; RefusedRequest, with `code` `bad-credentials` or
   * `no-session`; TypeError without a token, or a user and a password
   */
  static async connect(options: ConnectOptions): Promise<Client> {
    const client = new Client(options);
    try {
      await client.#connection.connect();
      return client;
    } catch (error) {
      client.#connection.close();
      throw error;
    }
  }

  private constructor(options: ConnectOptions) {
    const { host = "127.0.0.1", port = PORT, user, password, token } = options;
    const { tls = false, reconnect = true, timeout = TIMEOUT_MS, trace, onEvent, onState } = options;
    if (token === undefined && (user === undefined || password === undefined)) {
      throw new TypeError("connect needs a token, or a user and a password");
    }
    this.#temporary = token === undefined;
    this.#posts = new Posts({
      call: (...asked) => this.#connection.call(...asked),
      isUp: () => this.#connection.isUp,
      onSettled: (post, fate) => {
        this.#settles.get(post)?.(fate);
        this.#settles.delete(post);
      },
      onChanged: () => {},
    });
    this.#connection = new Connection({
      host,
      port,
      tls: tls === true ? {} : tls || undefined,
      reconnect,
      timeout,
      trace,
      dialect: "native",
      pulse: "session",
      login: token === undefined ? undefined : { user: user ?? "", token },
      ...(token === undefined && {
        logIn: (call) => logIn(call, user as string, password as string),
      }),
      onEvent: (event) => {
        onEvent?.(event);
        for (const messages of this.#messages) messages.handle(event);
      },
      greet: async (call, login) => {
        this.#login = login as Login;
        if (onEvent) await call("watch", { on: true });
      },
      onState: (state) => {
        if (state.is === "up") this.#posts.resend();
        for (const messages of this.#messages) messages.changed(state.is === "up");
        onState?.(state);
      },
    });
    this.#connection.lost.catch((error: Error) => this.#end(error));
  }

  /** Who is logged in. */
  get user(): string {
    return this.#login.user;
  }

  /** Of the session. It changes when the session ends and a new one is made by the password. */
  get token(): string {
    return this.#login.token;
  }

  /**
   * Asks for an operation. If the connection is lost before the answer, it may have been done or not, and is not asked again.
   * @throws RefusedRequest; LinkError when there is no connection, or it is lost before the answer
   */
  call<O extends Native>(operation: O, input: Input<O>, extras: RequestExtras = {}): Promise<Reply & ReplyTo<O>> {
    return this.#connection.call(operation, input, extras);
  }

  /**
   * Sends a message, once, however often the connection is lost meanwhile. Resolves when the server has it.
   * @param to a user, `user@realm`, or `#group`. @param id of this message, at most 64 characters: one that was sent by that id
   *   before is not sent again; a new one unless given
   * @throws RefusedRequest; LinkError when the connection is lost for good: it may have been sent, or not
   */
  send(to: string, text: string, id?: string): Promise<SentMessage> {
    return new Promise((resolve, reject) => {
      if (this.#ended.signal.aborted) {
        reject(this.#ended.signal.reason as Error);
        return;
      }
      const post = this.#posts.send(to, text, id);
      this.#settles.set(post, (fate) => {
        if (fate.is === "refused") reject(new RefusedRequest(fate.reply));
        else if ("reply" in fate) {
          const { id = "", time = "" } = fate.reply;
          resolve({ id, time, queued: fate.is === "queued" });
        } else reject(this.#ended.signal.reason ?? new LinkError(connectionTexts.garbled));
      });
    });
  }

  /** Says something where a message was said: to its group, or to who sent it. @throws as `send` */
  answer(message: ToldMessage, text: string): Promise<SentMessage> {
    return this.send(message.group === undefined ? message.from : `#${message.group}`, text);
  }

  /**
   * What others say to one and one's groups, in its order, each once, also what was said while there was no connection. It
   * goes on until it is left, `signal` ends it or the client is closed.
   * @throws LinkError when the connection is lost for good; RefusedRequest
   */
  async *messages({ since, signal }: MessagesOptions = {}): AsyncGenerator<ToldMessage, void, undefined> {
    const ended = this.#ended.signal;
    const messages = new Messages(since);
    this.#messages.add(messages);
    try {
      yield* messages.each(this.#connection, signal ? AbortSignal.any([ended, signal]) : ended);
      if (ended.aborted && !this.#closed) throw ended.reason;
    } finally {
      this.#messages.delete(messages);
    }
  }

  /** Ends the connection; what was sent and not answered may have arrived, or not. A session made by the password ends too. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#temporary && this.#connection.isUp) {
      const patience = new Promise<void>((resolve) => {
        setTimeout(resolve, LOGOUT_MS).unref();
      });
      await Promise.race([this.call("logout", {}).catch(() => undefined), patience]);
    }
    this.#connection.close();
    this.#end(new LinkError(connectionTexts.here));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(error: Error): void {
    this.#ended.abort(error);
    this.#posts.giveUp();
  }
}
