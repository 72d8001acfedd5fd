/**
 * Hidings: whose private messages are hidden from whom. What was hidden stays so: a hiding that has ended is kept as the span of
 * messages that came while it lasted. A conversation's numbers only rise, so a span needs no list of messages.
 */
import type { Stage } from "./changes.ts";
import type { Hiding, Party, User } from "./entities.ts";

/** The messages after one number, up to another, and why they were hidden in the end. */
interface Span {
  readonly after: number;
  readonly upTo: number;
  readonly why: Hiding["why"];
}

/** What is hidden from a reader of one sender: by an open hiding, and by earlier ones. */
export interface Hidden {
  readonly open: Hiding | undefined;
  /** By rising numbers; they do not overlap. */
  readonly spans: readonly Span[];
}

const NOTHING: Hidden = { open: undefined, spans: [] };

export class Hidings {
  readonly #stage: Stage;
  readonly #byReader = new Map<Party, Map<Party, Hidden>>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Whether a message of a private conversation is hidden. Called for every message; most readers hide nothing. */
  hides(reader: Party, sender: Party, seq: number): boolean {
    const hidden = this.#byReader.get(reader)?.get(sender);
    if (!hidden) return false;
    if (hidden.open && seq > hidden.open.after) return true;
    return hidden.spans.some(({ after, upTo }) => seq > after && seq <= upTo);
  }

  /** Whether anything of a sender is, or was, hidden. */
  knows(reader: Party, sender: Party): boolean {
    return this.#byReader.get(reader)?.has(sender) ?? false;
  }

  /** The open hiding of a sender, if there is one. */
  open(reader: Party, sender: Party): Hiding | undefined {
    return this.#byReader.get(reader)?.get(sender)?.open;
  }

  /** The senders with an open hiding; no particular order. */
  *of(reader: User): Iterable<readonly [Party, Hiding]> {
    for (const [sender, { open }] of this.#byReader.get(reader) ?? []) if (open) yield [sender, open];
  }

  /** How many senders a user has blocked, now or before. Strangers who wait, or waited, do not count: they come by themselves. */
  blockedBy(reader: User): number {
    let count = 0;
    for (const { open, spans } of this.#byReader.get(reader)?.values() ?? []) {
      if (open?.why === "blocked" || spans.some(({ why }) => why === "blocked")) count++;
    }
    return count;
  }

  /**
   * Hides a sender's messages from now on. An open hiding goes on, for this reason now.
   * @param head the number of the newest row of their conversation, or a later number. @param time ms since 1970
   */
  hide(reader: User, sender: Party, why: Hiding["why"], head: number, time: number): void {
    const { open, spans } = this.#of(reader, sender);
    const last = spans.at(-1);
    // If no message has come since the last hiding, that one goes on: blocking again and again makes no more spans. For another
    // reason it does not: of who is accepted as a stranger it would show what came while he was blocked.
    const after = open?.after ?? (last?.upTo === head && last.why === why ? last.after : head);
    this.#stage({ is: "sender.hidden", reader: reader.id, sender: sender.id, why, after, time });
  }

  /** Shows all that was hidden since the open hiding began. */
  forget(reader: User, sender: Party): void {
    this.end(reader, sender, 0);
  }

  /** Shows a sender's messages from now on. @param head as of `hide` */
  end(reader: User, sender: Party, head: number): void {
    const { open } = this.#of(reader, sender);
    if (!open) return;
    const upTo = Math.max(head, open.after);
    this.#stage({ is: "sender.shown", reader: reader.id, sender: sender.id, after: open.after, upTo });
  }

  #of(reader: Party, sender: Party): Hidden {
    return this.#byReader.get(reader)?.get(sender) ?? NOTHING;
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** @returns what was hidden before */
  putHidden(reader: Party, sender: Party, open: Hiding): Hidden {
    const before = this.#of(reader, sender);
    this.put(reader, sender, { open, spans: before.spans.filter(({ after }) => after < open.after) });
    return before;
  }

  /** @returns as `putHidden` */
  putShown(reader: Party, sender: Party, { after, upTo }: Omit<Span, "why">): Hidden {
    const before = this.#of(reader, sender);
    const { why = "blocked" } = before.open ?? {};
    const spans = upTo > after ? [...before.spans, { after, upTo, why }] : before.spans;
    this.put(reader, sender, { open: undefined, spans });
    return before;
  }

  /** @returns what was hidden from a reader; `putAll` puts it back */
  takeAll(reader: Party): ReadonlyMap<Party, Hidden> | undefined {
    const senders = this.#byReader.get(reader);
    this.#byReader.delete(reader);
    return senders;
  }

  putAll(reader: Party, senders: ReadonlyMap<Party, Hidden> | undefined): void {
    for (const [sender, hidden] of senders ?? []) this.put(reader, sender, hidden);
  }

  put(reader: Party, sender: Party, hidden: Hidden): void {
    const senders = this.#byReader.get(reader) ?? new Map<Party, Hidden>();
    if (hidden.open || hidden.spans.length > 0) senders.set(sender, hidden);
    else senders.delete(sender);
    if (senders.size > 0) this.#byReader.set(reader, senders);
    else this.#byReader.delete(reader);
  }
}
