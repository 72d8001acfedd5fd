/** Sessions that outlast the program: a token for each user and server, in a file that only its owner reads. */
import { join } from "node:path";
import { list, number, object, text } from "../protocol/form.ts";
import { isSameName } from "./chat-message.ts";
import { readState, refuseReadableByOthers, stateFolder, writeState } from "./state-files.ts";

/** Where a server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** A session of a user at a server. */
export interface SavedLogin extends ServerAddress {
  readonly user: string;
  readonly token: string;
}

const kept = list(object({ host: text, port: number, user: text, token: text }));

export class SavedLogins {
  readonly #path: string;

  constructor(path = join(stateFolder(), "logins.json")) {
    this.#path = path;
  }

  /** @param user whoever was saved last unless given. @throws ConfigError when others can read them. */
  find(address: ServerAddress, user?: string): SavedLogin | undefined {
    return this.#all().findLast((one) => isOf(one, address, user));
  }

  save(login: SavedLogin): void {
    const { host, port, user, token } = login;
    this.#write([...this.#others(login), { host, port, user, token }]);
  }

  forget(login: Omit<SavedLogin, "token">): void {
    const others = this.#others(login);
    if (others.length < this.#all().length) this.#write(others);
  }

  #others(login: Omit<SavedLogin, "token">): readonly SavedLogin[] {
    return this.#all().filter((one) => !isOf(one, login, login.user));
  }

  #all(): readonly SavedLogin[] {
    refuseReadableByOthers(this.#path);
    return kept.read(readState(this.#path)["logins"]) ?? [];
  }

  #write(logins: readonly SavedLogin[]): void {
    writeState(this.#path, { logins });
  }
}

function isOf(login: SavedLogin, { host, port }: ServerAddress, user = login.user): boolean {
  return login.host === host && login.port === port && isSameName(login.user, user);
}
