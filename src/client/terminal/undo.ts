/** What a line was before each change. */
import type { Snapshot } from "./draft.ts";

/** Changes that can be undone. */
const MOST = 500;

export class Undo {
  #before: Snapshot[] = [];

  /** @param before the line as it was before the change */
  remember(before: Snapshot): void {
    this.#before.push(before);
    if (this.#before.length > MOST) this.#before.shift();
  }

  /** The line before the last change, which is forgotten. */
  back(): Snapshot | undefined {
    return this.#before.pop();
  }

  /** A new line begins. */
  forget(): void {
    this.#before = [];
  }
}
