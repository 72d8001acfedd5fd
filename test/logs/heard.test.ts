/** What a node is told of others' turns, and what it makes of it. */
import { expect, test } from "vitest";
import { encode } from "../../src/logs/postgres/entry.ts";
import { Heard, told } from "../../src/logs/postgres/heard.ts";
import type { Change, ChangeOf } from "../../src/state/changes.ts";

const START = { place: 7, nonce: "1-1", seq: 40 };

function said(seq: number, text: string): ChangeOf<"message.appended"> {
  const plain = { file: undefined, origin: undefined, reply: 0, alters: undefined, read: false };
  return { is: "message.appended", seq, conversation: 1, prev: seq - 1, sender: 2, time: 3, text, ...plain };
}

/** What is told of a turn of another node. */
function turn(place: number, seq: number, ...changes: readonly Change[]): string {
  return told({ place, nonce: `2-${place}`, seq, entry: encode(changes), changes });
}

test("turns that follow one another are heard with their texts", () => {
  const heard = new Heard();
  const edited = { ...said(43, "tiga"), alters: { what: "edited", target: 41, former: 0, last: 42 } } as const;
  heard.hear(turn(8, 42, said(41, 'satu "\\ é'), said(42, "")));
  heard.hear(turn(9, 42, { is: "conversation.read", conversation: 1, user: 3, seq: 42 }));
  heard.hear(turn(10, 43, edited));
  expect(heard.after(START)).toEqual({
    place: 10,
    nonce: "2-10",
    seq: 43,
    changes: [
      said(41, 'satu "\\ é'),
      said(42, ""),
      { is: "conversation.read", conversation: 1, user: 3, seq: 42 },
      edited,
    ],
  });
});

test("what is known already is nothing new", () => {
  const heard = new Heard();
  heard.hear(turn(7, 40, said(40, "lama")));
  heard.hear(turn(8, 41, said(41, "baru")));
  expect(heard.after(START)?.changes).toEqual([said(41, "baru")]);
  heard.hear(turn(8, 41, said(41, "baru")));
  expect(heard.after({ place: 8, nonce: "2-8", seq: 41 })).toMatchObject({ place: 8, nonce: "2-8", changes: [] });
});

test.each([
  ["a turn between them was not heard", [turn(9, 42, said(42, "dua"))]],
  ["one was too large to be told", [turn(8, 41, said(41, "x".repeat(3000))), turn(9, 42, said(42, "dua"))]],
  [
    "many small ones were too large together",
    [turn(8, 80, ...Array.from({ length: 40 }, (_, i) => said(41 + i, "x".repeat(60))))],
  ],
  ["nothing is told but that something is there", [""]],
  ["another version tells it", ["[99,8,2,3]"]],
  ["it cannot be read", ["{"]],
  ["it is something else", ["{}"]],
])("where %s, it must be asked for", (_, payloads) => {
  const heard = new Heard();
  for (const payload of payloads) heard.hear(payload);
  expect(heard.after(START)).toBeUndefined();
  heard.forget();
  heard.hear(turn(8, 41, said(41, "satu")));
  expect(heard.after(START)?.place).toBe(8);
});

test("of more than a few that wait nothing is kept", () => {
  const heard = new Heard();
  for (let place = 8; place < 200; place++) heard.hear(turn(place, 40));
  expect(heard.after(START)).toBeUndefined();
});
