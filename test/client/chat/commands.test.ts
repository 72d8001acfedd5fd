/** The chat's own commands: what each shows, and what it changes. */
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ChatCommands } from "../../../src/client/chat/commands.ts";
import { Conversations } from "../../../src/client/chat/conversations.ts";
import { Exports } from "../../../src/client/chat/exports.ts";
import { Feed } from "../../../src/client/chat/feed.ts";
import { KnownNames } from "../../../src/client/chat/known-names.ts";
import { LastMessages } from "../../../src/client/chat/last-messages.ts";
import { Mutes } from "../../../src/client/chat/mutes.ts";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { drawnSymbols } from "../../../src/client/chat/symbols.ts";
import { Links } from "../../../src/client/links.ts";
import { errorInWords } from "../../../src/client/refusal-words.ts";
import { ownCommands } from "../../../src/client/vocabulary.ts";
import type { Reply } from "../../../src/connection/errors.ts";
import type { ToldMessage } from "../../../src/protocol/replies.ts";
import { callOf } from "../../support/call.ts";
import { QuietConsole } from "../../support/console.ts";
import { until } from "../../support/until.ts";

function message(n: number, from = "bob", group?: string): ToldMessage {
  const to = group ?? (from === "alice" ? "bob" : "alice");
  const id = `id-${n}`;
  return { id, from, to, ...(group !== undefined && { group }), message: `m${n}`, time: "2026-11-21T05:26:53.431Z" };
}

function mutesOf(mutes: Mutes): object[] {
  return ["#kelas", "bob"].flatMap((name) => {
    const muted = mutes.of(name);
    return muted === false ? [] : [{ with: name, muted, time: "2026-11-21T05:26:53.431Z" }];
  });
}

/** Alice, with some conversations at the server. */
function doing(
  said: Readonly<Record<string, readonly ToldMessage[]>> = {},
  me: string | undefined = "alice",
  chats: unknown = [],
) {
  const console = new QuietConsole();
  const conversations = new Conversations();
  const names = new KnownNames();
  for (const from of ["alice", "bob", "carl"]) names.learn(message(0, from));
  names.addGroup("kelas");
  names.addGroup("les");
  const preferences = new Preferences();
  const mutes = new Mutes();
  const asked: string[] = [];
  const call = callOf(async (text): Promise<Reply> => {
    asked.push(text);
    const [word, place = "", , limit] = text.split(" ");
    if (word === "mute") return { status: "OK", with: place, muted: text.endsWith(" mentions") ? "mentions" : "all" };
    if (word === "unmute") return { status: "OK", with: place };
    if (word === "mutes") return { status: "OK", data: mutesOf(mutes) };
    if (word === "chats") return { status: "OK", data: chats };
    if (word === "search") {
      const [, in_ = "", wanted = ""] = /^search (?:in (\S+) )?limit 100 (.*)$/.exec(text) ?? [];
      const found = (said[in_] ?? Object.values(said).flat()).filter((one) => one.message === wanted);
      return { status: "OK", data: found.map((one) => ({ ...one, snippet: wanted, found: [wanted] })) };
    }
    if (word !== "history") return { status: "OK" };
    const all = said[place];
    if (all) return { status: "OK", data: all.slice(-Number(limit)), more: all.length > Number(limit), before: "x" };
    const code = place.startsWith("#") ? "group-not-found" : "user-not-found";
    return { status: "ERROR", message: "tidak ditemukan", code };
  });
  const shared = {
    console,
    conversations,
    names,
    symbols: drawnSymbols(),
    preferences: () => preferences,
    mutes,
    me: () => me,
    call,
    links: new Links(),
  };
  const feed = new Feed({ ...shared, notify() {} });
  const last = new LastMessages({ ...shared, feed });
  let over = false;
  const quit = (): void => {
    over = true;
  };
  const exports = new Exports({
    host: "127.0.0.1",
    port: 1,
    reconnect: false,
    downloads: "downloads",
    login: () => undefined,
    say: (text) => console.print(text),
  });
  const commands = new ChatCommands({ ...shared, feed, exports, browser: undefined, last, quit });
  onTestFinished(() => feed.close());
  return {
    commands,
    links: shared.links,
    exports,
    browser: undefined,
    console,
    conversations,
    names,
    preferences,
    mutes,
    asked,
    feed,
    last,
    isOver: () => over,
    run: (line: string) => commands.run(line.split(" ")),
    /** Texts of the messages that were shown, and the lines across. */
    shown: () => console.lines.flatMap((line) => /: (m\d+)$/.exec(line)?.[1] ?? /^── (\S+) ─/.exec(line)?.[1] ?? []),
  };
}

