/** Sanctions: bans from groups, and silences in them. Each is kept in its group; here are those that end by themselves. */
import type { Stage } from "./changes.ts";
import type { Group, Party, Sanction } from "./entities.ts";

export class Sanctions {
  readonly #stage: Stage;
  /** Groups in which some sanction ends by itself. */
  readonly #timed = new Set<Group>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Bans a user from a group, in place of an earlier ban. */
  ban(group: Group, user: Party, { by, time, until }: Sanction): void {
    this.unban(group, user);
    this.#stage({ is: "member.banned", group: group.id, user: user.id, by: by.id, time, until });
  }

  unban(group: Group, user: Party, by?: Party): void {
    if (group.bans.has(user)) this.#stage({ is: "member.unbanned", group: group.id, user: user.id, by: by?.id });
  }

  /** Silences a user in a group, in place of an earlier silence. */
  silence(group: Group, user: Party, { by, time, until }: Sanction): void {
    this.unsilence(group, user);
    this.#stage({ is: "member.silenced", group: group.id, user: user.id, by: by.id, time, until });
  }

  unsilence(group: Group, user: Party, by?: Party): void {
    if (group.silences.has(user)) this.#stage({ is: "member.unsilenced", group: group.id, user: user.id, by: by?.id });
  }

  /** Lifts the bans and silences whose time is over, in all groups. @param now ms since 1970 */
  end(now: number): void {
    for (const group of this.#timed) {
      for (const [user, { until = now + 1 }] of [...group.bans]) if (until <= now) this.unban(group, user);
      for (const [user, { until = now + 1 }] of [...group.silences]) if (until <= now) this.unsilence(group, user);
    }
  }

  // From here on only `apply.ts`, `Groups`, and a log's `load`, call the methods.

  put(group: Group, what: "bans" | "silences", user: Party, sanction: Sanction): void {
    group[what].set(user, sanction);
    if (sanction.until !== undefined) this.#timed.add(group);
  }

  take(group: Group, what: "bans" | "silences", user: Party): Sanction {
    const sanction = group[what].get(user) as Sanction;
    group[what].delete(user);
    if (!hasTimed(group)) this.#timed.delete(group);
    return sanction;
  }

  /** A group is deleted: its sanctions do not end by themselves any more. */
  putAway(group: Group): void {
    this.#timed.delete(group);
  }

  /** Undoes `putAway`. */
  putBack(group: Group): void {
    if (hasTimed(group)) this.#timed.add(group);
  }
}

/** Whether some sanction in a group ends by itself. */
function hasTimed({ bans, silences }: Group): boolean {
  return [...bans.values(), ...silences.values()].some(({ until }) => until !== undefined);
}
