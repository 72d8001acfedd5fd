/**
 * The public names of another realm, of users and groups, as far as it has told them. They are not kept: after a restart the
 * realm is asked anew.
 */
import type { NamesTold } from "./changes.ts";

export class RealmNames {
  /** While the realm gives the same salt, names are only added. */
  readonly salt: string;
  readonly #users: string[] = [];
  readonly #groups: string[] = [];
  /** The groups' names in lower case. */
  #groupKeys = new Set<string>();

  constructor(salt: string) {
    this.salt = salt;
  }

  get users(): readonly string[] {
    return this.#users;
  }

  get groups(): readonly string[] {
    return this.#groups;
  }

  get count(): number {
    return this.#users.length + this.#groups.length;
  }

  hasGroup(name: string): boolean {
    return this.#groupKeys.has(name.toLowerCase());
  }

  // From here on only `apply.ts` calls the methods.

  /**
   * Adds the names after those that are known; nothing where some before them are missing, as on a node that has just started:
   * that is told all.
   */
  add({ from, users, groups }: NamesTold): void {
    if (from.users <= this.#users.length) this.#users.push(...users.slice(this.#users.length - from.users));
    if (from.groups > this.#groups.length) return;
    const added = groups.slice(this.#groups.length - from.groups);
    this.#groups.push(...added);
    for (const name of added) this.#groupKeys.add(name.toLowerCase());
  }

  /** Takes added names out again. @param users how many of users there were. @param groups how many of groups */
  cut(users: number, groups: number): void {
    this.#users.length = users;
    if (this.#groups.length === groups) return;
    this.#groups.length = groups;
    this.#groupKeys = new Set(this.#groups.map((name) => name.toLowerCase()));
  }
}
