/** The changes of a turn that is not kept yet: each is in the model, and can be taken out again. */
import { apply, type Before, undo } from "./apply.ts";
import { type Change, isTentative } from "./changes.ts";
import type { Followers } from "./followers.ts";
import type { Model } from "./model.ts";

export class Staged {
  readonly #model: Model;
  readonly #followers: Followers;
  #changes: Change[] = [];
  /** What each of them has overwritten. */
  #before: Before[] = [];

  constructor(model: Model, followers: Followers) {
    this.#model = model;
    this.#followers = followers;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** Applies a change, and tells the followers. */
  add(change: Change): void {
    const before = apply(this.#model, change);
    this.#changes.push(change);
    this.#before.push(before);
    this.#followers.changed(change, before);
  }

  /** Whether all changes from an index on are tentative. */
  isTentativeFrom(index: number): boolean {
    for (let i = index; i < this.#changes.length; i++) if (!isTentative(this.#changes[i] as Change)) return false;
    return true;
  }

  /** Undoes the changes from an index on, the last first. @param isLost as of `Follower.onUndone` */
  undoFrom(index: number, isLost: boolean): void {
    while (this.#changes.length > index) {
      const change = this.#changes.pop() as Change;
      undo(this.#model, change, this.#before.pop());
      this.#followers.undone(change, isLost);
    }
  }

  /** The turn is kept: what was staged stays as it is, and the next turn begins without changes. */
  keep(): void {
    this.#changes = [];
    this.#before = [];
  }
}
