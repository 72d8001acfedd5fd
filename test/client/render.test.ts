/** Replies and messages in words: what others wrote is shown, and does nothing. */
import chalk, { type ColorSupportLevel } from "chalk";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { en } from "../../src/client/language/en.ts";
import { setLanguage } from "../../src/client/language/wording.ts";
import { deletedInWords, mentions, messageInWords } from "../../src/client/message-words.ts";
import { errorInWords, refusalInWords } from "../../src/client/refusal-words.ts";
import { eventInWords, replyInWords } from "../../src/client/render.ts";
import { inert } from "../../src/client/terminal/inert.ts";
import { CUT, HANG } from "../../src/client/terminal/marks.ts";
import type { Operation } from "../../src/contract/operations.ts";
import { readEvent, type ToldMessage } from "../../src/protocol/replies.ts";

function colours(level: ColorSupportLevel): void {
  const before = chalk.level;
  chalk.level = level;
  onTestFinished(() => {
    chalk.level = before;
  });
}

beforeEach(() => colours(0));

const message: ToldMessage = { id: "1", from: "bob", to: "alice", message: "halo", time: "2026-11-21T05:26:53.431Z" };
const inGroup: ToldMessage = { ...message, to: "kelas", group: "kelas" };

/** Without the time. */
function said(one: ToldMessage, reader = {}): string {
  const words = messageInWords(one, reader);
  expect(words).toMatch(/^\d\d:\d\d /);
  return words.slice(6);
}

