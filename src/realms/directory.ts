/** The public names of a linked realm, users and groups, as far as it has told them; each time only new ones are asked for. */
import { isName } from "../contract/names.ts";
import type { Timer, World } from "../world/world.ts";
import type { Link } from "./link.ts";

/** Names of each kind that are kept of one realm, and of both kinds of all realms together. */
const MOST = 100_000;
const MOST_OF_ALL = 400_000;

/** How many names all directories hold together. */
export class NamesKept {
  count = 0;
}

/** Names that one answer may list: PROTOCOL.md, "Calls". */
const PAGE = 1000;

/** A realm is asked no more often than this, in ms, however often it says that it has new names. */
const PAUSE_MS = 1000;

export class Directory {
  readonly #kept: NamesKept;
  readonly #world: World;
  #salt = "";
  #users: string[] = [];
  #groups: string[] = [];
  /** The groups' names in lower case. */
  #groupKeys = new Set<string>();
  #link: Link | undefined;
  #asking = false;
  #asked = 0;
  #again: Timer | undefined;

  constructor(kept: NamesKept, world: World) {
    this.#kept = kept;
    this.#world = world;
  }

  get users(): readonly string[] {
    return this.#users;
  }

  hasGroup(name: string): boolean {
    return this.#groupKeys.has(name.toLowerCase());
  }

  /** Asks for new names: at once over a new link, else after a pause. */
  refresh(link: Link): void {
    const anew = this.#link !== link;
    this.#link = link;
    if (this.#again && !anew) return;
    this.#world.cancel(this.#again);
    const pause = anew ? 0 : Math.max(0, this.#asked + PAUSE_MS - this.#world.now());
    this.#again = this.#world.after(pause, () => {
      this.#again = undefined;
      void this.#ask(link);
    });
    this.#again.unref();
  }

  async #ask(link: Link): Promise<void> {
    if (this.#asking || link.ended) return;
    this.#asking = true;
    this.#asked = this.#world.now();
    try {
      for (let pages = 0; pages < MOST / PAGE && (await this.#page(link)); pages++);
    } catch {
      // The realm does not tell names, or the link has ended: the names known stay.
    } finally {
      this.#asking = false;
    }
  }

  /** @returns whether there is more. */
  async #page(link: Link): Promise<boolean> {
    const have = { users: this.#users.length, groups: this.#groups.length };
    const answer = (await link.call("names", JSON.stringify(have))) as Partial<Record<string, unknown>> | null;
    const { salt, users, groups, more } = answer ?? {};
    if (typeof salt !== "string" || !isNames(users) || !isNames(groups)) {
      link.lose("it answered something that is no list of names");
      return false;
    }
    if (salt !== this.#salt) {
      const known = have.users + have.groups;
      this.#salt = salt;
      this.#kept.count -= known;
      this.#users = [];
      this.#groups = [];
      this.#groupKeys.clear();
      // The answer skipped as many names as were known of the old list: it is asked for again from the start.
      if (known > 0) {
        this.refresh(link);
        return false;
      }
    }
    if (this.#kept.count + users.length + groups.length > MOST_OF_ALL) return false;
    this.#kept.count += users.length + groups.length;
    this.#users.push(...users);
    this.#groups.push(...groups);
    for (const name of groups) this.#groupKeys.add(name.toLowerCase());
    const full = this.#users.length >= MOST || this.#groups.length >= MOST;
    return more === true && users.length + groups.length > 0 && !full;
  }
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= PAGE && value.every((name) => typeof name === "string" && isName(name))
  );
}
