/**
 * Mutes: conversations of which users want to be told nothing, or only what mentions them. The mute of a group is part of the
 * membership, and ends with it.
 */
import type { Holder, Stage } from "./changes.ts";
import type { Group, Mute, Party, User } from "./entities.ts";
import type { Groups } from "./groups.ts";

export class Mutes {
  readonly #stage: Stage;
  readonly #groups: Groups;
  readonly #byUser = new Map<User, Map<Party, Mute>>();

  constructor(stage: Stage, groups: Groups) {
    this.#stage = stage;
    this.#groups = groups;
  }

  /** How a user has muted a private conversation or a group, if at all. */
  of(user: User, place: Party | Group): Mute | undefined {
    return "members" in place ? place.members.get(user)?.mute : this.#byUser.get(user)?.get(place);
  }

  /** All that a user has muted; no particular order. */
  *all(user: User): Iterable<readonly [Party | Group, Mute]> {
    yield* this.#byUser.get(user) ?? [];
    for (const group of this.#groups.of(user)) {
      const mute = this.of(user, group);
      if (mute) yield [group, mute];
    }
  }

  /** @param place a group must have the user as its member. @param mute undefined: no longer */
  set(user: User, place: Party | Group, mute: Mute | undefined): void {
    const of: Holder = "members" in place ? { group: place.id } : { user: place.id };
    this.#stage({ is: "conversation.muted", user: user.id, of, mute });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns what it was before */
  put(user: User, place: Party | Group, mute: Mute | undefined): Mute | undefined {
    const before = this.of(user, place);
    if ("members" in place) {
      const membership = place.members.get(user);
      if (membership) membership.mute = mute;
      return before;
    }
    const others = this.#byUser.get(user) ?? new Map<Party, Mute>();
    if (mute) this.#byUser.set(user, others.set(place, mute));
    else if (others.delete(place) && others.size === 0) this.#byUser.delete(user);
    return before;
  }

  /** @returns whom a user had muted, without groups; `putAll` puts it back */
  takeAll(user: User): ReadonlyMap<Party, Mute> | undefined {
    const others = this.#byUser.get(user);
    this.#byUser.delete(user);
    return others;
  }

  putAll(user: User, others: ReadonlyMap<Party, Mute> | undefined): void {
    for (const [other, mute] of others ?? []) this.put(user, other, mute);
  }
}
