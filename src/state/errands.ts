/** The errands that are not done yet: see `Errand`. They go on after a restart. */
import type { Stage } from "./changes.ts";
import type { Errand, Group, Progress, User } from "./entities.ts";
import type { Cursor } from "./gone.ts";

export class Errands {
  readonly #stage: Stage;
  readonly #byId = new Map<number, Errand>();
  /**
   * The highest number that was given. Numbers of errands that have ended are not given again while the server runs, because
   * requests wait for the end of an errand by its number.
   */
  #last = 0;

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

  /** Begins an announcement. @param upTo the number of the newest user: those with a higher one are not told */
  announce(text: string, upTo: number): Errand {
    return this.#begin({ text }, { head: upTo, next: 0, floor: 0 });
  }

  /** Begins the deletion of an account and its messages. @param last the number of the newest message */
  delete(user: User, last: number): Errand {
    return this.#begin({ user }, { head: last, next: last, floor: 0 });
  }

  /** Begins the removal of the messages of a group that was deleted. @param from where to begin */
  empty(group: Group, from: Cursor): Errand {
    return this.#begin({ group }, progressOf(from));
  }

  /** Where the removal of a group's messages goes on. */
  cursorOf({ head, next }: Errand): Cursor {
    return { next, isNamed: head > 0 };
  }

  /** Notes where the removal of a group's messages goes on. @param done how many were removed, in all */
  reachIn(errand: Errand, left: Cursor, done: number): void {
    this.reach(errand, progressOf(left), done);
  }

  /** The errand that deletes a user. */
  ofUser(user: User): Errand | undefined {
    for (const errand of this.#byId.values()) if (errand.user === user) return errand;
    return undefined;
  }

  /** Notes an errand's progress. @param done how many users were told, or messages deleted, in all */
  reach({ id }: Errand, { head, next, floor }: Progress, done: number): void {
    this.#stage({ is: "errand.reached", id, head, next, floor, done });
  }

  end({ id, user, group }: Errand, done: number): void {
    this.#stage({ is: "errand.ended", id, user: user?.id, group: group?.id, done });
  }

  #begin({ text, user, group }: Partial<Pick<Errand, "text" | "user" | "group">>, progress: Progress): Errand {
    const id = this.#last + 1;
    this.#stage({ is: "errand.begun", id, text, user: user?.id, group: group?.id, ...progress });
    return this.#byId.get(id) as Errand;
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  put(errand: Errand): void {
    this.#byId.set(errand.id, errand);
    this.#last = Math.max(this.#last, errand.id);
  }

  /** Undoes the last `put` of a new one. */
  unmake(errand: Errand): void {
    this.take(errand);
    this.#last = errand.id - 1;
  }

  take({ id }: Errand): void {
    this.#byId.delete(id);
  }
}

function progressOf({ next, isNamed }: Cursor): Progress {
  return { head: isNamed ? next : 0, next, floor: 0 };
}
