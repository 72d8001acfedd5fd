/** Changes that are kept nowhere: connected users, and other nodes, are told. */
import type { ChangeOf, Stage } from "./changes.ts";
import type { Group, Party, User } from "./entities.ts";

export class Passing {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A party types. @param fromHome a group's home, another realm, tells it */
  types(by: Party, to: Party | Group, fromHome = false): void {
    const where = "members" in to ? { group: to.id } : { user: to.id };
    this.#stage({ is: "typing.told", by: by.id, to: where, fromHome });
  }

  /** A connection goes on with an upload that may be under way on another node. @param key of its part */
  claim(key: string): void {
    this.#stage({ is: "part.claimed", key });
  }

  /** A password or a code was tried on a node. */
  tried(tried: Omit<ChangeOf<"password.tried">, "is">): void {
    this.#stage({ is: "password.tried", ...tried });
  }

  /** An account is made on a node. */
  asksAccount(asked: Omit<ChangeOf<"account.asked">, "is">): void {
    this.#stage({ is: "account.asked", ...asked });
  }

  /** What has become of a message that a user has sent to another realm. */
  fate(user: User, fate: Omit<ChangeOf<"fate.told">, "is" | "user">): void {
    this.#stage({ is: "fate.told", user: user.id, ...fate });
  }
}
