/** A login over a link that comes back: each new connection resumes it, and then follows what was missed. */
import { type ChatClient, isOk, LinkError, type Reply, type Request, type ServerEvent } from "../client.ts";
import { wording } from "../language/wording.ts";
import { type ConnectionState, Link, type LinkSettings } from "../link.ts";
import { RefusedRequest } from "../refused-request.ts";
import { KnownNames } from "./known-names.ts";

/** Who is logged in. */
export interface Login {
  readonly user: string;
  readonly token: string;
}

export interface SessionOptions extends LinkSettings {
  onEvent(event: ServerEvent): void;
  onState(state: ConnectionState): void;
  /** Somebody is logged in on a new connection: events, and what was missed. @throws LinkError */
  watch(client: ChatClient): Promise<void>;
  /** @param login undefined when nobody is logged in any more. @param other it is another user than before */
  onLogin(login: Login | undefined, other: boolean): void;
  /** The session ended while the link was lost. */
  onEnded(user: string): void;
}

export class Session {
  readonly names = new KnownNames();
  readonly #options: SessionOptions;
  readonly #link: Link;
  #login: Login | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#link = new Link({ ...options, greet: (client) => this.#greet(client) });
  }

  get login(): Login | undefined {
    return this.#login;
  }

  get user(): string | undefined {
    return this.#login?.user;
  }

  get link(): ConnectionState {
    return this.#link.state;
  }

  /** The first connection; without one it is not tried again. @throws Error */
  async connect(): Promise<void> {
    if (await this.#link.connect()) return;
    const { state } = this.#link;
    this.#link.close();
    throw state.is === "down" ? state.error : new LinkError(wording.link.none);
  }

  tryNow(): void {
    this.#link.tryNow();
  }

  close(): void {
    this.#link.close();
  }

  /** One request, in the time it may take. @throws LinkError */
  readonly request: Request = (text) => this.#link.requestInTime(text);

  /** One request, for as long as the link lasts. @throws LinkError */
  readonly patient: Request = (text) => this.#link.request(text);

  /** @param reply of a login or a registration, with a token. @throws LinkError */
  async loggedIn(reply: Reply): Promise<void> {
    const { user, tokenid: token } = reply;
    if (typeof user !== "string" || typeof token !== "string") throw new LinkError(wording.enter.noLogin);
    this.#become({ user, token });
    await this.#link.again((client) => this.#enter(client));
  }

  /** Goes on with a token that was kept. @returns whether it is still good. @throws LinkError */
  async resume(login: Login): Promise<boolean> {
    const reply = await this.request(`resume ${login.token}`);
    if (reply.code === "no-session") return false;
    if (!isOk(reply)) throw new RefusedRequest(reply);
    this.#become(login);
    await this.#link.again((client) => this.#enter(client));
    return true;
  }

  loggedOut(): void {
    this.#become(undefined);
  }

  /** Asks for names again: one may be new. */
  refresh(request: Request = this.request): Promise<void> {
    return this.names.refresh(request);
  }

  #become(login: Login | undefined): void {
    const other = login?.user.toLowerCase() !== this.#login?.user.toLowerCase();
    if (other) this.names.forget();
    this.#login = login;
    this.#options.onLogin(login, other);
  }

  async #greet(client: ChatClient): Promise<void> {
    await client.request("dialect auto");
    const login = this.#login;
    if (!login) return;
    const reply = await client.request(`resume ${login.token}`);
    if (isOk(reply)) {
      await this.#enter(client);
      return;
    }
    if (reply.code !== "no-session") throw new RefusedRequest(reply);
    this.#options.onEnded(login.user);
    this.#become(undefined);
  }

  async #enter(client: ChatClient): Promise<void> {
    await this.#options.watch(client);
    void this.refresh((text) => client.request(text)).catch(() => undefined);
  }
}
