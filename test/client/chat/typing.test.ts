/** Who types is shown for a while; that one types oneself is told now and then, and only where it is something to say. */
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Conversations } from "../../../src/client/chat/conversations.ts";
import { interpret } from "../../../src/client/chat/interpret.ts";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import { Mutes } from "../../../src/client/chat/mutes.ts";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { drawnSymbols } from "../../../src/client/chat/symbols.ts";
import { Typing } from "../../../src/client/chat/typing.ts";
import { setLanguage } from "../../../src/client/language/wording.ts";
import { Links } from "../../../src/client/links.ts";
import type { Reply } from "../../../src/connection/errors.ts";
import { readEvent } from "../../../src/protocol/replies.ts";
import { callOf } from "../../support/call.ts";
import { QuietConsole } from "../../support/console.ts";
import { event, message } from "../../support/told.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
});

function chatting(answer: Reply = { status: "OK" }) {
  const console = new QuietConsole();
  const conversations = new Conversations();
  const preferences = new Preferences();
  const mutes = new Mutes();
  const asked: string[] = [];
  const state = { isUp: true };
  const typing = new Typing({
    console,
    conversations,
    names: new KnownNames(),
    symbols: drawnSymbols(),
    mutes,
    links: new Links(),
    preferences: () => preferences,
    me: () => "alice",
    call: callOf(async (text) => {
      asked.push(text);
      return answer;
    }),
    isUp: () => state.isUp,
    interpret: (line) =>
      interpret(line, {
        open: conversations.open?.name,
        hasUser: (name) => name === "bob",
        hasGroup: () => false,
        hasRealm: () => false,
        last: [],
        message: () => undefined,
        placeOf: ({ from }) => from,
      }),
  });
  onTestFinished(() => typing.close());
  const told = (place: string, user: string): boolean => typing.heard(readEvent("typing", { with: place, user }));
  const open = (name: string): void => void conversations.enter(conversations.of(name), "");
  const type = (line: string): void => {
    console.draft = line;
    typing.typed();
  };
  return { typing, told, open, type, asked, state, preferences, mutes };
}

test("who types is shown for six seconds from the last time, and told of nowhere else", () => {
  const { typing, told } = chatting();
  expect([told("bob", "bob"), typing.words]).toEqual([true, "bob is typing …"]);
  vi.advanceTimersByTime(4000);
  told("Bob", "Bob");
  vi.advanceTimersByTime(5999);
  expect(typing.words).toBe("Bob is typing …");
  vi.advanceTimersByTime(1);
  expect(typing.words).toBe("");
});

test("his message ends it, and nobody else's", () => {
  const { typing, told } = chatting();
  told("bob", "bob");
  expect(typing.heard(event(message(1, { from: "carl" })))).toBe(false);
  expect(typing.heard(event(message(2, { group: "kelas", to: "kelas" })))).toBe(false);
  expect(typing.words).toBe("bob is typing …");
  expect(typing.heard(event(message(3)))).toBe(false);
  expect(typing.words).toBe("");
});

test("those in a group are shown while it is open; who types to oneself, always", () => {
  const { typing, told, open } = chatting();
  for (const user of ["carl", "dewi", "edi", "fitri"]) told("#kelas", user);
  expect(typing.words).toBe("");
  open("#kelas");
  expect(typing.words).toBe("carl, dewi, edi, 1 more are typing …");
  told("bob", "bob");
  open("gita");
  expect(typing.words).toBe("bob is typing …");
});

test("whom one ignores, or a muted conversation, is not shown, and names do nothing to the terminal", () => {
  const { typing, told, preferences, mutes } = chatting();
  preferences.ignore("bob", true);
  mutes.set("carl", "all");
  for (const user of ["bob", "carl", "d\u001b[2J"]) told(user, user);
  expect(typing.words).toBe("d\\u001b[2J is typing …");
});

test("in Indonesian", () => {
  setLanguage("id");
  onTestFinished(() => setLanguage("en"));
  const { typing, told } = chatting();
  told("budi", "budi");
  expect(typing.words).toBe("budi sedang mengetik …");
});

test("that one types is told every three seconds, in the open conversation", () => {
  const { open, type, asked } = chatting();
  type("h");
  expect(asked).toEqual([]);
  open("bob");
  for (const line of ["h", "ha", "hal"]) type(line);
  expect(asked).toEqual(["typing bob"]);
  vi.advanceTimersByTime(3000);
  type("halo");
  expect(asked).toEqual(["typing bob", "typing bob"]);
});

test.each(["", "  ", "/who", "@carl halo", "history 5", "auth bob"])("%j is nothing that one says there", (line) => {
  const { open, type, asked } = chatting();
  open("bob");
  type(line);
  expect(asked).toEqual([]);
});

test("without a link nobody is told", () => {
  const { open, type, asked, state } = chatting();
  open("bob");
  state.isUp = false;
  type("halo");
  expect(asked).toEqual([]);
});

test("a server that has no word for it is not asked again, until the next link", async () => {
  const { typing, open, type, asked } = chatting({ status: "ERROR", code: "unknown-request", message: "?" });
  open("bob");
  type("halo");
  await vi.waitFor(async () => {
    vi.advanceTimersByTime(3000);
    const before = asked.length;
    type("halo");
    expect(asked).toHaveLength(before);
  });
  typing.linked();
  const before = asked.length;
  vi.advanceTimersByTime(3000);
  type("halo");
  expect(asked).toHaveLength(before + 1);
});
