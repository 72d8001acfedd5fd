/** JSON that is made in pieces is, put together, what JSON.stringify gives. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LongList } from "../../src/operations/services/long-list.ts";
import { jsonPieces } from "../../src/protocol/json-pieces.ts";

const together = (fields: object): string => [...jsonPieces(fields)].join("");

test("of any object", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.constant(undefined))), (fields) => {
      expect(together(fields)).toBe(JSON.stringify(fields));
    }),
  );
});

test("of long lists, of items short and long, and of a list that is only made when it is read", () => {
  const lengths = fc.array(fc.nat(20_000), { maxLength: 8 });
  fc.assert(
    fc.property(lengths, fc.nat(500), (long, short) => {
      const items = [
        ...Array.from({ length: short }, (_, i) => ({ name: `user${i}`, online: i % 2 === 0, not: undefined })),
        ...long.map((length) => "é".repeat(length)),
      ];
      const list = new LongList(items.length, () => items);
      const fields = { status: "OK", data: items, more: list, names: list.map((item) => [item]) };
      expect(together(fields)).toBe(JSON.stringify(fields));
    }),
    { numRuns: 30 },
  );
});

test("no piece is much longer than one item, or a few short ones", () => {
  const users = Array.from({ length: 10_000 }, (_, i) => ({ username: `user${i}`, name: `User ${i}`, online: false }));
  const pages = Array.from({ length: 30 }, () => "a".repeat(30_000));
  for (const piece of jsonPieces({ users, pages })) expect(piece.length).toBeLessThan(70_000);
});
