/**
 * The names of the public users and groups of another realm, as far as it has told them. They are not kept: after a restart the
 * realm is asked again.
 */
import type { NamesTold } from "./changes.ts";

export class RealmNames {
  /** Identifies the list. While the realm gives the same salt, names are only added to it. */
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
   * Adds those of the told names that are not known yet. If names before them are missing, as on a node that has just started, it
   * adds nothing: that node will be told all names.
   */
  add({ from, users, groups }: NamesTold): void {
    if (from.users <= this.#users.length) this.#users.push(...users.slice(this.#users.length - from.users));
    if (from.groups > this.#groups.length) return;
    const added = groups.slice(this.#groups.length - from.groups);
    this.#groups.push(...added);
    for (const name of added) this.#groupKeys.add(name.toLowerCase());
  }

  /** Undoes `add`. @param users how many names of users there were before. @param groups how many of groups */
  cut(users: number, groups: number): void {
    this.#users.length = users;
    if (this.#groups.length === groups) return;
    this.#groups.length = groups;
    this.#groupKeys = new Set(this.#groups.map((name) => name.toLowerCase()));
  }
}
