/** What others say: in its order, once, counted where it is not looked at, and nothing of whom one ignores. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Conversations } from "../../../src/client/chat/conversations.ts";
import { Feed } from "../../../src/client/chat/feed.ts";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import { Mutes } from "../../../src/client/chat/mutes.ts";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { drawnSymbols } from "../../../src/client/chat/symbols.ts";
import { setLanguage } from "../../../src/client/language/wording.ts";
import { Links } from "../../../src/client/links.ts";
import type { Reply } from "../../../src/connection/errors.ts";
import type { Alteration } from "../../../src/contract/shapes.ts";
import { readEvent, type ToldEvent, type ToldMessage } from "../../../src/protocol/replies.ts";
import { callOf } from "../../support/call.ts";
import { QuietConsole } from "../../support/console.ts";
import { connection, event, message, page } from "../../support/told.ts";
import { until } from "../../support/until.ts";

function receiving() {
  const console = new QuietConsole();
  const conversations = new Conversations();
  const names = new KnownNames();
  const preferences = new Preferences();
  const mutes = new Mutes();
  const told: string[] = [];
  const asked: string[] = [];
  const feed = new Feed({
    conversations,
    names,
    symbols: drawnSymbols(),
    preferences: () => preferences,
    mutes,
    me: () => "alice",
    links: new Links(),
    console,
    call: callOf(async (text) => {
      asked.push(text);
      return { status: "OK" };
    }),
    notify: (title, body) => told.push(`${title}: ${body}`),
  });
  onTestFinished(() => feed.close());
  /** The texts of the messages that were shown, in their order. */
  const shown = (): string[] => console.lines.flatMap((line) => /: (m\d+.*)$/.exec(line)?.[1] ?? []);
  return { feed, console, conversations, names, preferences, mutes, told, asked, shown };
}

/** What became of message `n`, by bob unless another is named; `at`: its own number. */
function altering(what: Alteration, n: number, at: number, more: object = {}): ToldEvent {
  const { id, from, to, time } = message(n);
  return readEvent(what, { id, alteration: message(at).id, from, to, by: "bob", time, ...more });
}

/** The answer to what was missed. */
function missedPage(messages: readonly ToldMessage[], more?: object): Reply {
  return page(messages.map(event), more);
}

beforeEach(() => {
  vi.useRealTimers();
});