/** Why something failed, in words; nothing if it has not. */
function why(running: Promise<void>): Promise<string | undefined> {
  return running.then(() => undefined, errorInWords);
}

const ten = Array.from({ length: 15 }, (_, i) => message(i + 1, i % 2 === 0 ? "bob" : "alice"));

describe("a conversation that is opened", () => {
  test("shows its last ten messages, and what is new below a mark", async () => {
    const { run, shown, conversations, asked } = doing({ bob: ten });
    conversations.of("bob").unread = 2;
    await run("open bob");
    expect(shown()).toEqual(["bob", "m6", "m7", "m8", "m9", "m10", "m11", "m12", "new", "m13", "m14", "m15"]);
    expect(conversations.open).toMatchObject({ name: "bob", unread: 0 });
    await until("it is read", () => asked.includes("read id-15"));
  });

  test("shows more where more is new", async () => {
    const { run, shown, conversations } = doing({ bob: Array.from({ length: 30 }, (_, i) => message(i + 1)) });
    conversations.of("bob").unread = 20;
    await run("open bob");
    expect(shown().slice(0, 6)).toEqual(["bob", "m8", "m9", "m10", "new", "m11"]);
  });

  test("brings back what was being written there", async () => {
    const { run, console } = doing({ bob: [], carl: [] });
    await run("open bob");
    console.draft = "for bob";
    await run("open carl");
    expect(console.draft).toBe("");
    await run("open bob");
    expect(console.draft).toBe("for bob");
    await run("close");
    expect(console.draft).toBe("");
  });

  test("leaves what is typed while it is being opened in the line", async () => {
    const { run, console, conversations } = doing({ bob: [], carl: [] });
    await run("open bob");
    console.draft = "for bob";
    const opening = run("open carl");
    console.draft = "for carl";
    await opening;
    expect([conversations.open?.name, console.draft]).toEqual(["carl", "for carl"]);
    await run("open bob");
    expect(console.draft).toBe("for bob");
  });

  test("keeps what was being written while none was open", async () => {
    const { run, console } = doing({ bob: [] });
    console.draft = "for nobody yet";
    await run("open bob");
    expect(console.draft).toBe("");
    console.draft = "for bob";
    await run("close");
    expect(console.draft).toBe("for nobody yet");
  });

  test("is a group where no user has the name; with @ it is the user", async () => {
    const { run, conversations } = doing({ "#kelas": [], "#bob": [], bob: [] });
    for (const [line, name] of [
      ["open kelas", "#kelas"],
      ["open #bob", "#bob"],
      ["open bob", "bob"],
      ["open @bob", "bob"],
    ] as const) {
      await run(line);
      expect(conversations.open?.name).toBe(name);
    }
    expect(await why(run("open @nobody"))).toBe("there is no such user");
    expect(conversations.open?.name).toBe("bob");
  });

  test("that is none stays as it was, and says why", async () => {
    const { run, conversations, console } = doing({ bob: [] });
    await run("open bob");
    expect(await why(run("open nobody"))).toBe("there is no such user");
    expect(conversations.open?.name).toBe("bob");
    expect(conversations.all.map(({ name }) => name)).toEqual(["bob"]);
    await run("open");
    expect(console.lines.at(-1)).toContain("open whom?");
    const nobody = doing({}, undefined);
    const anonymous = new ChatCommands({
      ...nobody,
      symbols: drawnSymbols(),
      preferences: () => nobody.preferences,
      me: () => undefined,
      call: callOf(async () => ({ status: "OK" })),
      quit() {},
    });
    await anonymous.open("bob");
    expect(nobody.console.lines.at(-1)).toContain("log in first");
  });

  test("shows nothing of whom one ignores", async () => {
    const said = [
      message(1, "carl", "kelas"),
      message(2, "bob", "kelas"),
      message(3, "carl", "kelas"),
      message(4, "carl", "kelas"),
    ];
    const { run, shown, conversations, preferences } = doing({ "#kelas": said });
    preferences.ignore("carl", true);
    conversations.of("#kelas").unread = 1;
    await run("open #kelas");
    expect(shown()).toEqual(["#kelas", "new", "m2"]);
  });
});