describe("a reply", () => {
  test("of a list by sender that is empty says so", () => {
    expect(replyInWords({ status: "OK", data: {} })).toBe("(nothing)");
  });

  test("of one text is said as it is, an error in our own words, with what was wrong", () => {
    expect(replyInWords({ status: "OK", message: "Message sent", data: "Message sent", id: "1" })).toBe("Message sent");
    const refused = { status: "ERROR", message: "parameter salah", data: "parameter salah", code: "bad-request" };
    expect(replyInWords(refused)).toBe("that is not how this is asked");
    expect(replyInWords({ ...refused, detail: "text: is empty" })).toBe(
      "that is not how this is asked (text: is empty)",
    );
    // A code that came after this client: the server's own words are better than none.
    expect(replyInWords({ ...refused, code: "new-code", detail: "x" })).toBe("parameter salah (x)");
    for (const code of ["constructor", "__proto__"]) expect(replyInWords({ ...refused, code })).toBe("parameter salah");
    expect(replyInWords({ status: "error", data: "only here" })).toBe("only here");
    expect(refusalInWords({ status: "ERROR" })).toBe("");
  });

  test("with a token says that one is logged in, and no token", () => {
    const words = replyInWords({ status: "OK", message: "x", data: "9b2f8c1e", tokenid: "9b2f8c1e", user: "alice" });
    expect(words).toBe("logged in");
  });

  test("tells what waits for another realm", () => {
    const sent = { status: "OK", message: "Message sent", data: "Message sent", time: message.time };
    expect(replyInWords({ ...sent, state: "queued" })).toBe("Message sent (it waits: that realm does not answer now)");
    expect(replyInWords({ ...sent, state: "linked" })).toBe("Message sent");
    expect(replyInWords({ ...sent, state: "queued" }, {}, "send")).toBe(
      "sent (it waits: that realm does not answer now)",
    );
    expect(replyInWords({ ...sent, state: "linked" }, {}, "send")).toBe("sent");
  });

  test("that one's own password is wrong says so: who one is was known", () => {
    const refused = { status: "ERROR", code: "bad-credentials", message: "Password lama salah" };
    expect(replyInWords(refused, {}, "changePassword")).toBe("that is not your password");
    expect(replyInWords(refused, {}, "login")).toBe("unknown name or wrong password");
  });

  test("does not say of what waits that it is done", () => {
    const joining = { status: "OK", message: "x", data: "x", group: "kelas@rumah", state: "queued" };
    expect(replyInWords(joining, {}, "joinGroup")).toBe("not done yet: it waits, for that realm does not answer now");
    expect(replyInWords({ ...joining, state: "x" }, {}, "joinGroup")).toBe("you are in #kelas@rumah now");
  });

  test("of a success is in our own words, whatever the server says; of one with an answer it is the answer", () => {
    const server = { status: "OK", message: "from the server", data: "from the server" };
    for (const [operation, done] of Object.entries(en.done) as [Operation, unknown][]) {
      const words = replyInWords(server, {}, operation);
      if (done !== undefined) expect([operation, words]).toEqual([operation, expect.not.stringContaining("server")]);
      expect([operation, refusalInWords({ ...server, status: "ERROR", code: "forbidden" })]).toEqual([
        operation,
        "that is not allowed here",
      ]);
    }
    expect(replyInWords(server, {}, "send")).toBe("sent");
    expect(replyInWords({ ...server, group: "les" }, {}, "joinGroup")).toBe("you are in #les now");
    expect(replyInWords({ ...server, file: { name: "a.pdf" } }, {}, "sendFile")).toBe("a.pdf was sent");
    expect(replyInWords(server, {}, "help")).toBe("from the server");
  });

  test("of messages has one a line, with group and sender", () => {
    const words = replyInWords({ status: "OK", data: [message, { ...inGroup, message: "a\nb" }] });
    expect(words).toMatch(/^\d\d:\d\d bob: halo\n\d\d:\d\d #kelas bob: a\n {8}b$/);
  });

  test("of nothing, names, and a dictionary is words too", () => {
    expect(replyInWords({ status: "OK", data: [] })).toBe("(nothing)");
    expect(replyInWords({ status: "OK", data: ["alice", "bob"] })).toBe("alice\nbob");
    expect(replyInWords({ status: "OK", data: { username: "bob", online: true } })).toBe("username: bob\nonline: true");
    expect(replyInWords({ status: "OK", data: { bob: ["a.txt"] } })).toBe("bob:\n  a.txt");
    expect(replyInWords({ status: "OK", data: [{ a: 1, b: { c: 2 } }, ["x", 1]] })).toBe('a 1  b {"c":2}\nx  1');
    expect(replyInWords({ status: "OK", state: "partial", received: 5 })).toBe("state: partial\nreceived: 5");
  });

  test("that is a page says that there are older ones", () => {
    const words = replyInWords({ status: "OK", data: ["x"], more: true, before: "7" });
    expect(words).toBe("x\n(there are older ones: history NAME before 7)");
  });
});

test("what the system says of a file is said in words, with the file where it names one", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { errno: -28, code: "ENOSPC" });
  const closed = Object.assign(new Error("EACCES: permission denied, open 'a.pdf'"), {
    ...{ errno: -13, code: "EACCES", path: "a.pdf" },
  });
  const other = Object.assign(new Error("ELOOP: x"), { errno: -40, code: "ELOOP" });
  const words = [full, closed, other].map(errorInWords);
  expect(words).toEqual(["the disk is full", "a.pdf: that is not permitted", "too many symbolic links encountered"]);
  setLanguage("id");
  onTestFinished(() => setLanguage("en"));
  expect([full, closed].map(errorInWords)).toEqual(["disk penuh", "a.pdf: itu tidak diizinkan"]);
  expect(errorInWords(new Error("anything else\u001b"))).toBe("anything else\\u001b");
});

