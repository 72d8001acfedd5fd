/** What one realm writes as an item, another reads as it was. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { readItems } from "../../src/realms/read-items.ts";
import { name, word } from "../protocol/inputs.ts";

const author = fc.record({ name, full: name });
const n = fc.integer({ min: 1 });
const said = { n, id: fc.uuid(), from: author, text: word, time: fc.nat() };
const items = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("message"), to: fc.array(name), ...said }),
    fc.record({ kind: fc.constant("post"), group: name, ...said }),
    fc.record({ n, kind: fc.constantFrom("join", "leave"), group: name, from: author }),
    fc.record({ n, kind: fc.constant("heads"), heads: fc.dictionary(name, fc.nat()) }),
  ),
  { maxLength: 4 },
);

test("items of every kind are read as they were written", () => {
  fc.assert(
    fc.property(items, (written) => {
      expect(readItems(JSON.parse(JSON.stringify(written)))).toEqual(written);
    }),
  );
});
