/** Observers of changes, told as these are applied, kept, or undone. */
import type { Before } from "./apply.ts";
import type { Change, ChangeOf } from "./changes.ts";

/** Nearly all changes are new messages, so these are told apart: nobody else has to look at each of them. */
export type OtherChange = Exclude<Change, ChangeOf<"message.appended">>;

export interface Follower {
  /** A message was appended to the model; it is not kept yet. */
  onMessage?(change: ChangeOf<"message.appended">): void;
  /** The same of any other change. @param before what it has overwritten: see `was` in apply.ts */
  onChange?(change: OtherChange, before: Before): void;
  /**
   * Messages up to this number are kept, and the log's pages have them. Told once a turn, before its other changes. Must not throw.
   */
  onMessagesKept?(upTo: number): void;
  /** The same of any other change. The output of its turn may have been sent or not. Must not throw. */
  onKept?(change: OtherChange): void;
  /** A change, of whatever kind, was undone. @param isLost because of another node: the requests of its turn may be executed again */
  onUndone?(change: Change, isLost: boolean): void;
}

export class Followers {
  readonly #all: Follower[] = [];
  /** Those of them that are told of each message. */
  readonly #ofMessages: (Follower & Required<Pick<Follower, "onMessage">>)[] = [];

  add(follower: Follower): void {
    this.#all.push(follower);
    if (hearsMessages(follower)) this.#ofMessages.push(follower);
  }

  changed(change: Change, before: Before): void {
    if (change.is === "message.appended") for (const follower of this.#ofMessages) follower.onMessage(change);
    else for (const follower of this.#all) follower.onChange?.(change, before);
  }

  kept(changes: readonly Change[]): void {
    let upTo: number | undefined;
    const others: OtherChange[] = [];
    for (const change of changes) {
      if (change.is === "message.appended") upTo = change.seq;
      else others.push(change);
    }
    for (const follower of this.#all) {
      if (upTo !== undefined) follower.onMessagesKept?.(upTo);
      for (const change of others) follower.onKept?.(change);
    }
  }

  undone(change: Change, isLost: boolean): void {
    for (const follower of this.#all) follower.onUndone?.(change, isLost);
  }
}

function hearsMessages(follower: Follower): follower is Follower & Required<Pick<Follower, "onMessage">> {
  return follower.onMessage !== undefined;
}