describe("a message", () => {
  test("says who says it; where, if that is not the open conversation; to whom, if it is one's own", () => {
    expect(said(message, { me: "alice" })).toBe("bob: halo");
    expect(said(message, { me: "alice", open: "bob" })).toBe("bob: halo");
    expect(said({ ...message, from: "Alice", to: "bob" }, { me: "alice" })).toBe("Alice → bob: halo");
    expect(said({ ...message, from: "alice", to: "bob" }, { me: "alice", open: "BOB" })).toBe("alice: halo");
    expect(said({ ...message, from: "alice", to: "bob" })).toBe("alice: halo");
    expect(said(inGroup, { me: "alice", open: "bob" })).toBe("#kelas bob: halo");
    expect(said(inGroup, { me: "alice", open: "#Kelas" })).toBe("bob: halo");
    expect(said({ ...inGroup, from: "alice" }, { me: "alice" })).toBe("#kelas alice: halo");
  });

  test("that is said to one alone while a group is open says so: it would pass for one of the group", () => {
    expect(said(message, { me: "alice", open: "#kelas" })).toBe("bob → alice: halo");
    expect(said(message, { me: "alice", open: "carol" })).toBe("bob: halo");
  });

  test("of several lines has them below its beginning", () => {
    expect(said({ ...message, message: "a\n\nb" })).toBe("bob: a\n        \n        b");
  });

  test("with a file says how large it is, or that it is gone", () => {
    const file = { id: "1", name: "a.iso", size: 1_258_291 };
    expect(said({ ...message, message: "a.iso", file })).toBe("bob: file a.iso (1.2 MiB)");
    expect(said({ ...message, message: "a.iso", file: { ...file, gone: true } })).toBe("bob: file a.iso (gone)");
  });

  test("says behind it how others took it, and that it was edited", () => {
    const reactions = { "👍": ["alice", "carl"], "❤️": ["dewi"] };
    expect(said({ ...message, reactions })).toBe("bob: halo (👍 2, ❤️ 1)");
    expect(said({ ...message, reactions, edited: message.time })).toBe("bob: halo (👍 2, ❤️ 1) (edited)");
    expect(said({ ...message, reactions, edited: message.time }, { isDrawn: true })).toBe(
      `bob: ${HANG}halo  👍 2  ❤️ 1 (edited)`,
    );
    expect(said({ ...message, reactions: {} })).toBe("bob: halo");
  });

  test("says what it answers: in words before it, or in a row above it, which is cut to the window", () => {
    const answer = (text: string): ToldMessage => ({ ...message, reply: { id: "2", from: "carl", text } });
    expect(said(answer("satu\ndua"))).toBe('bob answering carl "satu dua": halo');
    expect(said(answer("x".repeat(100)))).toBe(`bob answering carl "${"x".repeat(40)}…": halo`);
    expect(said(answer(""))).toBe("bob answering carl: halo");
    const rows = (text: string): string[] => messageInWords(answer(text), { isDrawn: true }).split("\n");
    const row = `${CUT}…${CUT}      ↪ carl: `;
    expect(rows("satu\ndua")).toEqual([`${row}satu dua`, expect.stringMatching(/^\d\d:\d\d bob: .halo$/)]);
    expect(rows("x".repeat(1000))[0]).toBe(`${row}${"x".repeat(200)}…`);
    expect(rows("")[0]).toBe(`${row}(message deleted)`);
  });

  test("goes on below its beginning where it is drawn in rows", () => {
    expect(said({ ...message, message: "a\nb" }, { isDrawn: true })).toBe(`bob: ${HANG}a\n${HANG}b`);
    const edited = { ...message, by: "bob", alteration: "2", message: "a\nb" };
    expect(eventInWords({ event: "edited", data: edited }, { isDrawn: true })).toBe(
      `* ${HANG}bob edited a message: a\n${HANG}b`,
    );
  });

  test("that was deleted is told of, and how many", () => {
    expect([deletedInWords(1), deletedInWords(3)].map((one) => one.trim())).toEqual([
      "(message deleted)",
      "(3 messages deleted)",
    ]);
    expect(replyInWords({ status: "OK", data: [{ id: "1", deleted: true }] }).trim()).toBe("(message deleted)");
  });

  test("has the time at which it was sent, where that is known, and none where it is no time", () => {
    const clock = (time: string): string => messageInWords({ ...message, time }).slice(0, 5);
    const noon = new Date(2026, 10, 21, 9, 5).toISOString();
    expect(clock(noon)).toBe("09:05");
    expect(messageInWords({ ...message, sent: noon }).slice(0, 5)).toBe("09:05");
    expect(clock("soon")).toBe("--:--");
  });

  test("in a group that names one is marked by a sign, too, unless it is one's own", () => {
    const calling = { ...inGroup, message: "halo Alice!" };
    expect(said(calling, { me: "alice" })).toBe("! #kelas bob: halo Alice!");
    expect(said({ ...calling, from: "alice" }, { me: "alice" })).toBe("#kelas alice: halo Alice!");
    colours(1);
    expect(messageInWords(calling, { me: "alice" })).toContain(chalk.yellow.bold("Alice"));
  });
});

