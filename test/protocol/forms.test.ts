/** A message is written out by hand for speed: it must be what JSON.stringify would make of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FileInfo, Message, Person } from "../../src/contract/shapes.ts";
import { messageForm, messageJson } from "../../src/protocol/forms.ts";
import { name } from "./inputs.ts";

/** Anything, halves of surrogate pairs among it. */
const anything = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom('\r\n\r\n"\\', "\ud800", "__proto__"),
);

const person: fc.Arbitrary<Person> = fc.record({ name, fullName: anything, realm: name, local: fc.boolean() });
const file: fc.Arbitrary<FileInfo> = fc.record({
  id: fc.uuid(),
  name: anything,
  size: fc.nat(),
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
});

const rest = {
  id: fc.uuid({ version: 7 }),
  from: person,
  text: anything,
  time: fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }),
  file: fc.option(file, { nil: undefined }),
  origin: fc.option(fc.uuid(), { nil: undefined }),
  sent: fc.option(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), { nil: undefined }),
};
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ ...rest, to: person, group: fc.constant(undefined) }),
  fc.record({ ...rest, to: fc.constant(undefined), group: name }),
);

test("a message written out is the message as it would be shown", () => {
  fc.assert(
    fc.property(message, (m) => {
      expect(JSON.parse(messageJson(m))).toEqual(JSON.parse(JSON.stringify(messageForm(m))));
    }),
    { numRuns: 1000 },
  );
});
