/** What an answer of the server ends a program with, whatever the server says. */
import { expect, test } from "vitest";
import { exitOf, exits } from "../../../src/client/script/exits.ts";

test.each([undefined, "constructor", "__proto__", "toString", "hasOwnProperty", "", "no-such-code"])(
  "a refusal with the code %j ends it as any refusal does",
  (code) => {
    expect(exitOf({ status: "ERROR", ...(code !== undefined && { code }) })).toBe(exits.refused);
  },
);

test("a refusal with a code that it knows has its own end, and what is done none", () => {
  expect(exitOf({ status: "ERROR", code: "no-session" })).toBe(exits.login);
  expect(exitOf({ status: "ERROR", code: "user-not-found" })).toBe(exits.noUser);
  expect(exitOf({ status: "OK", code: "no-session" })).toBe(exits.done);
});