describe("somebody is named", () => {
  test.each([
    "alice",
    "ALICE",
    "@alice",
    "halo alice",
    "alice: halo",
    "halo, alice.",
    "(alice)",
    "alice?!",
    "alice's",
    "será alice",
    "会議 alice 資料",
    "baris\nalice",
  ])("in %j", (text) => {
    expect(mentions(text, "alice")).toBe(true);
  });

  test.each([
    "malice",
    "alices",
    "alice2",
    "2alice",
    "alice_w",
    "_alice",
    "éalice",
    "aliceé",
    "会alice",
    "alice-w",
    "alice.w",
    "",
  ])("not in %j", (text) => {
    expect(mentions(text, "alice")).toBe(false);
  });

  test("whatever a name is made of, and by no other that looks like it", () => {
    for (const name of ["a.b", "a-b", "a_b", "a--b", "x-", "9"]) {
      expect([name, mentions(`halo ${name}`, name)]).toEqual([name, true]);
      expect(said({ ...inGroup, message: `halo ${name}` }, { me: name })).toBe(`! #kelas bob: halo ${name}`);
    }
    expect(mentions("axb", "a.b")).toBe(false);
    expect(mentions("halo", undefined)).toBe(false);
  });
});

describe("an event", () => {
  test("of a message is one, where it is whole", () => {
    expect(eventInWords({ event: "message", data: { ...message } })).toMatch(/^\d\d:\d\d bob: halo$/);
    const part = readEvent("message", { from: "bob", message: "halo" });
    expect(eventInWords(part)).toBe('* message {"from":"bob","message":"halo"}');
  });

  test("tells in words why a message that waited was refused", () => {
    const told = (detail?: string): string =>
      eventInWords({ event: "fate", data: { id: "1", state: "refused", detail } }, { was: "halo" });
    expect(told("user-not-found (bob)")).toBe('* your message "halo" was refused: there is no such user (bob)');
    expect(told("forbidden")).toBe('* your message "halo" was refused: that is not allowed here');
    expect(told("new-code (x)")).toBe('* your message "halo" was refused: new-code (x)');
    expect(told()).toBe('* your message "halo" was refused');
  });

  test("tells who comes and goes, and what is taken back", () => {
    const told = (event: string, data: Record<string, unknown>): string => eventInWords(readEvent(event, data));
    expect(told("join", { user: "bob", group: "kelas" })).toBe("* bob joined #kelas");
    expect(told("leave", { user: "bob", group: "kelas" })).toBe("* bob left #kelas");
    expect(told("join", { user: "bob", group: "kelas", by: "alice" })).toBe("* alice put bob into #kelas");
    expect(told("leave", { user: "bob", group: "kelas", by: "alice", why: "spam" })).toBe(
      "* alice put bob out of #kelas: spam",
    );
    expect(told("group", { group: "kelas", by: "alice", topic: "ujian" })).toBe(
      "* the topic of #kelas is: ujian (by alice)",
    );
    expect(told("group", { group: "kelas", name: "sekolah" })).toBe("* #kelas is called #sekolah now");
    expect(told("group", { group: "kelas", gone: true })).toBe("* #kelas was deleted");
    expect(told("group", { group: "kelas", access: "invite", posting: "members" })).toBe(
      "* the rules of #kelas are changed: access invite, posting members",
    );
    expect(told("role", { group: "kelas", user: "bob", role: "owner", by: "alice" })).toBe(
      "* bob is the owner of #kelas now (by alice)",
    );
    expect(told("invite", { group: "kelas", by: "alice" })).toMatch(/alice asks you to join #kelas: accept #kelas/);
    expect(told("ban", { group: "kelas", user: "bob", by: "alice" })).toBe("* bob is banned from #kelas (by alice)");
    expect(told("unsilence", { group: "kelas", user: "bob" })).toBe("* bob can speak in #kelas again");
    expect(told("presence", { user: "bob", online: false })).toBe("* bob is offline");
    expect(told("presence", { user: "bob", online: true })).toBe("* bob is online");
    expect(told("unsend", { file: "1", from: "bob", name: "a.iso" })).toBe("* bob took back the file a.iso");
    expect(told("unsend", { file: "1", from: "bob", name: "a.iso", group: "kelas" })).toBe(
      "* bob took back the file a.iso in #kelas",
    );
    expect(told("closing", {})).toBe("* the server is being stopped, or started anew");
    expect(told("new", { a: 1 })).toBe('* new {"a":1}');
  });
});

describe("whatever others write, nothing is done to the terminal", () => {
  test("escape sequences and marks that turn the direction of a text arrive inert", () => {
    expect(inert("\u001b]0;x\u0007")).toBe("\\u001b]0;x\\u0007");
    const evil = { ...message, from: "b\u001bob", message: "\u202eevil\u009b2J" };
    expect(said(evil)).toBe("b\\u001bob: \\u202eevil\\u009b2J");
  });

  /** Control characters but line ends and tabs, once the codes for colour are out. */
  function acting(words: string): readonly string[] {
    const [esc, bare] = ["\u001b[", words.split("\u001b[")];
    const rest = bare.map((part, i) =>
      i > 0 && /^[\d;]*m/.test(part) ? part.replace(/^[\d;]*m/, "") : i > 0 ? esc + part : part,
    );
    return Array.from(rest.join("")).filter(
      (unit) => unit !== "\n" && unit !== "\t" && /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(unit),
    );
  }

  const nasty = fc.string({
    unit: fc.constantFrom(
      ...Array.from("ab #\u001b\u0007\u009b\u009d\r\n\t\u202e\u2028[]0;m\\2J\u0000\u007f"),
      "alice",
      "😀",
    ),
  });
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      nasty,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("any"), { maxLength: 3 }),
      fc.dictionary(nasty, tie("any"), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).any;
  const reader = fc.record({
    me: fc.constantFrom("alice", undefined),
    open: fc.constantFrom("bob", "#kelas", undefined),
  });

  test.each([0, 3] as const)("by a message, with colours of level %i", (level) => {
    colours(level);
    const one = fc.record(
      {
        id: nasty,
        from: nasty,
        to: nasty,
        group: nasty,
        message: nasty,
        time: nasty,
        sent: nasty,
        file: fc.record({ id: nasty, name: nasty, size: value, gone: fc.boolean() }),
      },
      { requiredKeys: ["id", "from", "to", "message", "time"] },
    );
    fc.assert(
      fc.property(one, reader, (evil, who) => {
        expect(acting(messageInWords(evil as ToldMessage, who))).toEqual([]);
        expect(acting(eventInWords(readEvent("message", evil), who))).toEqual([]);
      }),
    );
  });

  test.each([0, 3] as const)("by a reply or an event, with colours of level %i", (level) => {
    colours(level);
    const reply = fc.record(
      {
        status: fc.constantFrom("OK", "ERROR"),
        message: value,
        data: value,
        detail: nasty,
        code: nasty,
        more: fc.boolean(),
        before: value,
        state: value,
        other: value,
      },
      { requiredKeys: ["status"] },
    );
    const event = fc.record({
      event: fc.oneof(fc.constantFrom("message", "join", "leave", "presence", "unsend"), nasty),
      data: fc.dictionary(fc.oneof(fc.constantFrom("user", "group", "from", "name"), nasty), value, {
        noNullPrototype: true,
      }),
    });
    fc.assert(
      fc.property(reply, event, reader, (one, happened, who) => {
        expect(acting(replyInWords(one as never, who))).toEqual([]);
        expect(acting(eventInWords(readEvent(happened.event, happened.data), who))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
