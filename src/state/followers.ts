/** Observers of changes, told as these are applied, kept, or undone. */
import type { Before } from "./apply.ts";
import type { Change } from "./changes.ts";

export interface Follower {
  /** A change was applied to the model; it is not kept yet. @param before what it has overwritten: see `was` in apply.ts */
  onChange?(change: Change, before: Before): void;
  /** A change is kept, and the log's pages have it. The output of its turn may have been sent or not. Must not throw. */
  onKept?(change: Change): void;
  /** A change was undone. @param isLost because of another node: the requests of its turn may be executed again */
  onUndone?(change: Change, isLost: boolean): void;
}

export class Followers {
  readonly #all: Follower[] = [];
  /** Those of them that are told of new messages, too. */
  readonly #listeners = new Set<Follower>();

  /** @param hears `all but messages`: it is not told of `message.appended`, which nearly all changes are */
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
