/** What a terminal is sent to tell its person: the bytes of each kind, which no text can end early. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  detectNotificationKind,
  type NotificationKind,
  notificationKinds,
  notificationSequence,
} from "../../../src/client/chat/notification.ts";
import { anyCharacter } from "../../support/any-character.ts";

const ESC = "\u001b";

test("each kind is written as its terminals want it", () => {
  const told = (kind: NotificationKind): string => notificationSequence(kind, "bob", "halo");
  expect(told("osc9")).toBe(`${ESC}]9;bob: halo${ESC}\\\u0007`);
  expect(told("osc99")).toBe(
    `${ESC}]99;i=obrol:d=0:p=title;bob${ESC}\\${ESC}]99;i=obrol:d=1:p=body;halo${ESC}\\\u0007`,
  );
  expect(told("osc777")).toBe(`${ESC}]777;notify;bob;halo${ESC}\\\u0007`);
  expect(told("bell")).toBe("\u0007");
  expect(told("off")).toBe("");
});

describe("whoever writes what", () => {
  const nasty = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...Array.from("\u001b\u0007\u009c\u009d\u0018\u001a;\n\r\t\u0000\u007f\u202e\\x")),
      anyCharacter,
    ),
  });
  /** What ends a sequence or a field, or begins one. */
  const marks = (text: string): string =>
    Array.from(text)
      .filter((unit) => unit === ";" || (unit !== "\t" && /\p{Cc}/u.test(unit)))
      .join("");

  test.each(["osc9", "osc99", "osc777"] as const)("no text gets out of its field in %s", (kind) => {
    fc.assert(
      fc.property(nasty, nasty, (title, body) => {
        expect(marks(notificationSequence(kind, title, body))).toBe(marks(notificationSequence(kind, "bob", "halo")));
      }),
    );
  });

  test("a long one is cut", () => {
    for (const kind of notificationKinds)
      expect(notificationSequence(kind, "x".repeat(5000), "y".repeat(5000)).length).toBeLessThan(400);
  });
});

describe("a terminal is told as it understands", () => {
  test.each([
    ["kitty", { TERM: "xterm-kitty" }, "osc99"],
    ["iTerm", { TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, "osc9"],
    ["WezTerm", { TERM_PROGRAM: "WezTerm" }, "osc9"],
    ["Ghostty", { TERM: "xterm-ghostty", TERM_PROGRAM: "ghostty" }, "osc9"],
    ["Windows Terminal", { WT_SESSION: "1" }, "osc9"],
    ["foot", { TERM: "foot" }, "osc777"],
    ["GNOME's", { TERM: "xterm-256color", VTE_VERSION: "7600" }, "osc777"],
    ["one that nobody knows", { TERM: "xterm" }, "bell"],
    ["none", {}, "bell"],
    ["kitty inside of tmux", { TERM: "tmux-256color", TMUX: "/tmp/x" }, "bell"],
    ["GNOME's inside of screen", { TERM: "screen", VTE_VERSION: "7600" }, "bell"],
  ])("%s", (_, env, kind) => {
    expect(detectNotificationKind(env)).toBe(kind);
  });
});
