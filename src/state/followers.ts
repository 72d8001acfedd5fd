/** Who is told of changes as they are made, kept, or taken back. */
import type { Before } from "./apply.ts";
import type { Change } from "./changes.ts";

export interface Follower {
  /** A change is in the model. @param before what it overwrote: see `was` in apply.ts */
  onChange?(change: Change, before: Before): void;
  /** A change is kept. Must not throw. */
  onKept?(change: Change): void;
  /** A change was undone. @param isLost its turn was lost to another node, and may be done again */
  onUndone?(change: Change, isLost: boolean): void;
}

export class Followers {
  readonly #all: Follower[] = [];
  /** Those of them that are told of new messages. */
  readonly #listeners = new Set<Follower>();

  /** @param hears whether it is told of `message.appended`, too: nearly all changes are that */
  add(follower: Follower, hears: "all" | "all but messages"): void {
    if (hears === "all") this.#listeners.add(follower);
    this.#all.push(follower);
  }

  changed(change: Change, before: Before): void {
    const followers = change.is === "message.appended" ? this.#listeners : this.#all;
    for (const follower of followers) follower.onChange?.(change, before);
  }

  kept(changes: readonly Change[]): void {
    const others = changes.filter(({ is }) => is !== "message.appended");
    for (const follower of this.#all) {
      if (!follower.onKept) continue;
      for (const change of this.#listeners.has(follower) ? changes : others) follower.onKept(change);
    }
  }

  undone(change: Change, isLost: boolean): void {
    for (const follower of this.#all) follower.onUndone?.(change, isLost);
  }
}
