/** Which connections watch: they are told events. Looked up for every message, by user and by group. */
import type { Group, Party } from "../../state/entities.ts";
import type { Groups } from "../../state/groups.ts";
import type { Audience } from "./presence.ts";

/** A user who watches, and on which connections. */
export interface Watcher {
  readonly user: Party;
  readonly on: readonly Audience[];
}

const NOBODY: readonly Audience[] = [];

export class Watching {
  readonly #groups: Pick<Groups, "moves">;
  readonly #byUser = new Map<Party, readonly Audience[]>();
  /**
   * The members of groups who watch, as far as they were looked for since anybody last began to watch or ceased to, and since
   * anybody last joined a group or left one. That is rare beside messages, so all of it is dropped then.
   */
  readonly #byGroup = new Map<Group, readonly Watcher[]>();
  #moves = 0;

  constructor(groups: Pick<Groups, "moves">) {
    this.#groups = groups;
  }

  /** The users with a connection that watches. */
  get users(): ReadonlyMap<Party, readonly Audience[]> {
    return this.#byUser;
  }

  /** A user's connections that watch. */
  of(user: Party): readonly Audience[] {
    return this.#byUser.get(user) ?? NOBODY;
  }

  set(user: Party, audience: Audience, on: boolean): void {
    const others = this.of(user).filter((other) => other !== audience);
    if (on) others.push(audience);
    if (others.length > 0) this.#byUser.set(user, others);
    else this.#byUser.delete(user);
    this.#byGroup.clear();
  }

  /** The members of a group who watch. */
  inGroup(group: Group): readonly Watcher[] {
    if (this.#moves !== this.#groups.moves) {
      this.#moves = this.#groups.moves;
      this.#byGroup.clear();
    }
    const known = this.#byGroup.get(group);
    if (known) return known;
    const watchers = this.#lookIn(group);
    this.#byGroup.set(group, watchers);
    return watchers;
  }

  /** Goes through the members or through all who watch, whichever are fewer. */
  #lookIn({ members }: Group): readonly Watcher[] {
    const watchers: Watcher[] = [];
    if (this.#byUser.size < members.size) {
      for (const [user, on] of this.#byUser) if (members.has(user)) watchers.push({ user, on });
    } else {
      for (const user of members.keys()) {
        const on = this.#byUser.get(user);
        if (on) watchers.push({ user, on });
      }
    }
    return watchers;
  }
}