describe("what comes", () => {
  test("is shown with its place, counted, and told of if it is for one alone or names one", () => {
    const { feed, conversations, console, told } = receiving();
    feed.onEvent(event(message(1)));
    feed.onEvent(event(message(2, { group: "kelas", to: "kelas" })));
    feed.onEvent(event(message(3, { group: "kelas", to: "kelas", message: "m3 for @Alice" })));
    expect(console.lines.slice(-3)).toEqual([
      expect.stringMatching(/^\d\d:\d\d bob: m1$/),
      expect.stringMatching(/^\d\d:\d\d #kelas bob: m2$/),
      expect.stringMatching(/^\d\d:\d\d ! #kelas bob: m3 for @Alice$/),
    ]);
    expect(console.printed.slice(-3).map(({ of }) => of)).toEqual(["bob", "#kelas", "#kelas"]);
    expect(told).toEqual(["bob: m1", "bob #kelas: m3 for @Alice"]);
    expect(conversations.of("bob")).toMatchObject({ unread: 1, calls: true });
    expect(conversations.of("#kelas")).toMatchObject({ unread: 2, calls: true });
  });

  test("is not counted where it is open, but read: once for several", async () => {
    const { feed, conversations, shown, asked } = receiving();
    conversations.enter(conversations.of("bob"), "");
    for (const n of [1, 2, 3]) feed.onEvent(event(message(n)));
    expect(conversations.unread).toEqual([]);
    expect(shown()).toEqual(["m1", "m2", "m3"]);
    await until("it is said to be read", () => asked.length > 0);
    expect(asked).toEqual([`read ${message(3).id}`]);
  });

  test("twice is shown once", () => {
    const { feed, conversations, shown, told } = receiving();
    feed.onEvent(event(message(1)));
    feed.onEvent(event(message(1)));
    feed.markShown(message(2).id);
    feed.onEvent(event(message(2)));
    expect(shown()).toEqual(["m1"]);
    expect(told).toHaveLength(1);
    expect(conversations.of("bob").unread).toBe(1);
  });

  test("of what becomes of a message tells in a line of its own, which says what was", () => {
    const { feed, console, preferences } = receiving();
    feed.onEvent(event(message(1)));
    feed.onEvent(altering("edited", 1, 2, { message: "m1, namely" }));
    feed.onEvent(altering("reacted", 1, 3, { by: "carl", emoji: "👍" }));
    feed.onEvent(altering("deleted", 1, 4));
    feed.onEvent(altering("deleted", 99, 5));
    preferences.ignore("bob", true);
    feed.onEvent(altering("pinned", 1, 6));
    expect(console.lines.slice(-4)).toEqual([
      '* bob edited "m1": m1, namely',
      '* carl reacted to "m1, namely": 👍',
      '* bob deleted "m1, namely"',
      "* bob deleted a message",
    ]);
  });

  test("of one's own message in a group elsewhere says what was, also where it is known by the id that was answered", () => {
    const { feed, console } = receiving();
    const inGroup = { group: "kelas@rumah", to: "kelas@rumah" };
    feed.show(message(1, { ...inGroup, from: "alice" }));
    const told = { ...inGroup, from: "alice", origin: message(1).id };
    feed.onEvent(altering("reacted", 2, 3, { ...told, emoji: "👍" }));
    feed.onEvent(altering("edited", 2, 4, { ...told, message: "m1, namely" }));
    feed.onEvent(altering("reacted", 2, 5, { ...told, emoji: "👍" }));
    expect(console.lines.slice(-3)).toEqual([
      '* bob reacted to "m1" in #kelas@rumah: 👍',
      '* bob edited "m1" in #kelas@rumah: m1, namely',
      '* bob reacted to "m1, namely" in #kelas@rumah: 👍',
    ]);
  });

  test("of a message that waited says once what became of it: where it has failed the server says so", () => {
    const { feed, console, mutes } = receiving();
    const { id } = message(1);
    feed.show(message(1, { from: "alice", to: "bob@rumah" }));
    const refused: ToldEvent = {
      event: "fate",
      data: { id, state: "refused", detail: "user-not-found (no such user)" },
    };
    feed.onEvent(refused);
    const text = `not delivered: ${id} to bob@rumah: user-not-found (no such user)`;
    feed.onEvent(event(message(2, { from: "*", message: text })));
    feed.onEvent({ event: "fate", data: { id, state: "delivered" } });
    mutes.set("*", "all");
    feed.onEvent(refused);
    expect(console.lines.slice(-3)).toEqual([
      expect.stringMatching(/^\d\d:\d\d \*: your message "m1" to bob@rumah was not delivered: there is no such user$/),
      '* your message "m1" is delivered',
      '* your message "m1" was refused: there is no such user',
    ]);
  });

  test("that others have done to one is told; what one has done oneself is not", () => {
    const { feed, console } = receiving();
    feed.onEvent({ event: "leave", data: { user: "alice", group: "kelas", by: "bob", why: "ribut" } });
    feed.onEvent({ event: "join", data: { user: "alice", group: "kelas", by: "bob" } });
    feed.onEvent({ event: "leave", data: { user: "carl", group: "kelas", by: "bob" } });
    for (const user of ["alice", "carl"]) feed.onEvent({ event: "leave", data: { user, group: "kelas", by: "alice" } });
    feed.onEvent({ event: "join", data: { user: "alice", group: "kelas" } });
    for (const by of ["bob", "alice"]) {
      feed.onEvent({ event: "group", data: { group: "kelas", topic: "ujian", by } });
      feed.onEvent({ event: "silence", data: { user: "carl", group: "kelas", by } });
    }
    expect(console.lines).toEqual([
      "* bob put alice out of #kelas: ribut",
      "* bob put alice into #kelas",
      "* bob put carl out of #kelas",
      "* the topic of #kelas is: ujian (by bob)",
      "* carl can say nothing in #kelas (by bob)",
    ]);
  });

  test("of a group that gets another name goes on under it: also in the open conversation, and who has named it", () => {
    const { feed, conversations } = receiving();
    for (const [n, group, name, now] of [
      [1, "kelas", "kelas7", "#kelas7"],
      [2, "les@rumah", "les7", "#les7@rumah"],
    ] as const) {
      feed.onEvent(event(message(n, { group, to: group })));
      conversations.enter(conversations.of(`#${group}`), "");
      conversations.of(`#${group}`).draft = "begun";
      feed.onEvent({ event: "group", data: { group, name, by: "alice" } });
      expect(conversations.open).toMatchObject({ name: now, draft: "begun" });
      expect(conversations.find(`#${group}`)).toBeUndefined();
      expect(feed.recent.get(message(n).id)).toMatchObject({ group: now.slice(1), to: now.slice(1) });
    }
  });

  test("is known in the order of the server, also what was asked for later", () => {
    const { feed } = receiving();
    for (const n of [3, 1, 2]) feed.show(message(n));
    expect(feed.recent.all.map(({ message: text }) => text)).toEqual(["m1", "m2", "m3"]);
  });

  test("does not quote whom one ignores", () => {
    const { feed, console, preferences } = receiving();
    preferences.ignore("carl", true);
    feed.onEvent(event(message(1, { reply: { id: "x", from: "carl", text: "diam" } })));
    feed.onEvent(event(message(2, { reply: { id: "x", from: "dewi", text: "halo" } })));
    expect(console.lines.slice(-2)).toEqual([
      expect.stringMatching(/^\d\d:\d\d bob: m1$/),
      expect.stringMatching(/^ {6}↪ dewi: halo\n\d\d:\d\d bob: m2$/),
    ]);
  });

  test("from another terminal of one's own is shown, and what was read there is not new here", () => {
    const { feed, console, conversations, told } = receiving();
    feed.onEvent(event(message(1)));
    feed.onEvent({ event: "sent", data: message(2, { from: "alice", to: "bob" }) });
    feed.accepted(message(3).id);
    feed.onEvent({ event: "sent", data: message(3, { from: "alice", to: "bob" }) });
    expect(console.lines.at(-1)).toMatch(/ alice → bob: m2$/);
    expect(conversations.of("bob").unread).toBe(1);
    feed.onEvent({ event: "read", data: { with: "bob", id: message(2).id } });
    expect(conversations.of("bob")).toMatchObject({ unread: 0, calls: false });
    expect(told).toEqual(["bob: m1"]);
  });

  test("from somebody who is ignored is neither shown nor counted nor told of", () => {
    const { feed, conversations, console, preferences, told } = receiving();
    preferences.ignore("Bob", true);
    feed.onEvent(event(message(1)));
    feed.onEvent(event(message(2, { group: "kelas", to: "kelas", message: "m2 alice" })));
    feed.onEvent({ event: "join", data: { user: "bob", group: "kelas" } });
    expect(console.lines).toEqual([]);
    expect(told).toEqual([]);
    expect(conversations.unread).toEqual([]);
  });

  test("where it is muted is counted and not shown, until it is open", () => {
    const { feed, conversations, console, mutes, shown, told } = receiving();
    mutes.set("#kelas", "all");
    const inGroup = { group: "kelas", to: "kelas", message: "m alice" };
    feed.onEvent(event(message(1, inGroup)));
    feed.onEvent({ event: "join", data: { user: "carl", group: "kelas" } });
    expect(console.lines).toEqual([]);
    expect(told).toEqual([]);
    expect(conversations.of("#kelas")).toMatchObject({ unread: 1, calls: false });
    conversations.enter(conversations.of("#kelas"), "");
    feed.onEvent(event(message(2, { ...inGroup, message: "m2" })));
    expect(shown()).toEqual(["m2"]);
  });

  test("where it is muted but for mentions is shown where it names one, and so is what becomes of that", () => {
    const { feed, conversations, console, mutes, shown, told } = receiving();
    mutes.set("#kelas", "mentions");
    const inGroup = { group: "kelas", to: "kelas" };
    feed.onEvent(event(message(1, inGroup)));
    feed.onEvent(altering("edited", 1, 2, { ...inGroup, message: "m1 again" }));
    feed.onEvent({ event: "join", data: { user: "carl", group: "kelas" } });
    expect(console.lines).toEqual([]);
    feed.onEvent(event(message(3, { ...inGroup, message: "m3 @alice" })));
    feed.onEvent(altering("deleted", 3, 4, inGroup));
    feed.onEvent(altering("edited", 1, 5, { ...inGroup, message: "m1 for alice" }));
    expect(shown()).toEqual(["m3 @alice", "m1 for alice"]);
    expect(console.lines.at(-2)).toBe('* bob deleted "m3 @alice" in #kelas');
    expect(told).toEqual(["bob #kelas: m3 @alice"]);
    expect(conversations.of("#kelas")).toMatchObject({ unread: 2, calls: true });
  });

  test("follows what is muted on another terminal, also of a group that is renamed or left", () => {
    const { feed, console, mutes } = receiving();
    feed.onEvent({ event: "muted", data: { with: "bob", muted: "all" } });
    feed.onEvent(event(message(1)));
    feed.onEvent({ event: "muted", data: { with: "bob", muted: "mentions" } });
    feed.onEvent({ event: "muted", data: { with: "Bob", muted: false } });
    expect(console.lines).toEqual([
      "* bob is muted",
      "* bob is muted, but for what mentions you",
      "* Bob is not muted any more",
    ]);
    expect(mutes.of("bob")).toBe(false);
    for (const group of ["kelas", "les@rumah", "klub"]) mutes.set(`#${group}`, "mentions");
    feed.onEvent({ event: "group", data: { group: "kelas", name: "kelas7" } });
    feed.onEvent({ event: "group", data: { group: "les@rumah", name: "les7", topic: "x" } });
    feed.onEvent({ event: "group", data: { group: "klub", topic: "x" } });
    const all = ["#kelas", "#kelas7", "#les@rumah", "#les7@rumah", "#klub"];
    expect(all.map((name) => mutes.of(name))).toEqual([false, "mentions", false, "mentions", "mentions"]);
    feed.onEvent({ event: "group", data: { group: "kelas7", gone: true } });
    feed.onEvent({ event: "leave", data: { group: "les7@rumah", user: "Alice", by: "bob" } });
    feed.onEvent({ event: "leave", data: { group: "klub", user: "bob" } });
    expect(all.map((name) => mutes.of(name))).toEqual([false, false, false, false, "mentions"]);
  });

  test("on another day has the day before it, once", () => {
    const { feed, console } = receiving();
    const noon = (day: number): string => new Date(2026, 10, day, 12).toISOString();
    for (const [n, day] of [21, 21, 22, 22].entries()) feed.onEvent(event(message(n, { time: noon(day) })));
    const kinds = console.lines.map((line) => /^── (.*?) ─/.exec(line)?.[1] ?? "message");
    expect(kinds).toEqual([
      expect.stringContaining("21 November 2026"),
      "message",
      "message",
      expect.stringContaining("22 November 2026"),
      "message",
      "message",
    ]);
  });

  test("has its day in the language that is spoken", () => {
    setLanguage("id");
    onTestFinished(() => setLanguage("en"));
    const { feed, console } = receiving();
    feed.onEvent(event(message(1, { time: new Date(2026, 10, 21, 12).toISOString() })));
    expect(console.lines[0]).toContain("Sabtu, 21 November 2026");
  });

  test("with a time that is none has no day of its own", () => {
    const { feed, console } = receiving();
    feed.onEvent(event(message(1)));
    feed.onEvent(event(message(2, { time: "soon" })));
    feed.onEvent(event(message(3)));
    expect(console.lines).toHaveLength(4);
  });

  test("tells who comes and goes: of groups, and of whom one speaks with; not of oneself", () => {
    const { feed, conversations, console } = receiving();
    const happened = (name: string, data: Record<string, unknown>): void => feed.onEvent(readEvent(name, data));
    happened("presence", { user: "bob", online: true });
    happened("join", { user: "alice", group: "kelas" });
    happened("join", { user: "bob", group: "kelas" });
    conversations.enter(conversations.of("bob"), "");
    happened("presence", { user: "Bob", online: false });
    happened("presence", { user: "carl", online: false });
    happened("leave", { user: "bob", group: "kelas" });
    happened("join", { user: "carl", group: "kelas" });
    happened("leave", { user: "dewi", group: "kelas" });
    expect(console.lines).toEqual([]);
    // Something else is said: what has happened before it is said before it.
    feed.onEvent(event(message(1)));
    expect(console.printed.slice(0, 2)).toEqual([
      { text: "* carl joined #kelas; dewi left #kelas", of: "#kelas" },
      { text: "* Bob is offline", of: undefined },
    ]);
    expect(console.lines.filter((line) => line.startsWith("*"))).toHaveLength(2);
  });

  test("that is no message, or nothing at all, does no harm", () => {
    const { feed, conversations, console } = receiving();
    feed.onEvent(readEvent("message", { from: "bob" }));
    feed.onEvent(readEvent("\u001b[2J", { a: "\u001b" }));
    feed.onEvent(readEvent("join", {}));
    for (const data of [undefined, null, 5, "text", [null]]) feed.onEvent(readEvent("presence", data));
    expect(console.lines[1]).toContain("\\u001b[2J");
    expect(conversations.all).toEqual([]);
  });

  test("from somebody new makes him known", () => {
    const { feed, names } = receiving();
    feed.onEvent(event(message(1, { from: "Eka", group: "Les", to: "Les" })));
    expect([names.hasUser("eka"), names.hasGroup("les")]).toEqual([true, true]);
  });
});

describe("the first connection", () => {
  test("only counts what is there", async () => {
    const { feed, conversations, console, told } = receiving();
    const all = [message(1), message(2, { group: "kelas", to: "kelas" }), message(3, { group: "kelas", to: "kelas" })];
    const { call, asked } = connection({ unread: () => page(all) });
    await feed.watch(call);
    expect(asked).toEqual(["chats limit 1", "watch on", "mutes", "unread"]);
    expect(console.lines).toEqual(["new: 1 bob, 2 #kelas; Alt-A or: open bob"]);
    expect(told).toEqual([]);
    expect(conversations.unread.map(({ name, unread, calls }) => [name, unread, calls])).toEqual([
      ["bob", 1, true],
      ["#kelas", 2, false],
    ]);
  });

  test("does not count whom one ignores, says nothing where nothing is, and that there is more", async () => {
    const { feed, console, preferences } = receiving();
    preferences.ignore("bob", true);
    await feed.watch(connection({ unread: () => page([message(1)]) }).call);
    expect(console.lines).toEqual([]);
    const other = receiving();
    await other.feed.watch(connection({ unread: () => page([message(1)], { more: true }) }).call);
    expect(other.console.lines).toEqual(["new: 1 bob and more; Alt-A or: open bob"]);
  });

  test("shows names as they are, and lets them do nothing", async () => {
    const { feed, console } = receiving();
    const print = vi.spyOn(console, "print");
    await feed.watch(connection({ unread: () => page([message(1, { from: "b\u001b[2Job" })]) }).call);
    expect(print.mock.calls.flat().join("\n")).toContain("b\\u001b[2Job");
  });
});

describe("a connection that has come back", () => {
  /** Somebody who has seen message 1. */
  async function begun() {
    const scene = receiving();
    await scene.feed.watch(connection().call);
    scene.feed.onEvent(event(message(1)));
    return scene;
  }

  test("shows what was missed in its order, before what comes meanwhile, and nothing twice", async () => {
    const { feed, conversations, shown, console, told } = await begun();
    const { call, asked } = connection({
      sync: () => {
        // They come while the question is under way: one that the answer holds, too, and one that it does not.
        feed.onEvent(event(message(4)));
        feed.onEvent(event(message(5)));
        return missedPage([message(2), message(3), message(4)]);
      },
    });
    await feed.watch(call);
    expect(asked).toEqual(["watch on", "mutes", `sync since ${message(1).id}`]);
    expect(shown()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
    expect(console.lines.filter((line) => line.includes("while the link was lost"))).toEqual([
      "── 3 while the link was lost ────────────",
    ]);
    // Of what was missed a person is not told now.
    expect(told).toEqual(["bob: m1", "bob: m5"]);
    expect(conversations.of("bob").unread).toBe(5);
    await feed.watch(connection({ sync: () => page([]) }).call);
    expect(shown()).toHaveLength(5);
  });

  test("asks for ten pages at the most, and says that there is more", async () => {
    const { feed, console } = await begun();
    let next = 100;
    const { call, asked } = connection({
      sync: () => missedPage([message(next)], { more: true, before: message(next--).id }),
    });
    await feed.watch(call);
    expect(asked).toHaveLength(12);
    expect(console.lines.some((line) => line.includes("10 and more while the link was lost"))).toBe(true);
  });

  test("shows nothing of whom one ignores", async () => {
    const { feed, preferences, shown } = await begun();
    preferences.ignore("carl", true);
    const missed = [message(2, { from: "carl" }), message(3)];
    await feed.watch(connection({ sync: () => missedPage(missed) }).call);
    expect(shown()).toEqual(["m1", "m3"]);
  });

  test("counts nothing twice that was unread at the start, and nothing where nothing came since", async () => {
    const { feed, shown, conversations, console } = receiving();
    const chats = (): Reply => page([{ with: "bob", last: message(9), unread: 1 }]);
    await feed.watch(connection({ chats, unread: () => page([message(2)]) }).call);
    for (let lost = 0; lost < 3; lost++) await feed.watch(connection().call);
    expect(console.lines).toEqual(["new: 1 bob; Alt-A or: open bob"]);
    expect(conversations.of("bob").unread).toBe(1);
    await feed.watch(connection({ sync: () => missedPage([message(10), message(11)]) }).call);
    expect(shown()).toEqual(["m10", "m11"]);
    expect(conversations.of("bob").unread).toBe(3);
  });

  test("of somebody else begins anew", async () => {
    const { feed } = await begun();
    feed.forget();
    const { call, asked } = connection();
    await feed.watch(call);
    expect(asked).toEqual(["chats limit 1", "watch on", "mutes", "unread"]);
  });

  test("does not show what one has sent oneself, nor what was shown otherwise", async () => {
    const { feed, shown } = await begun();
    feed.accepted(message(2).id);
    feed.markShown(message(3).id);
    await feed.watch(connection({ sync: () => missedPage([message(2), message(3), message(4)]) }).call);
    expect(shown()).toEqual(["m1", "m4"]);
  });
});
