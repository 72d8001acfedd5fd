/** What `--memory` keeps of its messages. */
import { expect, test } from "vitest";
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
