/** When users of this realm were last seen, as far as that is kept. Later times, in memory only, are in services/seen.ts. */
import type { Stage } from "./changes.ts";
import type { User } from "./entities.ts";

export class LastSeen {
  readonly #stage: Stage;
  readonly #byUser = new Map<User, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** In ms since 1970; undefined for a user who was never seen. */
  of(user: User): number | undefined {
    return this.#byUser.get(user);
  }

  /** @param time ms since 1970 */
  set(user: User, time: number): void {
    this.#stage({ is: "user.seen", user: user.id, time });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns what was there before */
  put(user: User, time: number | undefined): number | undefined {
    const before = this.#byUser.get(user);
    if (time === undefined) this.#byUser.delete(user);
    else this.#byUser.set(user, time);
    return before;
  }
}