describe("the next conversation", () => {
  test("is the one that calls, then the newest with something new", async () => {
    const { commands, conversations, console } = doing({ bob: [], "#kelas": [], "#les": [] });
    for (const name of ["#kelas", "#les", "bob"]) {
      conversations.of(name).unread = 1;
      conversations.touch(conversations.of(name));
    }
    conversations.of("#kelas").calls = true;
    const opened: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      await commands.turn("unread");
      opened.push(conversations.open?.name);
    }
    expect(opened).toEqual(["#kelas", "bob", "#les"]);
    await commands.turn("unread");
    expect(console.lines.at(-1)).toBe("nothing is new");
  });

  test("is the one beside it, going round", async () => {
    const { commands, conversations, console } = doing({ bob: [], carl: [] });
    await commands.turn(1);
    expect(console.lines.at(-1)).toBe("there is no other conversation");
    conversations.of("bob");
    conversations.of("carl");
    const opened: (string | undefined)[] = [];
    for (const by of [1, 1, 1, -1] as const) {
      await commands.turn(by);
      opened.push(conversations.open?.name);
    }
    expect(opened).toEqual(["bob", "carl", "bob", "carl"]);
  });
});

describe("history", () => {
  test("shows twenty messages, or as many as are wanted, of whom is named or is open", async () => {
    const { run, asked, conversations, console } = doing({ bob: ten, "#kelas": [] });
    await run("history bob");
    await run("history bob 5");
    expect(console.lines.at(-1)).toBe("(there are older ones: history bob 10)");
    await run("history 3");
    expect(console.lines.at(-1)).toContain("of whom?");
    conversations.enter(conversations.of("#kelas"), "");
    await run("history 3");
    expect(console.lines.at(-1)).toBe("(nothing)");
    await run("history");
    expect(asked).toEqual([
      "history bob limit 20",
      "history bob limit 5",
      "history #kelas limit 3",
      "history #kelas limit 20",
    ]);
  });

  test("shows nothing of whom one ignores", async () => {
    const { run, shown, preferences } = doing({ "#kelas": [message(1, "carl", "kelas"), message(2, "bob", "kelas")] });
    preferences.ignore("carl", true);
    await run("history #kelas");
    expect(shown()).toEqual(["m2"]);
  });
});

test("a search shows what whoever one ignores has said: one has looked for it", async () => {
  const { run, console, preferences } = doing({ bob: ten, "#kelas": [message(1, "carl", "kelas")] });
  preferences.ignore("bob", true);
  preferences.ignore("carl", true);
  await run("search bob m15");
  expect(console.lines).toEqual([expect.stringMatching(/ bob: m15$/), "1 found"]);
  await run("search #kelas m1");
  expect(console.lines.slice(2)).toEqual([expect.stringMatching(/ carl: m1$/), "1 found"]);
});

test("a search says what it has found, and where it looks", async () => {
  const { run, console, conversations, asked } = doing({ bob: ten, "#kelas": [] });
  await run("search bob m15");
  expect(console.lines.slice(-2)).toEqual([expect.stringMatching(/^2026-11-21 \d\d:\d\d bob: m15$/), "1 found"]);
  await run("search");
  expect(console.lines.at(-1)).toContain("search NAME TEXT");
  await run("search m15");
  expect(console.lines.slice(-2)).toEqual([expect.stringMatching(/^2026-11-21 \d\d:\d\d bob: m15$/), "1 found"]);
  conversations.enter(conversations.of("#kelas"), "");
  await run("search tugas akhir");
  expect(console.lines.at(-1)).toBe("nothing was found");
  await run("search #kelas x");
  await run("search from bob since 2026-11-01 x");
  await run("search bob in the house");
  expect(asked).toEqual([
    "search in bob limit 100 m15",
    "search limit 100 m15",
    "search in #kelas limit 100 tugas akhir",
    "search in #kelas limit 100 x",
    "search from bob since 2026-11-01T00:00:00.000Z limit 100 x",
    'search in bob limit 100 "in" the house',
  ]);
});

