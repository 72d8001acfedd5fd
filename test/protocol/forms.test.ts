/** A message is written out by hand for speed: it must be what JSON.stringify would make of it. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { messageForm, messageJson } from "../../src/protocol/forms.ts";
import { message } from "./outputs.ts";

test("a message written out is the message as it would be shown", () => {
  fc.assert(
    fc.property(message, (m) => {
      expect(JSON.parse(messageJson(m))).toEqual(JSON.parse(JSON.stringify(messageForm(m))));
    }),
    { numRuns: 1000 },
  );
});
