/** What others say: in its order, once, counted where it is not looked at, and nothing of whom one ignores. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Conversations } from "../../../src/client/chat/conversations.ts";
import { Feed } from "../../../src/client/chat/feed.ts";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { drawnSymbols } from "../../../src/client/chat/symbols.ts";
import { setLanguage } from "../../../src/client/language/wording.ts";
import { LinkError, type Reply } from "../../../src/connection/errors.ts";
import type { Wire } from "../../../src/connection/wire.ts";
import type { ToldEvent, ToldMessage } from "../../../src/protocol/replies.ts";
import { QuietConsole } from "../../support/console.ts";
import { until } from "../../support/until.ts";

const FIRST = Date.UTC(2026, 10, 21, 5, 26);

/** Message number `n`: ids are in the order of their numbers. */
function message(n: number, more: Partial<ToldMessage> = {}): ToldMessage {
  const id = `01a1fc92-5ef7-7000-8000-${String(n).padStart(12, "0")}`;
  return { id, from: "bob", to: "alice", message: `m${n}`, time: new Date(FIRST + n * 1000).toISOString(), ...more };
}

function event(one: ToldMessage): ToldEvent {
  return { event: one.file ? "file" : "message", data: { ...one } };
}

function receiving() {
  const console = new QuietConsole();
  const conversations = new Conversations();
  const names = new KnownNames();
  const preferences = new Preferences();
  const told: string[] = [];
  const asked: string[] = [];
  const feed = new Feed({
    conversations,
    names,
    symbols: drawnSymbols(),
    preferences: () => preferences,
    me: () => "alice",
    console,
    request: async (text) => {
      asked.push(text);
      return { status: "OK" };
    },
    notify: (title, body) => told.push(`${title}: ${body}`),
  });
  onTestFinished(() => feed.close());
  /** The texts of the messages that were shown, in their order. */
  const shown = (): string[] => console.lines.flatMap((line) => /: (m\d+.*)$/.exec(line)?.[1] ?? []);
  return { feed, console, conversations, names, preferences, told, asked, shown };
}

/** A connection that answers by a table of beginnings; none of them: an empty list. */
function connection(answers: Readonly<Record<string, (text: string) => Reply | Promise<Reply>>> = {}) {
  const asked: string[] = [];
  const client = {
    request: async (text: string): Promise<Reply> => {
      asked.push(text);
      const found = Object.keys(answers).find((begin) => text.startsWith(begin));
      return found === undefined ? { status: "OK", data: [] } : (answers[found] as (text: string) => Reply)(text);
    },
  } as unknown as Wire;
  return { client, asked };
}

const page = (messages: unknown, more: object = {}): Reply => ({
  status: "OK",
  data: messages,
  ...more,
});

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

  test("from somebody who is ignored is neither shown nor counted nor told of", () => {
    const { feed, conversations, console, preferences, told } = receiving();
    preferences.set("ignored", "Bob", true);
    feed.onEvent(event(message(1)));
    feed.onEvent(event(message(2, { group: "kelas", to: "kelas", message: "m2 alice" })));
    feed.onEvent({ event: "join", data: { user: "bob", group: "kelas" } });
    expect(console.lines).toEqual([]);
    expect(told).toEqual([]);
    expect(conversations.unread).toEqual([]);
  });

  test("where it is muted is counted and not shown, until it is open", () => {
    const { feed, conversations, console, preferences, shown, told } = receiving();
    preferences.set("muted", "#kelas", true);
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
    const happened = (name: string, data: Record<string, unknown>): void => feed.onEvent({ event: name, data });
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
    feed.onEvent({ event: "message", data: { from: "bob" } });
    feed.onEvent({ event: "\u001b[2J", data: { a: "\u001b" } });
    feed.onEvent({ event: "join", data: {} });
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
    const { client, asked } = connection({ unread: () => page(all) });
    await feed.watch(client);
    expect(asked).toEqual(["chats limit 1", "watch on", "unread"]);
    expect(console.lines).toEqual(["new: 1 bob, 2 #kelas; Alt-A or: open bob"]);
    expect(told).toEqual([]);
    expect(conversations.unread.map(({ name, unread, calls }) => [name, unread, calls])).toEqual([
      ["bob", 1, true],
      ["#kelas", 2, false],
    ]);
  });

  test("does not count whom one ignores, says nothing where nothing is, and that there is more", async () => {
    const { feed, console, preferences } = receiving();
    preferences.set("ignored", "bob", true);
    await feed.watch(connection({ unread: () => page([message(1)]) }).client);
    expect(console.lines).toEqual([]);
    const other = receiving();
    await other.feed.watch(connection({ unread: () => page([message(1)], { more: true }) }).client);
    expect(other.console.lines).toEqual(["new: 1 bob and more; Alt-A or: open bob"]);
  });

  test("shows names as they are, and lets them do nothing", async () => {
    const { feed, console } = receiving();
    const print = vi.spyOn(console, "print");
    await feed.watch(connection({ unread: () => page([message(1, { from: "b\u001b[2Job" })]) }).client);
    expect(print.mock.calls.flat().join("\n")).toContain("b\\u001b[2Job");
  });
});

