/** Replies in words: what others wrote is shown, and does nothing. */
import chalk from "chalk";
import { beforeAll, expect, test } from "vitest";
import { eventInWords, replyInWords } from "../../src/client/render.ts";
import { inert } from "../../src/client/terminal/inert.ts";

beforeAll(() => {
  chalk.level = 0;
});

test("a text is said as it is, an error with what was wrong", () => {
  expect(replyInWords({ status: "OK", message: "Message sent", data: "Message sent", id: "1" })).toBe("Message sent");
  const refused = { status: "ERROR", message: "parameter salah", data: "parameter salah", code: "bad-request" };
  expect(replyInWords(refused)).toBe("parameter salah");
  expect(replyInWords({ ...refused, detail: "text: is empty" })).toBe("parameter salah (text: is empty)");
});

test("what waits for another realm is said to wait", () => {
  const sent = { status: "OK", message: "Message sent", data: "Message sent" };
  expect(replyInWords({ ...sent, state: "queued" })).toBe("Message sent (it waits: that realm does not answer now)");
  expect(replyInWords({ ...sent, state: "linked" })).toBe("Message sent (linked)");
});

test("messages stand one a line, with group and sender", () => {
  const message = { id: "1", from: "bob", to: "alice", realm: "r", message: "halo", time: "2026-11-21T05:26:53.431Z" };
  const words = replyInWords({ status: "OK", data: [message, { ...message, group: "kelas", message: "a\nb" }] });
  expect(words).toMatch(/^\d\d:\d\d bob: halo\n\d\d:\d\d #kelas bob: a\n {8}b$/);
});

test("an empty list, names, and a dictionary are words too", () => {
  expect(replyInWords({ status: "OK", data: [] })).toBe("(nothing)");
  expect(replyInWords({ status: "OK", data: ["alice", "bob"] })).toBe("alice\nbob");
  expect(replyInWords({ status: "OK", data: { username: "bob", online: true } })).toBe("username: bob\nonline: true");
  expect(replyInWords({ status: "OK", data: { bob: ["a.txt"] } })).toBe("bob:\n  a.txt");
});

test("escape sequences and marks that turn the direction of a text arrive inert", () => {
  expect(inert("\u001b]0;x\u0007")).toBe("\\u001b]0;x\\u0007");
  const event = { event: "message", data: { from: "bob", message: "\u202eevil\u009b2J", time: "" } };
  expect(eventInWords(event)).toBe("--:-- bob: \\u202eevil\\u009b2J");
});

test("who comes and goes is told", () => {
  expect(eventInWords({ event: "join", data: { user: "bob", group: "kelas" } })).toBe("* bob joined kelas");
  expect(eventInWords({ event: "leave", data: { user: "bob", group: "kelas" } })).toBe("* bob left kelas");
  expect(eventInWords({ event: "presence", data: { user: "bob", online: false } })).toBe("* bob is offline");
});
