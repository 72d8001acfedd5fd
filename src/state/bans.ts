/** The bans: which users, realms and networks may not use this server, why, and until when. */
import { begins, type Cidr, parseAddress, parseCidr } from "../contract/cidr.ts";
import type { Stage } from "./changes.ts";
import type { Ban } from "./entities.ts";
import { orderMap } from "./in-place.ts";

export class Bans {
  readonly #stage: Stage;
  readonly #byTarget = new Map<string, Ban>();
  /**
   * Bans of networks, by address family, length of the prefix (the longest first), and network as a number. So an address is
   * looked up once for each length in use, however many bans there are.
   */
  readonly #networks: Readonly<Record<4 | 6, Map<number, Map<bigint, Ban>>>> = { 4: new Map(), 6: new Map() };

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The ban of a target, also if its time is over. @param target as `writeTarget` gives it, names in lower case */
  find(target: string): Ban | undefined {
    return this.#byTarget.get(target);
  }

  /** The ban of a target, if it is in force. @param now ms since 1970 */
  on(target: string, now: number): Ban | undefined {
    const ban = this.#byTarget.get(target);
    return ban && counts(ban, now) ? ban : undefined;
  }

  /**
   * A ban in force whose network contains an address, that of the smallest network; undefined also if the text is not an address.
   * @param now ms since 1970
   */
  onAddress(address: string, now: number): Ban | undefined {
    if (this.#networks[4].size + this.#networks[6].size === 0) return undefined;
    const read = parseAddress(address);
    if (!read) return undefined;
    const { family, bits } = read;
    for (const [prefix, bans] of this.#networks[family]) {
      const ban = bans.get(begins(bits, family, prefix));
      if (ban && counts(ban, now)) return ban;
    }
    return undefined;
  }

  /** All bans, the oldest first, also those whose time is over. */
  all(): readonly Ban[] {
    return [...this.#byTarget.values()].sort((a, b) => a.time - b.time || (a.target < b.target ? -1 : 1));
  }

  get size(): number {
    return this.#byTarget.size;
  }

  /** Bans a target, in place of an earlier ban of it. */
  add(ban: Ban): void {
    this.#stage({ is: "ban.added", ...ban });
  }

  lift({ target }: Ban): void {
    this.#stage({ is: "ban.lifted", target });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns the ban that it replaces */
  put(ban: Ban): Ban | undefined {
    const before = this.#byTarget.get(ban.target);
    this.#byTarget.set(ban.target, ban);
    const network = networkOf(ban);
    if (!network) return before;
    const { family, prefix } = network;
    const first = begins(network.bits, family, prefix);
    const same = this.#networks[family].get(prefix);
    if (same) same.set(first, ban);
    else {
      this.#networks[family].set(prefix, new Map([[first, ban]]));
      orderMap(this.#networks[family], (length) => -length);
    }
    return before;
  }

  take(target: string): Ban | undefined {
    const ban = this.#byTarget.get(target);
    if (!ban) return undefined;
    this.#byTarget.delete(target);
    const network = networkOf(ban);
    if (!network) return ban;
    const { family, prefix } = network;
    const same = this.#networks[family].get(prefix);
    if (same?.delete(begins(network.bits, family, prefix)) && same.size === 0) this.#networks[family].delete(prefix);
    return ban;
  }
}

/** Whether a ban is in force. */
function counts({ until }: Ban, now: number): boolean {
  return until === undefined || until > now;
}

/**
 * The network of a ban; undefined if its target is none. A user's name that looks like an address has `user:` before it:
 * `writeTarget`.
 */
function networkOf({ target }: Ban): Cidr | undefined {
  return parseCidr(target);
}
