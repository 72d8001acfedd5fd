/** The audit log: the newest MOST_ACTS acts of operators. Nothing else removes an act than that there are too many newer ones. */
import type { Stage } from "./changes.ts";
import type { Act } from "./entities.ts";

/** The most acts that are kept. */
export const MOST_ACTS = 10_000;

export class Audit {
  readonly #stage: Stage;
  /** The oldest first. Their numbers rise by one. */
  readonly #acts: Act[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** The oldest first. */
  all(): readonly Act[] {
    return this.#acts;
  }

  add(act: Omit<Act, "id">): void {
    this.#stage({ is: "act.noted", id: (this.#acts.at(-1)?.id ?? 0) + 1, ...act });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns the act that is dropped for it, if there are too many */
  put(act: Act): Act | undefined {
    this.#acts.push(act);
    return this.#acts.length > MOST_ACTS ? this.#acts.shift() : undefined;
  }

  /** Undoes the last `put`. @param forgotten what it has returned */
  take(forgotten: Act | undefined): void {
    this.#acts.pop();
    if (forgotten) this.#acts.unshift(forgotten);
  }
}
