/** What operators have begun and what takes many turns, until it is done: it goes on after a restart. */
import type { Stage } from "./changes.ts";
import type { Errand, Place, User } from "./entities.ts";

export class Errands {
  readonly #stage: Stage;
  readonly #byId = new Map<number, Errand>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The oldest first. */
  all(): readonly Errand[] {
    return [...this.#byId.values()].toSorted((a, b) => a.id - b.id);
  }

  byId(id: number): Errand | undefined {
    return this.#byId.get(id);
  }

  /** Tells everybody something. @param upTo the number of the one who came last */
  announce(text: string, upTo: number): Errand {
    return this.#begin(text, undefined, { head: upTo, next: 0, floor: 0 });
  }

  /** Deletes an account and what its user has said. @param last the number of the newest message */
  delete(user: User, last: number): Errand {
    return this.#begin(undefined, user, { head: last, next: last, floor: 0 });
  }

  /** The one by which a user is deleted. */
  ofUser(user: User): Errand | undefined {
    for (const errand of this.#byId.values()) if (errand.user === user) return errand;
    return undefined;
  }

  reach({ id }: Errand, { head, next, floor }: Place, done: number): void {
    this.#stage({ is: "errand.reached", id, head, next, floor, done });
  }

  end({ id, user }: Errand, done: number): void {
    this.#stage({ is: "errand.ended", id, user: user?.id, done });
  }

  #begin(text: string | undefined, user: User | undefined, place: Place): Errand {
    const id = Math.max(0, ...this.#byId.keys()) + 1;
    this.#stage({ is: "errand.begun", id, text, user: user?.id, ...place });
    return this.#byId.get(id) as Errand;
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(errand: Errand): void {
    this.#byId.set(errand.id, errand);
  }

  take({ id }: Errand): void {
    this.#byId.delete(id);
  }
}
