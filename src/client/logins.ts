/** Sessions that are to outlast the program: a token for each user and server, in a file that only its owner reads. */
import { join } from "node:path";
import { readState, refuseOpen, stateFolder, writeState } from "./places.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Saved extends Place {
  readonly user: string;
  readonly token: string;
}

export class Logins {
  readonly #path: string;

  constructor(path = join(stateFolder(), "logins.json")) {
    this.#path = path;
  }

  /** @param user any, the one that was saved last, unless given. @throws ConfigError when others can read them. */
  find({ host, port }: Place, user?: string): Saved | undefined {
    return this.#all().findLast(
      (one) =>
        one.host === host && one.port === port && (user === undefined || one.user.toLowerCase() === user.toLowerCase()),
    );
  }

  save(login: Saved): void {
    const { host, port, user, token } = login;
    this.#write([...this.#others(login), { host, port, user, token }]);
  }

  forget(login: Omit<Saved, "token">): void {
    const others = this.#others(login);
    if (others.length < this.#all().length) this.#write(others);
  }

  #others({ host, port, user }: Omit<Saved, "token">): readonly Saved[] {
    const isIt = (one: Saved): boolean =>
      one.host === host && one.port === port && one.user.toLowerCase() === user.toLowerCase();
    return this.#all().filter((one) => !isIt(one));
  }

  #all(): readonly Saved[] {
    refuseOpen(this.#path);
    const { logins } = readState(this.#path);
    if (!Array.isArray(logins)) return [];
    return (logins as (Partial<Saved> | null)[]).filter(
      (one): one is Saved =>
        [one?.host, one?.user, one?.token].every((text) => typeof text === "string") && typeof one?.port === "number",
    );
  }

  #write(logins: readonly Saved[]): void {
    writeState(this.#path, { logins });
  }
}
