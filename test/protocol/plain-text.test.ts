/** A text that was just read needs no second look to be written as JSON: it must be what JSON.stringify would make of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { text as kind } from "../../src/protocol/kinds.ts";
import { escaped, isPlainText } from "../../src/protocol/plain-text.ts";

const unit = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("a", "b", " ", "é", "✓") },
  fc.constantFrom(
    '"',
    "\\",
    "/",
    "\n",
    "\t",
    "\r",
    "\u0000",
    "\u007f",
    "\u0085",
    "\u2028",
    "\ud83d\ude00",
    "\ud83d",
    "\ude00",
  ),
);
const text = fc.array(unit, { maxLength: 12 }).map((units) => units.join(""));

test("a text is written as JSON writes it, whichever texts were read before it", () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.array(text, { maxLength: 2 }), (read, others) => {
      for (const one of read) {
        isPlainText(one);
        for (const two of [one, ...others, ...read]) expect(`"${escaped(two)}"`).toBe(JSON.stringify(two));
      }
    }),
    { numRuns: 2000 },
  );
});

test("a text keeps its tabs and lines, whose ends are those of one system; no other control character is in one", () => {
  expect(kind.read("a\tb\r\nc\rd\ne")).toBe("a\tb\nc\nd\ne");
  for (const control of ["\u0000", "\u0008", "\u000b", "\u001f", "\u007f", "\u009f"]) {
    expect(kind.read(`a${control}b`)).toMatchObject({ detail: "text: holds a control character" });
  }
  for (const plain of ["a", 'with "quotes" and \\', "\ud83d\ude00", "\u00a0"]) expect(kind.read(plain)).toBe(plain);
});
