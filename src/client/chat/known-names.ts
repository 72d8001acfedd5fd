/** Names that the server has told of: for completing them, and for telling a slip from a name. */

import type { Call } from "../../connection/call.ts";
import { parseAddress } from "../../contract/names.ts";
import type { ToldMessage } from "../../protocol/replies.ts";

/** How long, in ms, the lists of names are not asked for again. */
const FRESH_MS = 3000;

/** Pages of users that are asked for: who completes names beyond these writes them whole. */
const MOST_PAGES = 10;

export class KnownNames {
  /** By lower case; the values are as they were made. */
  readonly #users = new Map<string, string>();
  readonly #groups = new Map<string, string>();
  readonly #realms = new Map<string, string>();
  /** Files that were received. */
  readonly #files = new Set<string>();
  #asked = Number.NEGATIVE_INFINITY;

  /** They were asked for less than FRESH_MS ago. */
  get isFresh(): boolean {
    return performance.now() - this.#asked < FRESH_MS;
  }

  /** Asks for them. What is not answered stays as it was. */
  async refresh(call: Call): Promise<void> {
    this.#asked = performance.now();
    await Promise.allSettled([
      this.#refreshUsers(call),
      call("groups", {}).then(({ data, mine }) => put(this.#groups, [...data, ...mine])),
      call("realms", {}).then(({ data }) =>
        put(
          this.#realms,
          data.map(({ realm }) => realm),
        ),
      ),
      call("files", { received: true }).then(({ data }) => {
        for (const { name } of data) this.#files.add(name);
      }),
    ]);
  }

  async #refreshUsers(call: Call): Promise<void> {
    let after: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const told = await call("users", after === undefined ? {} : { user: parseAddress(after) });
      put(this.#users, [...told.data, ...told.elsewhere]);
      after = told.after;
      if (!told.more || after === undefined) return;
    }
  }

  /** The names in a message exist. */
  learn({ from, group, file }: ToldMessage): void {
    put(this.#users, [from]);
    if (file) this.#files.add(file.name);
    if (group !== undefined) put(this.#groups, [group]);
  }

  addGroup(name: string): void {
    put(this.#groups, [name]);
  }

  /** As they are written; of files those that were received. */
  get all(): Readonly<Record<"users" | "groups" | "realms" | "files", Iterable<string>>> {
    return {
      users: this.#users.values(),
      groups: this.#groups.values(),
      realms: this.#realms.values(),
      files: this.#files,
    };
  }

  /** A name at another realm counts as known: only that realm could say. */
  hasUser(name: string): boolean {
    return this.#users.has(name.toLowerCase()) || this.#isElsewhere(name);
  }

  hasGroup(name: string): boolean {
    return this.#groups.has(name.toLowerCase()) || this.#isElsewhere(name);
  }

  hasRealm(name: string): boolean {
    return this.#realms.has(name.toLowerCase());
  }

  /** `@bob` is bob, `kelas` is the group of that name where no user has it. */
  placeNamed(name: string): string {
    if (name.startsWith("#")) return name;
    const plain = name.replace(/^@/, "");
    const key = plain.toLowerCase();
    // Of another realm only what it has told of: any name may be that of a user there.
    return !name.startsWith("@") && !this.#users.has(key) && this.#groups.has(key) ? `#${plain}` : plain;
  }

  forget(): void {
    for (const names of [this.#users, this.#groups, this.#realms, this.#files]) names.clear();
    this.#asked = Number.NEGATIVE_INFINITY;
  }

  #isElsewhere(name: string): boolean {
    const [, realm] = name.split("@");
    return realm !== undefined && this.#realms.has(realm.toLowerCase());
  }
}

function put(into: Map<string, string>, names: readonly string[]): void {
  for (const name of names) into.set(name.toLowerCase(), name);
}