test("people are ignored and conversations muted, until they are not", async () => {
  const { run, console, preferences, mutes, asked } = doing();
  const said: (string | undefined)[] = [];
  for (const line of [
    "ignore",
    "ignore @Carl",
    "ignore",
    "unignore carl",
    "mute kelas",
    "mute @bob mentions",
    "mute",
    "unmute #kelas",
    "unmute bob",
    "mute",
  ]) {
    await run(line);
    said.push(console.lines.at(-1)?.replace(/ until the program ends|\s+\d{4}-.*$/gm, ""));
  }
  expect(said).toEqual([
    "nobody is ignored",
    "Carl is ignored",
    "carl",
    "carl is not ignored any more",
    "#kelas is muted",
    "bob is muted, but for what mentions you",
    "conversation                 since\n#kelas        muted\nbob           mentions only",
    "#kelas is not muted any more",
    "bob is not muted any more",
    "nothing is muted",
  ]);
  expect([preferences.ignores("carl"), mutes.of("#kelas"), mutes.of("bob")]).toEqual([false, false, false]);
  expect(asked).toEqual(["mute #kelas", "mute bob mentions", "mutes", "unmute #kelas", "unmute bob", "mutes"]);
});

test("conversations are listed with what is to be known of each", async () => {
  const nobody = doing();
  await nobody.run("chats");
  expect(nobody.console.lines).toEqual(["(nothing)"]);
  const { run, console, conversations, mutes, asked } = doing({}, "alice", [
    { with: "#kelas", last: message(3, "bob", "kelas"), unread: 5 },
    { with: "bob", last: message(2, "alice"), unread: 1 },
    { with: "carl", last: message(1, "carl"), unread: 0 },
  ]);
  Object.assign(conversations.of("bob"), { unread: 2, draft: "x" });
  conversations.of("dewi");
  mutes.set("#kelas", "all");
  conversations.enter(conversations.of("#kelas"), "");
  await run("chats");
  expect(asked).toEqual(["chats"]);
  const rows = console.lines.at(-1)?.split("\n") ?? [];
  const shown = rows.map((row) => row.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, "TIME").split(/ {2,}/));
  expect(shown).toEqual([
    ["conversation", "new", "last"],
    // It is open: what was said there is read, and muted it stays.
    ["#kelas", "open, muted", "TIME", "bob: m3"],
    ["bob", "2", "a draft", "TIME", "alice: m2"],
    ["carl", "TIME", "carl: m1"],
    // Only here, where nothing was said yet.
    ["dewi"],
  ]);
});

test("conversations that cannot be listed are refused with the reason", async () => {
  const { console, conversations, names, preferences, mutes, feed, links, exports, browser, last } = doing();
  const commands = new ChatCommands({
    links,
    exports,
    browser,
    console,
    conversations,
    names,
    feed,
    last,
    symbols: drawnSymbols(),
    preferences: () => preferences,
    mutes,
    me: () => "alice",
    call: callOf(async () => ({ status: "ERROR", message: "x", code: "no-session" })),
    quit() {},
  });
  expect(await why(commands.run(["chats"]))).toContain("not logged in");
});

test("help tells of what one needs first, of all, of one, of the keys, and of what there is not", async () => {
  const { run, console } = doing();
  for (const line of ["help", "help all", "help /SEND", "help keys", "help sned"]) await run(line);
  const [first, all, send, keys, none] = console.lines;
  expect(first).toContain("@bob halo");
  expect(all).toContain("history [NAME|#GROUP] [COUNT]");
  expect(send).toContain("send <user[@realm]> <text...>");
  expect(keys).toContain("Ctrl-");
  expect(none).toBe("there is no sned; did you mean send?");
});

test("quit ends, and every command of the prompt does something or says something", async () => {
  for (const word of ["quit", "EXIT"]) {
    const { run, isOver } = doing();
    await run(word);
    expect(isOver()).toBe(true);
  }
  for (const { name, in: where, files } of ownCommands) {
    if (where === "shell" || files || ["quit", "close"].includes(name)) continue;
    const { run, console } = doing({ bob: ten });
    const clear = vi.spyOn(console, "clear");
    await run(`${name}`);
    expect([name, console.lines.length + clear.mock.calls.length]).toEqual([name, 1]);
    expect(clear).toHaveBeenCalledTimes(name === "clear" ? 1 : 0);
  }
});
