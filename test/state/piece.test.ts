/** The form in which messages of a turn are kept together: what goes in comes out, and nothing else. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Piece, PieceWriter, type PlainMessage } from "../../src/logs/sqlite/piece.ts";

/** All of them in one piece, which they must fit. */
function packed(messages: readonly PlainMessage[]): Piece {
  const writer = new PieceWriter();
  writer.begin(messages[0] as PlainMessage);
  for (const message of messages) expect(writer.add(message)).toBe(true);
  const { first, bytes } = writer.end();
  return new Piece(first, Uint8Array.from(bytes));
}

const message = (seq: number, text = `nomor ${seq}`): PlainMessage => {
  return { seq, conversation: 3, prev: seq - 1, sender: 2, time: 1000 + seq, text };
};

const fields = fc.record({
  gap: fc.integer({ min: 1, max: 9 }),
  conversation: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  sender: fc.oneof(fc.nat(300), fc.maxSafeNat()),
  time: fc.oneof(fc.nat(2000), fc.constant(1_790_000_000_000), fc.constant(-5)),
  back: fc.double({ min: 0, max: 1, noNaN: true }),
  text: fc.oneof(fc.string({ unit: "grapheme", maxLength: 40 }), fc.constantFrom("", "a\0b", "\u007f\u0080", "é😀")),
});

/** Any messages whose numbers rise. */
const anyMessages = fc
  .tuple(fc.oneof(fc.nat(1000), fc.constant(2 ** 40)), fc.array(fields, { minLength: 1, maxLength: 30 }))
  .map(([start, all]) => {
    let seq = start;
    return all.map(({ gap, back, ...one }): PlainMessage => {
      seq += gap;
      return { seq, prev: Math.floor(seq * back), ...one };
    });
  });

test("every message comes out as it went in, and no number between has any", () => {
  fc.assert(
    fc.property(anyMessages, (messages) => {
      const piece = packed(messages);
      expect([...piece.all()]).toEqual(messages);
      const bySeq = new Map(messages.map((one) => [one.seq, one]));
      for (let seq = piece.first - 2; seq <= piece.last + 2; seq++) expect(piece.get(seq)).toEqual(bySeq.get(seq));
    }),
  );
});

test("what is taken out of one leaves no byte of its text, and the others as they are", () => {
  fc.assert(
    fc.property(anyMessages, fc.nat(29), (messages, which) => {
      const one = messages[which % messages.length] as PlainMessage;
      const piece = packed(messages);
      const length = piece.bytes.length;
      piece.take(one.seq);
      piece.seal();
      const again = new Piece(piece.first, Uint8Array.from(piece.bytes));
      const left = messages.filter((each) => each !== one);
      expect([...again.all()]).toEqual(left);
      expect(again.bytes.length).toBe(length);
      const isElsewhere = left.some(({ text }) => text.includes(one.text));
      if (one.text.length > 6 && !isElsewhere) expect(again.bytes.includes(one.text)).toBe(false);
    }),
  );
});

test("one out of which everything was taken is empty", () => {
  const piece = packed([message(1), message(3)]);
  piece.take(1);
  expect(piece.isEmpty).toBe(false);
  piece.take(3);
  expect(piece.isEmpty).toBe(true);
});

test("what finds no room is not in it, and it has at most 64 KB", () => {
  const writer = new PieceWriter();
  writer.begin(message(1));
  let seq = 1;
  while (writer.add(message(seq, "é".repeat(1000)))) seq++;
  const { first, count, bytes } = writer.end();
  expect(count).toBe(seq - 1);
  expect(bytes.length).toBeLessThanOrEqual(64 * 1024);
  expect([...new Piece(first, Uint8Array.from(bytes)).all()]).toHaveLength(seq - 1);
  writer.begin(message(seq));
  expect(writer.add(message(seq, "é".repeat(1000)))).toBe(true);
  expect(writer.add(message(seq + 100_000))).toBe(false);
});

describe("of one that is not as it was written", () => {
  const { bytes } = packed([message(7), message(8), message(9)]);

  test("no message is given, whichever byte is another", () => {
    for (let at = 0; at < bytes.length; at++) {
      const other = Uint8Array.from(bytes);
      other[at] = (other[at] as number) ^ 1;
      expect(() => new Piece(7, other)).toThrow(/begins with number 7 is damaged: its (checksum|version)/);
    }
  });

  test("no message is given, however much of it is left", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => new Piece(7, Uint8Array.from(bytes.subarray(0, length)))).toThrow(/number 7 is damaged/);
    }
  });
});
