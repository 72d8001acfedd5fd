/**
 * Messages packed in buffers, in runs; the oldest run goes when there are too many. As objects, a million of them would cost the
 * garbage collector more than everything else the server does.
 */
import type { ChangeOf } from "../../state/changes.ts";
import type { Stamp } from "../../state/log.ts";
import { type AlteredRow, alteredRow, type MessageRow } from "../resolved.ts";

const RUN_MESSAGES = 1024;
/** Bytes of text in a run; more if one message needs more. */
const RUN_BYTES = 128 * 1024;

/** What `fields` has of each message. */
const FIELDS = 3;

/** UTF-8 bytes that a UTF-16 unit takes at the most. */
const BYTES_A_UNIT = 3;

interface Run {
  readonly first: number;
  /** The newest run's has room for more; the others' are as long as their texts, without those that were removed since. */
  texts: Buffer;
  /** By message: where its text ends. */
  readonly ends: Uint32Array;
  /** By message: conversation, how far back the message before is, sender. */
  readonly fields: Uint32Array;
  readonly times: Float64Array;
  readonly files: Map<number, string>;
  readonly origins: Map<number, string>;
  /** Only of messages that answer another, and of alterations. */
  readonly references: Map<number, Pick<MessageRow, "reply" | "alters">>;
  readonly altered: Map<number, AlteredRow>;
  /** Rows whose text was removed. */
  readonly emptied: Set<number>;
  count: number;
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
    const run = this.#room(seq, text.length * BYTES_A_UNIT);
    const start = run.count === 0 ? 0 : (run.ends[run.count - 1] as number);
    run.ends[run.count] = start + run.texts.write(text, start);
    const at = run.count * FIELDS;
    run.fields[at] = conversation;
    run.fields[at + 1] = backTo(prev, seq);
    run.fields[at + 2] = sender;
    run.times[run.count] = time;
    if (file !== undefined) run.files.set(seq, file);
    if (origin !== undefined) {
      run.origins.set(seq, origin);
      this.#byOrigin.set(keyOf(conversation, origin), seq);
    }
    if (reply !== 0 || alters) run.references.set(seq, { reply, alters });
    run.count++;
    this.#count++;
  }

  /** From now on the message is in no conversation. */
  withdraw(seq: number): void {
    const run = this.#runOf(seq);
    if (run) run.fields[(seq - run.first) * FIELDS] = 0;
  }

  get(seq: number): MessageRow | undefined {
    const run = this.#runOf(seq);
    if (!run) return undefined;
    const at = seq - run.first;
    const [conversation = 0, back = 0, sender = 0] = run.fields.subarray(at * FIELDS, (at + 1) * FIELDS);
    const prev = back === 0 ? 0 : seq - back;
    const time = run.times[at] as number;
    const altered = run.altered.get(seq);
    const text = run.emptied.has(seq) ? "" : run.texts.toString("utf8", ...textOf(run, at));
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
      run.fields[(seq - run.first) * FIELDS] = 0;
      for (const more of [run.files, run.origins, run.references, run.altered]) more.delete(seq);
    }
    for (const seq of emptied) this.#empty(seq);
    for (const run of touched) if (run !== this.#runs.at(-1)) tighten(run);
  }

  /** All rows after a number. */
  *following(seq: number): Iterable<Stamp> {
    for (const { first, count, fields, times } of this.#runs) {
      for (let at = Math.max(0, seq + 1 - first); at < count; at++) {
        yield { seq: first + at, conversation: fields[at * FIELDS] as number, time: times[at] as number };
      }
    }
  }

  byOrigin(conversation: number, origin: string): number | undefined {
    return this.#byOrigin.get(keyOf(conversation, origin));
  }

  #drop(run: Run): void {
    this.#count -= run.count;
    for (const seq of run.origins.keys()) this.#forgetOrigin(run, seq);
  }

  #forgetOrigin({ first, fields, origins }: Run, seq: number): void {
    const origin = origins.get(seq);
    if (origin === undefined) return;
    const key = keyOf(fields[(seq - first) * FIELDS] as number, origin);
    if (this.#byOrigin.get(key) === seq) this.#byOrigin.delete(key);
  }

  #empty(seq: number): void {
    const run = this.#runOf(seq);
    run?.texts.fill(0, ...textOf(run, seq - run.first));
    run?.emptied.add(seq);
  }

  #runOf(seq: number): Run | undefined {
    const run = this.#runs.findLast(({ first }) => first <= seq);
    return run && seq - run.first < run.count ? run : undefined;
  }

  #room(seq: number, bytes: number): Run {
    const run = this.#runs.at(-1);
    if (run && run.count < RUN_MESSAGES) {
      const used = run.count === 0 ? 0 : (run.ends[run.count - 1] as number);
      if (used + bytes <= run.texts.length) return run;
    }
    while (this.#runs.length > 1 && this.#count - (this.#runs[0] as Run).count >= this.#keep) {
      this.#drop(this.#runs.shift() as Run);
    }
    const fresh: Run = {
      first: seq,
      texts: run ? this.#shrink(run, bytes) : room(bytes),
      ends: new Uint32Array(RUN_MESSAGES),
      fields: new Uint32Array(RUN_MESSAGES * FIELDS),
      times: new Float64Array(RUN_MESSAGES),
      files: new Map(),
      origins: new Map(),
      references: new Map(),
      altered: new Map(),
      emptied: new Set(),
      count: 0,
    };
    this.#runs.push(fresh);
    return fresh;
  }

  /**
   * Gives a full run a buffer that is no longer than its texts. @returns the buffer that it had, if that fits the next run, or a
   * new one
   */
  #shrink(run: Run, bytes: number): Buffer {
    const had = tighten(run);
    return had.length === RUN_BYTES && bytes <= RUN_BYTES ? had : room(bytes);
  }
}

/** Gives a run a buffer of the texts that are left in it. @returns the buffer that it had: nothing is left there */
function tighten(run: Run): Buffer {
  const { texts, ends, emptied, first, count } = run;
  let length = 0;
  for (let at = 0, start = 0; at < count; at++) {
    const end = ends[at] as number;
    if (!emptied.has(first + at)) {
      if (length < start) texts.copyWithin(length, start, end);
      length += end - start;
    }
    start = end;
    ends[at] = length;
  }
  run.texts = Buffer.allocUnsafeSlow(length);
  texts.copy(run.texts, 0, 0, length);
  texts.fill(0);
  return texts;
}

/** How far back a number is, 0 for none: one too far for its 32 bits is not kept any more, as it is far more than the newest billion. */
function backTo(prev: number, seq: number): number {
  return prev === 0 || seq - prev >= 2 ** 32 ? 0 : seq - prev;
}

function room(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.max(RUN_BYTES, bytes));
}

function keyOf(conversation: number, origin: string): string {
  return `${conversation} ${origin}`;
}

/** Where the text of a message begins and ends. @param at the message's place in the run */
function textOf({ ends }: Run, at: number): readonly [start: number, end: number] {
  return [at === 0 ? 0 : (ends[at - 1] as number), ends[at] as number];
}
