/** What outlasts a server of the simulator: the changes it has kept, and nothing else. */

import { ConversationsHeld } from "../../src/logs/memory/conversations.ts";
import { alteredRow, type MessageRow, resolved } from "../../src/logs/resolved.ts";
import { apply } from "../../src/state/apply.ts";
import { type Change, type ChangeOf, isPassing } from "../../src/state/changes.ts";
import type { OutboxItem } from "../../src/state/entities.ts";
import type { ChangeLog } from "../../src/state/log.ts";
import type { Model } from "../../src/state/model.ts";

/** What becomes of the next commit. */
export type Ending = { readonly is: "kept" | "failed"; readonly ms: number };

export class Disk {
  readonly #salt: Buffer;
  readonly #kept: Change[] = [];
  readonly #messages = new Map<number, ChangeOf<"message.appended">>();
  /** What became of messages. */
  readonly #altered = new Map<number, Partial<MessageRow>>();
  readonly #queued = new Map<string, OutboxItem[]>();
  readonly #read = new Map<string, number>();
  /** A commit that has been asked for and not answered. */
  #open: readonly Change[] | undefined;
  /** What it was found to have been asked that cannot be right. */
  readonly wrong: string[] = [];

  constructor(salt: Buffer) {
    this.#salt = salt;
  }

  /** Has what another has kept. */
  copy(changes: readonly Change[]): void {
    this.#keep(changes);
  }

  /** The program dies; what it had asked for may have been kept, as of a disk. */
  die(kept: boolean): void {
    if (kept && this.#open) this.#keep(this.#open);
    this.#open = undefined;
  }

  /** @param next what becomes of each commit @param wait of the program's own time */
  log(next: () => Ending, wait: (ms: number) => Promise<void>): ChangeLog {
    let model: Model | undefined;
    const conversations = new ConversationsHeld();
    const keep = (changes: readonly Change[]): void => {
      this.#keep(changes);
      for (const change of changes) conversations.add(change, model as Model);
    };
    return {
      pages: {
        message: (seq) => {
          const row = this.#messages.get(seq);
          const altered = this.#altered.get(seq);
          return row && model && resolved(model, altered ? { ...row, ...altered } : row);
        },
        following: (seq) => [...this.#messages.values()].filter((one) => one.seq > seq),
        byOrigin: (conversation, origin) =>
          [...this.#messages.values()].findLast((one) => one.origin === origin && one.conversation === conversation)
            ?.seq,
        conversation: (id) => conversations.conversation(id),
        conversationBetween: (a, b) => conversations.conversationBetween(a, b),
        conversationsOf: (party) => conversations.conversationsOf(party),
        queued: (realm, n, count) => (this.#queued.get(realm) ?? []).filter((item) => item.n > n).slice(0, count),
      },
      load: (into) => {
        model = into;
        into.messages.salt = this.#salt;
        for (const change of this.#kept) {
          apply(into, change);
          conversations.add(change, into);
          if (change.is === "message.appended" || change.is === "message.altered") into.messages.settle();
        }
      },
      commit: (changes) => {
        if (this.#open) this.wrong.push("a commit is asked for while another is under way");
        const ending = next();
        if (ending.ms === 0) {
          if (ending.is === "failed") throw new Error("the disk is full");
          keep(changes);
          return undefined;
        }
        const asked = [...changes];
        this.#open = asked;
        return wait(ending.ms).then(() => {
          if (this.#open !== asked) return;
          this.#open = undefined;
          if (ending.is === "failed") throw new Error("the disk is full");
          keep(asked);
        });
      },
      tidy: () => {},
      close: () => {
        if (this.#open) this.wrong.push("it is closed while a commit is under way");
      },
    };
  }

  /** At the next start it is as if nothing had ever become of them. */
  #remove({ seqs, emptied }: ChangeOf<"messages.removed">): void {
    const removed = new Set(seqs);
    for (const seq of seqs) this.#messages.delete(seq);
    for (const seq of emptied) this.#altered.set(seq, { text: "" });
    const rest = this.#kept.filter((one) => one.is !== "message.altered" || !removed.has(one.target));
    this.#kept.splice(0, this.#kept.length, ...rest);
  }

  #keep(changes: readonly Change[]): void {
    for (const change of changes) {
      // What SQLite does not keep either.
      if (isPassing(change)) continue;
      if (change.is === "messages.removed") {
        this.#remove(change);
        continue;
      }
      this.#kept.push(change.is === "group.heard" ? { ...change, own: undefined } : change);
      if (change.is === "message.appended") {
        if (this.#messages.has(change.seq)) this.wrong.push(`message ${change.seq} is kept twice`);
        this.#messages.set(change.seq, change);
      } else if (change.is === "message.altered") {
        const { target, what, emptied } = change;
        const altered = alteredRow(this.#altered.get(target)?.altered, change);
        this.#altered.set(target, { altered, ...(what === "deleted" && { text: "", file: undefined }) });
        for (const seq of emptied) this.#altered.set(seq, { text: "" });
      } else if (change.is === "item.queued") {
        const items = this.#queued.get(change.realm) ?? [];
        this.#queued.set(change.realm, [...items, { n: change.n, body: change.body }]);
      } else if (change.is === "items.delivered") {
        const items = this.#queued.get(change.realm) ?? [];
        this.#queued.set(
          change.realm,
          items.filter(({ n }) => n > change.upTo),
        );
      } else if (change.is === "conversation.read") {
        const whose = `${change.conversation} of ${change.user}`;
        const before = this.#read.get(whose) ?? 0;
        if (change.seq < before) this.wrong.push(`the marker of ${whose} goes back from ${before} to ${change.seq}`);
        this.#read.set(whose, change.seq);
      }
    }
  }
}
