/** What `--memory` keeps of its messages. */
import { expect, onTestFinished, test, vi } from "vitest";
import { PackedMessages } from "../../src/logs/memory/packed.ts";

const KEEP = 4000;

/** Short ones, some with letters of several bytes, and one longer than a run has room for. */
function textOf(seq: number): string {
  if (seq === 2500) return "panjang ".repeat(40_000);
  return seq % 7 === 0 ? `baris ${seq} ✓ é` : `baris ${seq}`;
}

function filled(count: number): PackedMessages {
  const messages = new PackedMessages(KEEP);
  for (let seq = 1; seq <= count; seq++) {
    const row = { seq, conversation: 1, prev: seq - 1, sender: 2, time: 3, text: textOf(seq) };
    messages.add({ ...row, file: undefined, origin: undefined, reply: 0, alters: undefined });
  }
  return messages;
}

test("each message of many reads as it was said, however long one of them is", () => {
  const messages = filled(KEEP);
  for (let seq = 1; seq <= KEEP; seq++) expect(messages.get(seq)?.text).toBe(textOf(seq));
});

test("the newest are kept, the oldest go", () => {
  const messages = filled(3 * KEEP);
  expect(messages.get(1)).toBeUndefined();
  for (let seq = 2 * KEEP + 1; seq <= 3 * KEEP; seq++) expect(messages.get(seq)?.text).toBe(textOf(seq));
});

test("nothing is left of one that was deleted, and its neighbours stay", () => {
  const messages = filled(KEEP);
  const change = { seq: KEEP, target: 10, what: "deleted", user: 2, time: 3, text: "", emptied: [] } as const;
  messages.alter({ is: "message.altered", ...change });
  expect(messages.get(10)?.text).toBe("");
  for (const seq of [9, 11]) expect(messages.get(seq)?.text).toBe(textOf(seq));
});

test("of messages that were removed, as those of a deleted group, no byte is left in memory, nor the room for them", () => {
  const made: Buffer[] = [];
  class Seen extends SharedArrayBuffer {
    constructor(bytes: number) {
      super(bytes);
      made.push(Buffer.from(this));
    }
  }
  vi.stubGlobal("SharedArrayBuffer", Seen);
  onTestFinished(() => void vi.unstubAllGlobals());
  const messages = new PackedMessages(KEEP);
  const isSecret = (seq: number): boolean => seq % 3 > 0;
  const all = Array.from({ length: KEEP }, (_, i) => i + 1);
  for (const seq of all) {
    const row = { seq, conversation: 1 + (seq % 2), prev: 0, sender: 2, time: 3, file: undefined, origin: undefined };
    messages.add({ ...row, text: isSecret(seq) ? `rahasia ${seq}` : textOf(seq), reply: 0, alters: undefined });
  }
  const held = (): number => made.reduce((sum, one) => sum + (one.includes("baris") ? one.length : 0), 0);
  const before = held();
  for (let from = 1; from <= KEEP; from += 200) {
    const seqs = all.filter((seq) => isSecret(seq) && seq >= from && seq < from + 200);
    messages.remove({ is: "messages.removed", conversation: 1, seqs, emptied: [] });
  }
  expect(made.some((buffer) => buffer.includes("rahasia"))).toBe(false);
  expect(held()).toBeLessThan(before);
  for (const seq of all) expect(messages.get(seq)?.text).toBe(isSecret(seq) ? "" : textOf(seq));
  // What comes next is as it was said, too.
  messages.add({
    ...{ seq: KEEP + 1, conversation: 1, prev: 0, sender: 2, time: 3, text: "baru" },
    ...{ file: undefined, origin: undefined, reply: 0, alters: undefined },
  });
  expect(messages.get(KEEP + 1)?.text).toBe("baru");
});