describe("a connection that has come back", () => {
  /** Somebody who has seen message 1. */
  async function begun() {
    const scene = receiving();
    await scene.feed.watch(connection().client);
    scene.feed.onEvent(event(message(1)));
    return scene;
  }

  test("shows what was missed in its order, before what comes meanwhile, and nothing twice", async () => {
    const { feed, conversations, shown, console, told } = await begun();
    const { client, asked } = connection({
      inbox: () => {
        // They come while the question is under way: one that the answer holds, too, and one that it does not.
        feed.onEvent(event(message(4)));
        feed.onEvent(event(message(5)));
        return page([message(2), message(3), message(4)]);
      },
    });
    await feed.watch(client);
    expect(asked).toEqual(["watch on", `inbox since ${message(1).id}`]);
    expect(shown()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
    expect(console.lines.filter((line) => line.includes("while the link was lost"))).toEqual([
      "── 3 while the link was lost ────────────",
    ]);
    // Of what was missed a person is not told now.
    expect(told).toEqual(["bob: m1", "bob: m5"]);
    expect(conversations.of("bob").unread).toBe(5);
    await feed.watch(connection({ inbox: () => page([]) }).client);
    expect(shown()).toHaveLength(5);
  });

  test("in several pages, of which the newest comes first", async () => {
    const { feed, shown, console } = await begun();
    const pages: Readonly<Record<string, Reply>> = {
      [`inbox since ${message(1).id}`]: page([message(6), message(7)], { more: true, before: message(6).id }),
      [`inbox since ${message(1).id} before ${message(6).id}`]: page([message(4), message(5)], {
        more: true,
        before: message(4).id,
      }),
      [`inbox since ${message(1).id} before ${message(4).id}`]: page([message(2), message(3)]),
    };
    await feed.watch(connection({ inbox: (text) => pages[text] as Reply }).client);
    expect(shown()).toEqual(["m1", "m2", "m3", "m4", "m5", "m6", "m7"]);
    expect(console.lines.some((line) => line.includes("── 6 while the link was lost"))).toBe(true);
  });

  test("asks for ten pages at the most, and says that there is more", async () => {
    const { feed, console } = await begun();
    let next = 100;
    const { client, asked } = connection({
      inbox: () => page([message(next)], { more: true, before: message(next--).id }),
    });
    await feed.watch(client);
    expect(asked).toHaveLength(11);
    expect(console.lines.some((line) => line.includes("10 and more while the link was lost"))).toBe(true);
  });

  test("after one's own message asks for what came after that", async () => {
    const { feed } = await begun();
    feed.accepted(message(3).id);
    feed.accepted(message(2).id);
    const { client, asked } = connection();
    await feed.watch(client);
    expect(asked).toContain(`inbox since ${message(3).id}`);
  });

  test("where nothing had come before shows all that is new", async () => {
    const { feed, shown } = receiving();
    await feed.watch(connection().client);
    const { client, asked } = connection({ unread: () => page([message(1), message(2)]) });
    await feed.watch(client);
    expect(asked).toEqual(["watch on", "unread"]);
    expect(shown()).toEqual(["m1", "m2"]);
  });

  test("shows nothing of whom one ignores", async () => {
    const { feed, preferences, shown } = await begun();
    preferences.set("ignored", "carl", true);
    const missed = [message(2, { from: "carl" }), message(3)];
    await feed.watch(connection({ inbox: () => page(missed) }).client);
    expect(shown()).toEqual(["m1", "m3"]);
  });

  test("and is lost again while it asks, misses nothing", async () => {
    const { feed, shown } = await begun();
    const lost = connection({
      inbox: () => {
        feed.onEvent(event(message(5)));
        throw new LinkError("lost");
      },
    });
    await expect(feed.watch(lost.client)).rejects.toThrow("lost");
    const answer = (text: string): Reply => {
      const since = text.split(" ")[2] as string;
      return page([2, 3, 4, 5].map((n) => message(n)).filter(({ id }) => id > since));
    };
    await feed.watch(connection({ inbox: answer }).client);
    expect(shown().toSorted()).toEqual(["m1", "m2", "m3", "m4", "m5"]);
  });

  describe("after a beginning with something unread", () => {
    /** Messages 1 to 9 were said before; number 2 was not read, 3 to 9 were, elsewhere. */
    const last = (n: number): Reply => page([{ with: "bob", last: message(n), unread: 1 }]);

    test("asks for what came since, not since the oldest that is unread", async () => {
      const { feed, shown, conversations, console } = receiving();
      const first = connection({ chats: () => last(9), unread: () => page([message(2)]) });
      await feed.watch(first.client);
      expect(first.asked).toEqual(["chats limit 1", "watch on", "unread"]);
      expect(console.lines).toEqual(["new: 1 bob; Alt-A or: open bob"]);
      const again = connection({ inbox: () => page([message(10), message(11)]) });
      await feed.watch(again.client);
      expect(again.asked).toEqual(["watch on", `inbox since ${message(9).id}`]);
      expect(shown()).toEqual(["m10", "m11"]);
      expect(conversations.of("bob").unread).toBe(3);
    });

    test("shows and counts nothing where nothing came since", async () => {
      const { feed, conversations, console } = receiving();
      await feed.watch(connection({ chats: () => last(9), unread: () => page([message(2)]) }).client);
      for (let lost = 0; lost < 3; lost++) await feed.watch(connection().client);
      expect(console.lines).toEqual(["new: 1 bob; Alt-A or: open bob"]);
      expect(conversations.of("bob").unread).toBe(1);
    });

    test("asks for what came since what has come meanwhile", async () => {
      const { feed } = receiving();
      await feed.watch(connection({ chats: () => last(9), unread: () => page([message(2)]) }).client);
      feed.onEvent(event(message(12)));
      const { client, asked } = connection();
      await feed.watch(client);
      expect(asked).toEqual(["watch on", `inbox since ${message(12).id}`]);
    });

    test("loses nothing that came while it began", async () => {
      const { feed, shown, conversations } = receiving();
      const { client } = connection({
        chats: () => last(9),
        unread: () => {
          feed.onEvent(event(message(10)));
          feed.onEvent(event(message(11)));
          return page([message(2), message(10)]);
        },
      });
      await feed.watch(client);
      expect(shown()).toEqual(["m11"]);
      expect(conversations.of("bob").unread).toBe(3);
      const again = connection();
      await feed.watch(again.client);
      expect(again.asked).toContain(`inbox since ${message(11).id}`);
    });

    test("begins anew where the link was lost while it began", async () => {
      const { feed, console } = receiving();
      const lost = connection({
        chats: () => last(9),
        unread: () => {
          throw new LinkError("lost");
        },
      });
      await expect(feed.watch(lost.client)).rejects.toThrow("lost");
      const { client, asked } = connection({ chats: () => last(9), unread: () => page([message(2)]) });
      await feed.watch(client);
      expect(asked).toEqual(["chats limit 1", "watch on", "unread"]);
      expect(console.lines).toEqual(["new: 1 bob; Alt-A or: open bob"]);
    });

    test("of an older server, which knows no chats, asks for what came since the newest that is unread", async () => {
      const { feed } = receiving();
      const unknown: Reply = { status: "ERROR", message: "x", code: "unknown-request" };
      const first = connection({ chats: () => unknown, unread: () => page([message(2), message(4)]) });
      await feed.watch(first.client);
      const { client, asked } = connection();
      await feed.watch(client);
      expect(asked).toEqual(["watch on", `inbox since ${message(4).id}`]);
    });

    test.each([
      ["nothing", undefined],
      ["no list", "text"],
      ["nobody", []],
      ["null", [null]],
      ["a conversation without a message", [{ with: "bob", unread: 0 }]],
      ["a message that is none", [{ with: "bob", last: { id: 5 }, unread: 0 }]],
    ])("of a server that answers %s goes on with what is unread", async (_, data) => {
      const { feed, console } = receiving();
      await feed.watch(connection({ chats: () => ({ status: "OK", data }), unread: () => page([message(2)]) }).client);
      expect(console.lines).toEqual(["new: 1 bob; Alt-A or: open bob"]);
      const { client, asked } = connection();
      await feed.watch(client);
      expect(asked).toEqual(["watch on", `inbox since ${message(2).id}`]);
    });
  });

  test("of somebody else begins anew", async () => {
    const { feed } = await begun();
    feed.forget();
    const { client, asked } = connection();
    await feed.watch(client);
    expect(asked).toEqual(["chats limit 1", "watch on", "unread"]);
  });
});
