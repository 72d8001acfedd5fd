/**
 * The public names of a linked realm, users and groups, as far as it has told them; each time only new ones are asked for. Of
 * several nodes the one with the link asks: what it is told is told to all.
 */
import { isName } from "../contract/names.ts";
import type { Realm } from "../state/entities.ts";
import type { Timer, World } from "../world/world.ts";
import type { RealmsContext } from "./context.ts";
import type { Link } from "./link.ts";

/** Names of each kind that are kept of one realm, and of both kinds of all realms together. */
const MOST = 100_000;
const MOST_OF_ALL = 400_000;

/** Names that one answer may list: PROTOCOL.md, "Calls". */
const PAGE = 1000;

/** Characters of a list's `salt` (PROTOCOL.md, "Calls"); a server of ours has some 50. */
const MOST_SALT = 200;

/** A realm is asked no more often than this, in ms, however often it says that it has new names. */
const PAUSE_MS = 1000;

/** Names of one realm that other nodes are told in a minute: one whose list is another each time has all of it written down. */
const MOST_A_MINUTE = 2 * MOST;
const MINUTE_MS = 60_000;

export class Directory {
  /** Another node has started: it knows none of the names, and not who has the link. */
  isWanted = false;
  readonly #context: RealmsContext;
  readonly #realm: Realm;
  readonly #turnKept: () => Promise<boolean>;
  #link: Link | undefined;
  #asking = false;
  #asked = 0;
  #again: Timer | undefined;
  /** How many other nodes were told since then, in ms since 1970. */
  #told = { count: 0, since: 0 };

  /** @param turnKept resolves when this turn has ended, with whether it was kept */
  constructor(context: RealmsContext, realm: Realm, turnKept: () => Promise<boolean>) {
    this.#context = context;
    this.#realm = realm;
    this.#turnKept = turnKept;
  }

  get #world(): World {
    return this.#context.services.world;
  }

  /** Asks for new names: at once over a new link, else after a pause. @param leastMs so long at least */
  refresh(link: Link, leastMs = 0): void {
    const anew = this.#link !== link;
    this.#link = link;
    if (this.#again && !anew) return;
    this.#world.cancel(this.#again);
    const pause = anew ? 0 : Math.max(leastMs, this.#asked + PAUSE_MS - this.#world.now());
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

  /**
   * Tells the other nodes who has the link and all names that are known, if one wants it: a piece in each turn, for those behind
   * have others to wait for.
   */
  async tellAgain(): Promise<void> {
    if (!this.isWanted) return;
    this.isWanted = false;
    const { turn, services } = this.#context;
    for (let at = 0; ; at += PAGE) {
      await turn.entered();
      const { realms } = services.model;
      const { salt, users, groups } = this.#realm.names;
      if (at === 0) realms.tellLinked(this.#realm);
      const isOver = at >= Math.max(users.length, groups.length);
      if (isOver && at > 0) return;
      const piece = { users: users.slice(at, at + PAGE), groups: groups.slice(at, at + PAGE) };
      if (!isOver) realms.tellNames(this.#realm, { salt, from: { users: at, groups: at }, ...piece });
      if (await this.#turnKept()) continue;
      this.isWanted = true;
      return;
    }
  }

  /** How long, in ms, to wait before so many more are told to other nodes. */
  #restFor(count: number): number {
    if (!this.#context.ownNode) return 0;
    const now = this.#world.now();
    const ago = now - this.#told.since;
    if (ago < 0 || ago >= MINUTE_MS) this.#told = { count: 0, since: now };
    else if (this.#told.count + count > MOST_A_MINUTE) return MINUTE_MS - ago;
    this.#told.count += count;
    return 0;
  }

  /** @returns whether there is more. */
  async #page(link: Link): Promise<boolean> {
    const { turn, services } = this.#context;
    const { realms } = services.model;
    const { names: known } = this.#realm;
    const from = { users: known.users.length, groups: known.groups.length };
    const answer = (await link.call("names", JSON.stringify(from))) as Partial<Record<string, unknown>> | null;
    const { salt, users, groups, more } = answer ?? {};
    if (typeof salt !== "string" || salt.length > MOST_SALT || !isNames(users) || !isNames(groups)) {
      link.lose("it answered something that is no list of names");
      return false;
    }
    await turn.entered();
    // The answer skipped as many names as were known of the old list: it is asked for again from the start.
    const isOther = salt !== known.salt && known.count > 0;
    if (!isOther && realms.namesCount + users.length + groups.length > MOST_OF_ALL) return false;
    const restMs = this.#restFor(users.length + groups.length);
    if (restMs > 0) {
      this.refresh(link, restMs);
      return false;
    }
    const told = isOther ? { from: { users: 0, groups: 0 }, users: [], groups: [] } : { from, users, groups };
    realms.tellNames(this.#realm, { salt, ...told });
    turn.schedule();
    if (isOther) {
      this.refresh(link);
      return false;
    }
    const { names } = this.#realm;
    const full = names.users.length >= MOST || names.groups.length >= MOST;
    return more === true && users.length + groups.length > 0 && !full;
  }
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= PAGE && value.every((name) => typeof name === "string" && isName(name))
  );
}
