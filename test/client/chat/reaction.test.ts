/** Lines that react to a message by its number from the end, and those that only look so. */
import { describe, expect, test } from "vitest";
import { numberIn, reactionIn, withEmoji, withId } from "../../../src/client/chat/reaction.ts";
import { knownWith } from "../../support/known.ts";

const { last } = knownWith();

test.each([
  ["1 +1", ["tiga", "react", "👍"]],
  ["3 +1 ", ["satu", "react", "👍"]],
  ["2 -1", ["dua", "unreact", "👍"]],
  ["2 +:heart:", ["dua", "react", "❤️"]],
  ["2 -:heart:", ["dua", "unreact", "❤️"]],
  ["2 +:-1:", ["dua", "react", "👎"]],
  ["1 +👩‍👩‍👧", ["tiga", "react", "👩‍👩‍👧"]],
  ["react 1 +1", ["tiga", "react", "👍"]],
  ["/react 2 :heart:", ["dua", "react", "❤️"]],
  ["/React 3 👍", ["satu", "react", "👍"]],
  ["/unreact 2 :heart:", ["dua", "unreact", "❤️"]],
  // There are three.
  ["4 +1", [undefined, "react", "👍"]],
  ["1 +:no-such:", ["tiga", "react", undefined]],
])("%s", (line, [text, word, emoji]) => {
  const { message, ...rest } = reactionIn(line, last) ?? { message: undefined };
  expect([message?.message, rest]).toEqual([text, { word, emoji }]);
});

test.each([
  "+1",
  "0 +1",
  "01 +1",
  "3 + 1",
  "3+1",
  "2 +2",
  "2 +x",
  "2 +11",
  "2 +👍👍",
  "2 +1 juga",
  "a +1",
  "2 *1",
  "3 +é",
  "/react 1 x",
  "react 3 kali",
])("%s is said", (line) => {
  expect(reactionIn(line, last)).toBeUndefined();
});

describe("a request has the emoji itself", () => {
  test.each([
    ["react ID :heart:", "react ID ❤️"],
    ["REACT ID +1", "REACT ID 👍"],
    ["unreact ID -1", "unreact ID 👎"],
    ["react ID :no-such:", "react ID :no-such:"],
    ["react ID 👍", "react ID 👍"],
    ["reply ID :heart:", "reply ID :heart:"],
  ])("%s", (line, asked) => {
    expect(withEmoji(line)).toBe(asked);
  });
});

describe("a command about a message by its number", () => {
  test.each([
    ["reply 1 halo 2", `reply ${last[0]?.id} halo 2`, 1],
    ["Edit  3 satu", `Edit  ${last[2]?.id} satu`, 3],
    ["delete 2", `delete ${last[1]?.id}`, 2],
    // There are three.
    ["delete 4", "delete 4", 4],
    ["delete 0", "delete 0", undefined],
    ["reply 1halo", "reply 1halo", undefined],
    ["history 2", "history 2", undefined],
  ])("%s", (line, asked, number) => {
    expect(withId(line, last)).toBe(asked);
    expect(numberIn(line)).toBe(number);
  });
});
