/**
 * Messages packed in pages, in runs; the oldest run goes when there are too many. As objects, a million of them would cost the
 * garbage collector more than everything else the server does.
 */
import type { ChangeOf } from "../../state/changes.ts";
import type { Stamp } from "../../state/log.ts";
import { type AlteredRow, alteredRow, type MessageRow } from "../resolved.ts";
import { Page } from "./page.ts";

/** The messages of a page, and what few messages have besides. */
interface Run {
  readonly first: number;
  /** The newest run's has room for more. */
  page: Page;
  readonly files: Map<number, string>;
  readonly origins: Map<number, string>;
  /** Only of messages that answer another, and of alterations. */
  readonly references: Map<number, Pick<MessageRow, "reply" | "alters">>;
  readonly altered: Map<number, AlteredRow>;
  /** Rows whose text was removed. */
  readonly emptied: Set<number>;
}

const NONE: Pick<MessageRow, "reply" | "alters"> = { reply: 0, alters: undefined };

export class PackedMessages {
  readonly #keep: number;
  readonly #runs: Run[] = [];
  /** Numbers of messages by conversation and origin. */
  readonly #byOrigin = new Map<string, number>();
  #count = 0;

  /** @param keep how many of the newest messages are kept, at least */
  constructor(keep: number) {
    this.#keep = keep;
  }

  /** Adds a message. They must come in the order of their numbers, none left out. */
  add(message: MessageRow): void {
    const { seq, conversation, prev, sender, time, text, file, origin, reply, alters } = message;
    const run = this.#runFor(seq, text);
    run.page.add({ conversation, back: backTo(prev, seq), sender, time }, text);
    if (file !== undefined) run.files.set(seq, file);
    if (origin !== undefined) {
      run.origins.set(seq, origin);
      this.#byOrigin.set(keyOf(conversation, origin), seq);
    }
    if (reply !== 0 || alters) run.references.set(seq, { reply, alters });
    this.#count++;
  }

  /** From now on the message is in no conversation. */
  withdraw(seq: number): void {
    const run = this.#runOf(seq);
    run?.page.withdraw(seq - run.first);
  }

  get(seq: number): MessageRow | undefined {
    const run = this.#runOf(seq);
    if (!run) return undefined;
    const at = seq - run.first;
    const { conversation, back, sender, time } = run.page.record(at);
    const prev = back === 0 ? 0 : seq - back;
    const altered = run.altered.get(seq);
    const text = run.emptied.has(seq) ? "" : run.page.text(at);
    const { reply, alters } = run.references.get(seq) ?? NONE;
    const [file, origin] = [run.files.get(seq), run.origins.get(seq)];
    return { seq, conversation, prev, sender, time, text, file, origin, reply, alters, ...(altered && { altered }) };
  }

  /** Alters a message; nothing is left of one that is deleted. */
  alter(change: ChangeOf<"message.altered">): void {
    const { target, what, emptied } = change;
    const run = this.#runOf(target);
    run?.altered.set(target, alteredRow(run.altered.get(target), change));
    if (what !== "deleted") return;
    run?.files.delete(target);
    for (const seq of [target, ...emptied]) this.#empty(seq);
  }

  /** Removes messages: nothing is left of them. */
  remove({ seqs, emptied }: ChangeOf<"messages.removed">): void {
    const touched = new Set<Run>();
    for (const seq of seqs) {
      const run = this.#runOf(seq);
      if (!run) continue;
      touched.add(run);
      this.#forgetOrigin(run, seq);
      this.#empty(seq);
      run.page.withdraw(seq - run.first);
      for (const more of [run.files, run.origins, run.references, run.altered]) more.delete(seq);
    }
    for (const seq of emptied) this.#empty(seq);
    for (const run of touched) {
      if (run !== this.#runs.at(-1)) run.page = run.page.tightened((at) => run.emptied.has(run.first + at));
    }
  }

  /** All rows after a number. */
  *following(seq: number): Iterable<Stamp> {
    for (const { first, page } of this.#runs) {
      for (let at = Math.max(0, seq + 1 - first); at < page.count; at++) {
        const { conversation, time } = page.record(at);
        yield { seq: first + at, conversation, time };
      }
    }
  }

  byOrigin(conversation: number, origin: string): number | undefined {
    return this.#byOrigin.get(keyOf(conversation, origin));
  }

  #forgetOrigin({ first, page, origins }: Run, seq: number): void {
    const origin = origins.get(seq);
    if (origin === undefined) return;
    const key = keyOf(page.record(seq - first).conversation, origin);
    if (this.#byOrigin.get(key) === seq) this.#byOrigin.delete(key);
  }

  #empty(seq: number): void {
    const run = this.#runOf(seq);
    run?.page.blank(seq - run.first);
    run?.emptied.add(seq);
  }

  #runOf(seq: number): Run | undefined {
    const run = this.#runs.findLast(({ first }) => first <= seq);
    return run && seq - run.first < run.page.count ? run : undefined;
  }

  /** The run that a new message comes to. */
  #runFor(seq: number, text: string): Run {
    const last = this.#runs.at(-1);
    if (last?.page.hasRoomFor(text)) return last;
    let spare: Page | undefined;
    while (this.#runs.length > 1 && this.#count - (this.#runs[0] as Run).page.count >= this.#keep) {
      spare = this.#drop(this.#runs.shift() as Run);
    }
    const run: Run = {
      first: seq,
      page: Page.for(text, spare),
      files: new Map(),
      origins: new Map(),
      references: new Map(),
      altered: new Map(),
      emptied: new Set(),
    };
    this.#runs.push(run);
    return run;
  }

  /** @returns its page, which is not used any more */
  #drop(run: Run): Page {
    this.#count -= run.page.count;
    for (const seq of run.origins.keys()) this.#forgetOrigin(run, seq);
    return run.page;
  }
}

/** How far back a number is, 0 for none: one too far for its 32 bits is not kept any more, as it is far more than the newest billion. */
function backTo(prev: number, seq: number): number {
  return prev === 0 || seq - prev >= 2 ** 32 ? 0 : seq - prev;
}

function keyOf(conversation: number, origin: string): string {
  return `${conversation} ${origin}`;
}
