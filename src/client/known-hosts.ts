/** Public keys of servers over TLS, as they were seen last: one that no authority confirms must show the same again. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UntrustedServer } from "../connection/errors.ts";
import type { SeenServer, TlsSettings } from "../connection/tls.ts";
import { wording } from "./language/wording.ts";
import { errorInWords } from "./refusal-words.ts";
import type { ServerAddress } from "./saved-logins.ts";
import { ConfigError, stateFolder, writeState } from "./state-files.ts";
import { inert } from "./terminal/inert.ts";

export class KnownHosts implements Pick<TlsSettings, "isKnown" | "meet"> {
  readonly #path: string;
  readonly #say: (text: string) => void;

  /** @param say told in one line of a server that is new and that nobody confirms */
  constructor(say: (text: string) => void, path = join(stateFolder(), "known-hosts.json")) {
    this.#say = say;
    this.#path = path;
  }

  readonly isKnown = (server: SeenServer): boolean => this.#all()[nameOf(server)] === server.key;

  /** @throws UntrustedServer, ConfigError */
  readonly meet = (server: SeenServer): void => {
    const { key, confirmed } = server;
    const name = nameOf(server);
    const all = this.#all();
    const known = all[name];
    if (known === key) return;
    // A renewed certificate often has a new key: who is confirmed may have another. But one that was confirmed, and now is
    // not, is as suspect as any that has changed.
    if (!confirmed && known !== undefined) {
      throw new UntrustedServer(wording.tls.changed(inert(name), key, this.#path));
    }
    if (!confirmed) this.#say(wording.tls.first(inert(name), key));
    try {
      writeState(this.#path, { hosts: { ...all, [name]: key } });
    } catch (error) {
      // It is new the next time, too.
      if (!confirmed) this.#say(wording.enter.notKept(errorInWords(error as Error)));
    }
  };

  /** @throws ConfigError: a file that cannot be read must not make every server a new one */
  #all(): Readonly<Record<string, unknown>> {
    if (!existsSync(this.#path)) return {};
    try {
      const { hosts } = JSON.parse(readFileSync(this.#path, "utf8")) as { hosts: Record<string, unknown> };
      return Object.fromEntries(Object.entries(hosts));
    } catch (error) {
      throw new ConfigError(`${this.#path}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function nameOf({ host, port }: ServerAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`.toLowerCase();
}
