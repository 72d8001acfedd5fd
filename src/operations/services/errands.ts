/** Answers the request that began an errand once the errand is done: see ../errands.ts. */
import type { Code } from "../../contract/codes.ts";
import { Later } from "../../contract/result.ts";
import type { Change } from "../../state/changes.ts";
import type { Errand } from "../../state/entities.ts";
import type { Follower } from "../../state/state.ts";
import type { Users } from "../../state/users.ts";

/** Logs an errand that is done. @param facts how much it was, and whose messages */
type ErrandLog = (event: "announced" | "words-deleted", facts: Readonly<Record<string, string | number>>) => void;

export class ErrandsDone implements Follower {
  readonly #users: Users;
  readonly #log: ErrandLog;
  readonly #waiting = new Map<number, ((done: number) => void)[]>();

  constructor(users: Users, log: ErrandLog) {
    this.#users = users;
    this.#log = log;
  }

  onKept(change: Change): void {
    if (change.is !== "errand.ended") return;
    const { id, user, group, done } = change;
    if (user !== undefined) this.#log("words-deleted", { user: this.#users.byId(user)?.name ?? "", messages: done });
    else if (group === undefined) this.#log("announced", { users: done });
    for (const then of this.#waiting.get(id) ?? []) then(done);
    this.#waiting.delete(id);
  }

  /** The number of an errand that was undone is the next one's. */
  onUndone(change: Change): void {
    if (change.is === "errand.begun") this.#waiting.delete(change.id);
  }

  /** The result of an errand, known once its end is kept. @param value makes it from how much was done */
  result<T, C extends Code>({ id }: Errand, value: (done: number) => T): Later<T, C> {
    const later = new Later<T, C>();
    const waiting = this.#waiting.get(id) ?? [];
    this.#waiting.set(id, [...waiting, (done) => later.settle(() => value(done))]);
    return later;
  }
}
