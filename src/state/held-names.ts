/** Names of groups that are free, but that for some time only the owner of the group that had one can give to a group. */
import type { Party } from "./entities.ts";

export interface HeldName {
  readonly owner: Party;
  /** Milliseconds since 1970. */
  readonly until: number;
}

export class HeldNames {
  readonly #byKey = new Map<string, HeldName>();

  /** All of them by the name in lower case, also those whose time is over. */
  get all(): ReadonlyMap<string, HeldName> {
    return this.#byKey;
  }

  /** The owner for whom a name is held, if it is held. @param name in upper or lower case. @param now ms since 1970 */
  ownerOf(name: string, now: number): Party | undefined {
    const held = this.#byKey.get(name.toLowerCase());
    return held && held.until > now ? held.owner : undefined;
  }

  // Only `apply.ts`, and a log's `load`, call this method.

  /** Holds a name. @param held undefined: it is not held. @returns how it was held before */
  put(name: string, held: HeldName | undefined): HeldName | undefined {
    const key = name.toLowerCase();
    const before = this.#byKey.get(key);
    if (held) this.#byKey.set(key, held);
    else this.#byKey.delete(key);
    return before;
  }
}
