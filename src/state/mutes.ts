/**
 * Mutes: the conversations of which a user wants to be told nothing, or only what mentions the user. The mute of a group is part
 * of the membership, and ends with it.
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

  /** How a user has muted a private conversation (by the other party) or a group, if at all. */
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

  /** @param place a party, or a group that the user is in. @param mute undefined ends the mute */
  set(user: User, place: Party | Group, mute: Mute | undefined): void {
    const of: Holder = "members" in place ? { group: place.id } : { user: place.id };
    this.#stage({ is: "conversation.muted", user: user.id, of, mute });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns the mute before, if any */
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

  /** Removes a user's mutes, without those of groups. @returns them; `putAll` puts them back */
  takeAll(user: User): ReadonlyMap<Party, Mute> | undefined {
    const others = this.#byUser.get(user);
    this.#byUser.delete(user);
    return others;
  }

  putAll(user: User, others: ReadonlyMap<Party, Mute> | undefined): void {
    for (const [other, mute] of others ?? []) this.put(user, other, mute);
  }
}
