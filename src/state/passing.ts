/** What is told to those who are connected, and to other nodes, and kept nowhere. */
import type { ChangeOf, Stage } from "./changes.ts";
import type { Group, Party, User } from "./entities.ts";

export class Passing {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Somebody types. @param fromHome the home of that group, another realm, tells it */
  types(by: Party, to: Party | Group, fromHome = false): void {
    const where = "members" in to ? { group: to.id } : { user: to.id };
    this.#stage({ is: "typing.told", by: by.id, to: where, fromHome });
  }

  /** Somebody goes on with an upload that may be under way. @param key of its part */
  claim(key: string): void {
    this.#stage({ is: "part.claimed", key });
  }

  /** A password or a code was tried on a node. */
  tried(tried: Omit<ChangeOf<"password.tried">, "is">): void {
    this.#stage({ is: "password.tried", ...tried });
  }

  /** An account is made there. */
  asksAccount(asked: Omit<ChangeOf<"account.asked">, "is">): void {
    this.#stage({ is: "account.asked", ...asked });
  }

  /** What has become of something that a user has sent elsewhere. */
  fate(user: User, fate: Omit<ChangeOf<"fate.told">, "is" | "user">): void {
    this.#stage({ is: "fate.told", user: user.id, ...fate });
  }
}
