/** The objects that scripts read: what others wrote is in them as it is, and acts on no terminal. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLine } from "../../src/client/json-line.ts";
import { anyCharacter } from "../support/any-character.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const ACTING = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

test("what would act on a terminal is written as an escape, and is read as what it was", () => {
  const message = '\u009b2J \u202ekanan\u202c \u2066x\u2069 \u001b[2J \\u009b "';
  const line = jsonLine("message", { message });
  for (const written of ["\\u009b2J", "\\u202e", "\\u2066"]) expect(line).toContain(written);
  expect(line).not.toMatch(ACTING);
  expect(JSON.parse(line)).toEqual({ type: "message", v: 1, message });
});

test("any text is one line that acts on nothing, and is read as it was", () => {
  const unit = fc.oneof(
    fc.constantFrom(...Array.from('\\u009b"\u009b\u0085\u007f\n\r\t\u2028\u2029\u202e\u2066\u200f'), "😀", "é"),
    anyCharacter,
  );
  fc.assert(
    fc.property(fc.string({ unit }), fc.string({ unit }), (name, text) => {
      const fields = JSON.parse(JSON.stringify({ [`x${name}`]: text, list: [text] })) as object;
      const line = jsonLine("message", fields);
      expect(line).not.toMatch(ACTING);
      expect(JSON.parse(line)).toEqual({ type: "message", v: 1, ...fields });
    }),
  );
});

test("what others call type or v does not take the place of what they are here", () => {
  const line = jsonLine("event", { type: "message", v: 99, user: "bob" });
  expect(JSON.parse(line)).toEqual({ type: "event", v: 1, user: "bob" });
  expect(line.match(/"(type|v)":/g)).toEqual(['"type":', '"v":']);
});
