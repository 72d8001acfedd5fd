/** When users were seen last. The latest times are in memory only, and are kept now and then: many come and go. */

import type { User } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";

export class Seen {
  readonly #model: Model;
  readonly #now: () => number;
  /** When users went, until that is kept. */
  readonly #gone = new Map<User, number>();

  /** @param now milliseconds since 1970 */
  constructor(model: Model, now: () => number) {
    this.#model = model;
    this.#now = now;
  }

  /** A user goes, which is noted unless the user does not show it. */
  goes(user: User): void {
    if (this.#model.settings.of(user).presence) this.#gone.set(user, this.#now());
  }

  /** When a user went, in ms since 1970; undefined if that is kept or not known. */
  goneAt(user: User): number | undefined {
    return this.#gone.get(user);
  }

  /** When a user was seen last, in ms since 1970; undefined for one who never was, or did not show it. */
  of(user: User): number | undefined {
    const kept = this.#model.lastSeen.of(user);
    const gone = this.#gone.get(user);
    // The user may have gone later, from another node.
    return gone === undefined || (kept ?? 0) > gone ? kept : gone;
  }

  /** Stages when users have gone. */
  keepGone(): void {
    const { lastSeen, users } = this.#model;
    for (const [user, time] of this.#gone) {
      // A later time is kept; or the account was not kept, or is deleted.
      if ((lastSeen.of(user) ?? 0) >= time || users.find(user.name) !== user) this.#gone.delete(user);
      else lastSeen.set(user, time);
    }
  }

  /** Stages that users are still there. */
  keepThose(online: Iterable<User>): void {
    const { lastSeen, settings, users } = this.#model;
    const now = this.#now();
    for (const user of online) {
      if (settings.of(user).presence && users.find(user.name) === user) lastSeen.set(user, now);
    }
  }
}
