/** The settings of users. Of a user who has set nothing, nothing is kept. */
import type { Stage } from "./changes.ts";
import type { Settings, User } from "./entities.ts";

/** The settings of a user who has set nothing. */
export const UNSET: Settings = {
  allow: "everyone",
  refuseGroups: false,
  presence: true,
  away: undefined,
  status: undefined,
};

export class SettingsKept {
  readonly #stage: Stage;
  readonly #byUser = new Map<User, Settings>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  of(user: User): Settings {
    return this.#byUser.get(user) ?? UNSET;
  }

  set(user: User, changed: Partial<Settings>): void {
    this.#stage({ is: "settings.changed", user: user.id, ...this.of(user), ...changed });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns the settings before */
  put(user: User, settings: Settings): Settings {
    const before = this.of(user);
    this.#byUser.set(user, settings);
    return before;
  }

  /** Removes the settings of a user. @returns those before, if anything was set */
  take(user: User): Settings | undefined {
    const before = this.#byUser.get(user);
    this.#byUser.delete(user);
    return before;
  }
}
