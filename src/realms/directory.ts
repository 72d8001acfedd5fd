/** What a linked realm has told of its public names: users and groups. Asked for from where it was left. */
import { isName } from "../operations/names.ts";
import { CallRefused, type Link } from "./link.ts";

/** Names of each kind that are kept of one realm. */
const MOST = 100_000;

export class Directory {
  #salt = "";
  #users: string[] = [];
  #groups: string[] = [];
  /** Lower case. */
  #groupKeys = new Set<string>();
  #asking = false;
  #again = false;

  get users(): readonly string[] {
    return this.#users;
  }

  hasGroup(name: string): boolean {
    return this.#groupKeys.has(name.toLowerCase());
  }

  /** Asks for the names there are more. */
  async refresh(link: Link): Promise<void> {
    this.#again = true;
    if (this.#asking) return;
    this.#asking = true;
    try {
      while (this.#again) {
        this.#again = false;
        while (await this.#page(link)) if (this.#users.length >= MOST || this.#groups.length >= MOST) break;
      }
    } catch (error) {
      // It does not tell names, or the link has ended: what is known stays.
      if (error instanceof CallRefused) return;
    } finally {
      this.#asking = false;
    }
  }

  /** @returns whether there is more. */
  async #page(link: Link): Promise<boolean> {
    const have = { users: this.#users.length, groups: this.#groups.length };
    const answer = (await link.call("names", JSON.stringify(have))) as Partial<Record<string, unknown>>;
    const { salt, users, groups, more } = answer;
    if (typeof salt !== "string" || !isNames(users) || !isNames(groups)) {
      link.lose("it answered something that is no list of names");
      return false;
    }
    if (salt !== this.#salt) {
      const begun = this.#salt === "" && have.users === 0 && have.groups === 0;
      this.#salt = salt;
      this.#users = [];
      this.#groups = [];
      this.#groupKeys.clear();
      if (!begun) return true;
    }
    this.#users.push(...users);
    this.#groups.push(...groups);
    for (const name of groups) this.#groupKeys.add(name.toLowerCase());
    return more === true && users.length + groups.length > 0;
  }
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= 1000 && value.every((name) => typeof name === "string" && isName(name))
  );
}
