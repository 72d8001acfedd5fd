/** A line about the open group that is still being typed, as Tab takes it. */
import { expect, test } from "vitest";
import { typedInGroup } from "../../../src/client/chat/open-group.ts";
import { knownWith } from "../../support/known.ts";

test.each([
  // A word is being typed that may be a group's name, or what stands behind it.
  ["/kick ", "kick dev ", false],
  ["/kick ca", "kick dev ca", false],
  ["kick ca", "kick dev ca", false],
  ["/group set ", "group set dev ", false],
  // It was none.
  ["/ban carl ", "ban dev carl ", true],
  ["/role carl mod", "role dev carl mod", true],
])("%s is about the open group", (before, line, isMeant) => {
  expect(typedInGroup(before, knownWith("#dev"))).toEqual({ line, isMeant });
});

test.each(["/kick", "/kicking ca", "/kick kelas ca", "/kick #kel", "/send ca", "halo ca"])(
  "%s is as it stands",
  (before) => {
    expect(typedInGroup(before, knownWith("#dev"))).toBeUndefined();
  },
);

test("without a group open there is none to be about", () => {
  for (const open of [undefined, "bob"]) expect(typedInGroup("/kick ca", knownWith(open))).toBeUndefined();
});
