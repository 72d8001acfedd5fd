/** Who is logged in over a connection that comes back, and the names that he may know. */
import type { Call } from "../../connection/call.ts";
import { Connection } from "../../connection/connection.ts";
import type { ConnectionSettings, ConnectionState } from "../../connection/connection-options.ts";
import type { Reply } from "../../connection/errors.ts";
import { isSessionEnd, type Login } from "../../connection/login.ts";
import type { ToldEvent } from "../../protocol/replies.ts";
import { KnownNames } from "./known-names.ts";

export interface SessionOptions extends ConnectionSettings {
  onEvent(event: ToldEvent): void;
  onState(state: ConnectionState): void;
  /** The server has said why it ends the connection. */
  onDismissed(refusal: Reply): void;
  /** Somebody is logged in on a new connection: events, and what was missed. @throws LinkError */
  watch(call: Call): Promise<void>;
  /** @param login undefined when nobody is logged in any more. @param other it is another user than before */
  onLogin(login: Login | undefined, other: boolean): void;
  /** The session has ended: elsewhere, or while the connection was lost. */
  onEnded(user: string): void;
}

export class Session {
  readonly names = new KnownNames();
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  #login: Login | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connection = new Connection({
      ...options,
      dialect: "auto",
      pulse: "session",
      greet: (call, login) => (login ? this.#enter(call) : Promise.resolve()),
      onSessionEnded: ({ user }) => {
        options.onEnded(user);
        this.#become(undefined);
      },
    });
  }

  get login(): Login | undefined {
    return this.#login;
  }

  get user(): string | undefined {
    return this.#login?.user;
  }

  get link(): ConnectionState {
    return this.#connection.state;
  }

  /** The first connection; without one it is not tried again. @throws LinkError, RefusedRequest */
  connect(): Promise<void> {
    return this.#connection.connect().catch((error: unknown) => {
      this.close();
      throw error;
    });
  }

  tryNow(): void {
    this.#connection.tryNow();
  }

  close(): void {
    this.#connection.close();
  }

  /** Asks for an operation, in the time it may take. @throws RefusedRequest, LinkError */
  get call(): Call {
    return this.#connection.call;
  }

  /** The same, for as long as the connection lasts. @throws RefusedRequest, LinkError */
  readonly patient: Call = (operation, input) => this.#connection.call(operation, input, { patient: true });

  /** A request as it was typed, in the time it may take. @throws LinkError */
  request(text: string): Promise<Reply> {
    return this.#connection.request(text);
  }

  /** Somebody has logged in, or made an account. @throws LinkError */
  async loggedIn(login: Login): Promise<void> {
    this.#become(login);
    await this.#connection.enter(login);
  }

  /** Goes on with a session that was kept. @returns whether it is still good. @throws RefusedRequest, LinkError */
  async resume(login: Login): Promise<boolean> {
    try {
      await this.#connection.call("resume", {}, { token: login.token });
    } catch (error) {
      if (isSessionEnd(error)) return false;
      throw error;
    }
    await this.loggedIn(login);
    return true;
  }

  loggedOut(): void {
    this.#connection.leave();
    this.#become(undefined);
  }

  /** Asks for names again: one may be new. */
  refresh(call: Call = this.call): Promise<void> {
    return this.names.refresh(call);
  }

  #become(login: Login | undefined): void {
    const other = login?.user.toLowerCase() !== this.#login?.user.toLowerCase();
    if (other) this.names.forget();
    this.#login = login;
    this.#options.onLogin(login, other);
  }

  async #enter(call: Call): Promise<void> {
    await this.#options.watch(call);
    void this.refresh(call);
  }
}
