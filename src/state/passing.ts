/** Stages transient changes (`isPassing`): they are not kept, and only connected users and other running nodes are told. */
import type { ChangeOf, Stage } from "./changes.ts";
import type { Group, Party, User } from "./entities.ts";

export class Passing {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** A party is typing. @param fromHome it was told by the group's home, which is another realm */
  types(by: Party, to: Party | Group, fromHome = false): void {
    const where = "members" in to ? { group: to.id } : { user: to.id };
    this.#stage({ is: "typing.told", by: by.id, to: where, fromHome });
  }

  /**
   * A connection resumes an upload, which another connection, on any node, may still be receiving: that one must stop. @param key
   * of its part
   */
  claim(key: string): void {
    this.#stage({ is: "part.claimed", key });
  }

  /** A password or an invitation's code was tried on a node. */
  tried(tried: Omit<ChangeOf<"password.tried">, "is">): void {
    this.#stage({ is: "password.tried", ...tried });
  }

  /** An account is being made on a node, without an invitation. */
  asksAccount(asked: Omit<ChangeOf<"account.asked">, "is">): void {
    this.#stage({ is: "account.asked", ...asked });
  }

  /** What has become of a message that a user has sent to another realm: delivered, refused, or expired. */
  fate(user: User, fate: Omit<ChangeOf<"fate.told">, "is" | "user">): void {
    this.#stage({ is: "fate.told", user: user.id, ...fate });
  }
}
