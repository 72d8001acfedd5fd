/** Who and what there is: in tables for people, tab separated for scripts; whatever a server says does nothing and breaks no row. */
import chalk from "chalk";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { setLanguage } from "../../src/client/language/wording.ts";
import * as lists from "../../src/client/lists.ts";
import { chatsIn, listInWords } from "../../src/client/lists.ts";
import { listPlain, plainField, plainRows } from "../../src/client/plain.ts";
import { replyInWords } from "../../src/client/render.ts";
import { widthOf } from "../../src/client/terminal/graphemes.ts";
import type { Reply } from "../../src/connection/errors.ts";
import type { Operation } from "../../src/contract/operations.ts";
import { replies } from "../../src/protocol/replies.ts";

const ID = "01a1fc92-5ef7-7000-8000-080000b221e3";
/** Of sessions. */
const [HERE, ELSEWHERE] = [140_318_227, 240_318_227];
const KEY = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
/** As this place's clock has it, whatever its time zone. */
const TIME = new Date(2026, 10, 21, 5, 26).toISOString();
const LATER = new Date(2026, 10, 22, 7, 8).toISOString();

beforeEach(() => {
  const { level } = chalk;
  chalk.level = 0;
  onTestFinished(() => {
    chalk.level = level;
  });
});

function ok(fields: Partial<Reply>): Reply {
  return { status: "OK", ...fields };
}

/** The rows of a table, its fields apart. */
function rows(text: string | undefined): string[][] {
  return (text ?? "").split("\n").map((line) => line.split(/ {2,}/));
}

const users = ok({
  data: ["alice", "bob"],
  users: [
    { username: "alice", name: "Alice Wati", country: "indonesia", online: true, realm: "rumah" },
    { username: "bob", name: "Bob", country: "timor_leste", online: false, realm: "rumah" },
  ],
  elsewhere: ["carl@kampus", "dewi@kampus"],
});
const realms = ok({
  data: [
    { realm: "rumah", own: true, key: KEY },
    {
      realm: "kampus",
      own: false,
      host: "192.0.2.1",
      port: 8889,
      key: KEY,
      state: "linked",
      contact: TIME,
      error: "old",
      queued: 0,
    },
    {
      realm: "kantor",
      own: false,
      host: "h",
      port: 1,
      key: KEY,
      state: "waiting",
      error: "refused",
      queued: 3,
      oldest: TIME,
    },
  ],
});
const sessions = ok({
  data: [
    { id: HERE, created: TIME, used: LATER, address: "192.0.2.1", client: "chat-client 1.0", current: true },
    { id: ELSEWHERE, created: TIME, used: TIME, current: false },
  ],
});
const message = { id: ID, from: "bob", to: "alice", message: "satu\ndua\ttiga", time: TIME };
const chats = ok({
  data: [
    { with: "bob", last: message, unread: 2 },
    { with: "#kelas", unread: 0, muted: "mentions" },
  ],
});

describe("in words", () => {
  test("users have their full name, country and whether they are online; those of other realms their names", () => {
    const text = listInWords("users", users, 80);
    expect(rows(text)).toEqual([
      ["user", "full name", "country"],
      ["alice", "Alice Wati", "indonesia", "online"],
      ["bob", "Bob", "timor_leste", "offline"],
      ["in other realms: carl@kampus, dewi@kampus"],
    ]);
  });

  test("members have the same, and of one of another realm what is known", () => {
    const members = [
      { user: "alice", name: "Alice Wati", online: true },
      { user: "carl@kampus", name: "Carl" },
    ];
    expect(rows(listInWords("members", ok({ data: ["alice"], members })))).toEqual([
      ["user", "full name"],
      ["alice", "Alice Wati", "online"],
      ["carl@kampus", "Carl"],
    ]);
  });

  test("groups say which are one's own, also those of other realms", () => {
    const text = listInWords(
      "groups",
      ok({ data: ["dev", "kelas"], groups: ["dev", "kelas"], mine: ["kelas", "les@kampus"] }),
    );
    expect(rows(text)).toEqual([["#dev"], ["#kelas", "member"], ["#les@kampus", "member"]]);
    expect(listInWords("groups", ok({ data: [], groups: [], mine: [] }))).toBe("(nothing)");
  });

  test("realms have their state, address, what waits and why; a key is whole", () => {
    expect(rows(listInWords("realms", realms))).toEqual([
      ["realm", "state", "address", "waiting", "why", "key"],
      ["rumah", "this one", KEY],
      ["kampus", "linked", "192.0.2.1:8889", KEY],
      ["kantor", "waiting", "h:1", "3", "refused", KEY],
    ]);
  });

  test("sessions have their times, where they are used, and which is this one", () => {
    expect(rows(listInWords("sessions", sessions))).toEqual([
      ["session", "since", "last used", "address", "client"],
      [String(HERE), "2026-11-21 05:26", "2026-11-22 07:08", "192.0.2.1", "chat-client 1.0", "this one"],
      [String(ELSEWHERE), "2026-11-21 05:26", "2026-11-21 05:26"],
    ]);
  });

  test("who somebody is, and who one is oneself", () => {
    const data = { username: "bob", name: "Bob Budiman", country: "indonesia", realm: "rumah", online: true };
    for (const operation of ["info", "whoami"] as const) {
      expect(rows(listInWords(operation, ok({ data })))).toEqual([
        ["user", "full name", "country", "realm"],
        ["bob", "Bob Budiman", "indonesia", "rumah", "online"],
      ]);
    }
  });

  test("conversations have what is new, and what was said last, in one line", () => {
    expect(rows(replyInWords(chats, { lists }, "chats"))).toEqual([
      ["conversation", "new", "last"],
      ["bob", "2", "2026-11-21 05:26", "bob: satu dua tiga"],
      ["#kelas", "mentions only"],
    ]);
  });

  test("conversations have how often one is named in what is new, and that their last message was deleted", () => {
    const data = [
      { with: "#kelas", last: message, unread: 3, mentions: 2 },
      { with: "carl", last: { id: ID, deleted: true }, unread: 0, mentions: 0 },
    ];
    expect(rows(replyInWords(ok({ data }), { lists }, "chats"))).toEqual([
      ["conversation", "new", "names you", "last"],
      ["#kelas", "3", "2", "2026-11-21 05:26", "bob: satu dua tiga"],
      ["carl", "(message deleted)"],
    ]);
  });

  test("who is banned from a group and who is silenced, until when, and by whom", () => {
    const bans = ok({
      data: [{ user: "bob", by: "alice", time: TIME }],
      silences: [{ user: "carl", by: "dewi", time: TIME, until: LATER }],
    });
    expect(rows(listInWords("bans", bans))).toEqual([
      ["user", "", "since", "until", "by"].filter(Boolean),
      ["bob", "banned", "2026-11-21 05:26", "for good", "alice"],
      ["carl", "silenced", "2026-11-21 05:26", "2026-11-22 07:08", "dewi"],
    ]);
    // Nobody is banned, and yet there is somebody.
    expect(listInWords("bans", ok({ ...bans, data: [] }))).toContain("carl");
    expect(listInWords("bans", ok({ data: [], silences: [] }))).toBe("(nothing)");
  });

  test("a group has its topic, and its rules as they are given", () => {
    const group = { group: "kelas", topic: "ujian", owner: "alice", role: "member", members: 2, created: TIME };
    const rules = { access: "open", history: "all", posting: "open", listed: true, keep: 30, slow: 0 };
    expect(rows(listInWords("groupInfo", ok({ data: { ...group, ...rules } })))).toEqual([
      ["group", "#kelas"],
      ["topic", "ujian"],
      ["owner", "alice"],
      ["role", "a member"],
      ["members", "2"],
      ["rules", "access open, history all, posting open, listed yes, keep 30, slow 0"],
      ["since", "2026-11-21 05:26"],
    ]);
    const silent = listInWords("groupInfo", ok({ data: { ...group, ...rules, topic: "" } }));
    expect(silent).not.toContain("topic");
  });

  test("who asks one into which group", () => {
    const invites = ok({ data: [{ group: "kelas", by: "alice", time: TIME }] });
    expect(rows(listInWords("groupInvitations", invites))[1]).toEqual(["#kelas", "alice", "2026-11-21 05:26"]);
    expect(listInWords("groupInvitations", ok({ data: [] }))).toBe("(nothing)");
  });

  test("what one has set for oneself stands as it is set", () => {
    const data = { allow: "known", refuseGroups: false, presence: true };
    expect(listInWords("settings", ok({ data }))).toBe("allow known\nrefuse-groups off\npresence on");
    const said = listInWords("settings", ok({ data: { ...data, away: "", status: "di rumah" } }));
    expect(said?.split("\n").slice(3)).toEqual(["away", "status di rumah"]);
  });

  test("all that a message has said has its time, and is whole", () => {
    const versions = ok({
      data: [
        { message: "satu", time: TIME },
        { message: "satu\ndua", time: LATER },
      ],
    });
    const indent = " ".repeat("2026-11-22 07:08  ".length);
    expect(listInWords("versions", versions)).toBe(`2026-11-21 05:26  satu\n2026-11-22 07:08  satu\n${indent}dua`);
  });

  test("the titles and states are of the language that is spoken", () => {
    setLanguage("id");
    onTestFinished(() => setLanguage("en"));
    expect(rows(listInWords("users", users))[1]).toEqual(["alice", "Alice Wati", "indonesia", "daring"]);
    expect(rows(listInWords("realms", realms))[2]).toEqual(["kampus", "terhubung", "192.0.2.1:8889", KEY]);
  });

  test.each(["users", "members", "groups", "sessions", "realms", "chats"] as const)("no %s is said so", (operation) => {
    expect(replyInWords(ok({ data: [] }), { lists }, operation)).toBe("(nothing)");
  });

  test("a server that says no more than names is shown with those", () => {
    for (const operation of ["users", "members", "groups"] as const) {
      expect(replyInWords(ok({ data: ["alice", "bob"] }), { lists }, operation)).toBe("alice\nbob");
    }
  });
});

describe("in a window of 80 columns, or as many as there are,", () => {
  test("times of sessions are whole, as their ids are", () => {
    const words = (listInWords("sessions", sessions, 80) ?? "").split(/\s{2,}|\n/);
    const whole = [String(HERE), String(ELSEWHERE), "2026-11-21 05:26", "2026-11-22 07:08"];
    expect(words).toEqual(expect.arrayContaining(whole));
  });

  test("a realm says why it is not linked, where its key has a line of its own", () => {
    const error = "connect ECONNREFUSED 192.0.2.1";
    const place = { host: "192.0.2.1", port: 8889, key: KEY };
    const data = [{ realm: "kampus", own: false, ...place, state: "waiting", error, queued: 3 }];
    const text = listInWords("realms", ok({ data }), 80) ?? "";
    for (const part of [KEY, error, "192.0.2.1:8889"]) expect(text).toContain(part);
  });

  test.each([24, 40, 80, 132])("no line is wider than %i, but one that has an id or a key", (columns) => {
    const long = "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh";
    const one = { username: "alice", name: long, country: long, realm: "rumah", online: true };
    const waiting = { state: "waiting", error: long };
    const listed: readonly (readonly [Operation, Reply])[] = [
      ["users", ok({ data: [], users: [one], elsewhere: [] })],
      ["members", ok({ data: [], members: [{ user: "alice", name: long, online: true }] })],
      ["sessions", sessions],
      ["realms", ok({ data: [{ realm: "kampus", own: false, host: long, port: 1, ...waiting, key: KEY }] })],
      ["info", ok({ data: one })],
      ["chats", ok({ data: [{ with: "bob", last: { ...message, message: long }, unread: 12 }] })],
    ];
    for (const [operation, reply] of listed) {
      for (const line of replyInWords(reply, { columns, lists }, operation).split("\n")) {
        if (!line.includes(String(HERE).slice(1)) && !line.includes(KEY)) {
          expect([operation, line, widthOf(line) <= columns]).toEqual([operation, line, true]);
        }
      }
    }
  });
});

describe("tab separated", () => {
  test("each field is whole and in its place, whether there is anything in it or not", () => {
    expect(plainRows(listPlain("realms", realms) ?? []).split("\n")).toEqual([
      `rumah\town\t\t\t${KEY}\t\t\t\t`,
      `kampus\tlinked\t192.0.2.1\t8889\t${KEY}\t${TIME}\told\t0\t`,
      `kantor\twaiting\th\t1\t${KEY}\t\trefused\t3\t${TIME}`,
    ]);
    expect(plainRows(listPlain("sessions", sessions) ?? []).split("\n")).toEqual([
      `${HERE}\t${TIME}\t${LATER}\tcurrent\t192.0.2.1\tchat-client 1.0`,
      `${ELSEWHERE}\t${TIME}\t${TIME}\t\t\t`,
    ]);
    expect(plainRows(listPlain("chats", chats) ?? []).split("\n")).toEqual([
      `bob\t2\t${TIME}\tbob\tsatu\\ndua\\ttiga\t${ID}\t`,
      "#kelas\t0\t\t\t\t\tmentions",
    ]);
  });

  test("who is silenced is listed as well as who is banned", () => {
    const bans = ok({
      data: [{ user: "bob", by: "alice", time: TIME }],
      silences: [{ user: "carl", by: "dewi", time: TIME, until: LATER }],
    });
    expect(plainRows(listPlain("bans", bans) ?? []).split("\n")).toEqual([
      `bob\talice\t${TIME}\t\tbanned`,
      `carl\tdewi\t${TIME}\t${LATER}\tsilenced`,
    ]);
  });

  test("a tab, a line end and a backslash in a field are written, and what acts on a terminal is named", () => {
    expect(plainField("a\tb\nc\\d\\n")).toBe("a\\tb\\nc\\\\d\\\\n");
    expect(plainField("a\u001b[2J\r\u0007\u202e")).toBe("a\\u001b[2J\\u000d\\u0007\\u202e");
    expect(plainRows([["a", undefined, 5, true, ["x", "y"], "", "z"], []])).toBe('a\t\t5\ttrue\t["x","y"]\t\tz\n');
  });

  test("any text is one field, and can be had back", () => {
    const back = (text: string): string =>
      text.replace(/\\(t|n|\\)/g, (_, sign: string) => ({ t: "\t", n: "\n", "\\": "\\" })[sign] as string);
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", "\t", "\n", "\\", "t", "n", "日") }), (text) => {
        expect(plainField(text)).not.toMatch(/[\t\n]/);
        expect(back(plainField(text))).toBe(text);
      }),
    );
  });

  test("what is no list of this kind is left to others", () => {
    for (const operation of ["users", "send", "history", "hello"] as const) {
      expect(listPlain(operation, users)).toBeUndefined();
    }
  });
});

describe("whatever a server says", () => {
  const evil = fc.constantFrom("\u001b[2J", "a\r\nb\tc", "\u202etxt", "\u0000", "\u009b31m");
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), evil, fc.constant(undefined));
  const keys = [
    "username",
    "user",
    "name",
    "country",
    "online",
    "realm",
    "own",
    "host",
    "port",
    "key",
    "state",
    "contact",
  ];
  const more = ["error", "queued", "oldest", "id", "created", "used", "current", "with", "last", "unread"];
  const row = fc.dictionary(fc.constantFrom(...keys, ...more), value);
  const list = fc.oneof(fc.array(fc.oneof(row, value), { maxLength: 3 }), value);
  const reply = fc.record({ data: list, users: list, members: list, mine: list, elsewhere: list }).map(ok as never);
  const operation = fc.constantFrom<Operation>(
    ...(["users", "members", "groups", "realms", "sessions", "info", "whoami", "chats"] as const),
  );

  test("nothing of it acts on a terminal, and nothing of it is an error", () => {
    fc.assert(
      fc.property(operation, reply as fc.Arbitrary<Reply>, fc.integer({ min: 1, max: 100 }), (what, said, columns) => {
        expect(replyInWords(said, { columns }, what)).not.toMatch(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2028\u2029]/u);
      }),
      { numRuns: 500 },
    );
  });

  test("every row for scripts has as many fields as any other", () => {
    const fields = { realms: 9, sessions: 4, chats: 6 } as const;
    fc.assert(
      fc.property(fc.constantFrom("realms", "sessions", "chats"), reply as fc.Arbitrary<Reply>, (what, said) => {
        const rowsOf = listPlain(what, said) ?? [];
        if (rowsOf.length === 0) return;
        for (const line of plainRows(rowsOf).split("\n")) expect(line.split("\t")).toHaveLength(fields[what]);
      }),
      { numRuns: 500 },
    );
  });

  test("a realm whose state has the name of something else is shown with it", () => {
    for (const state of ["constructor", "__proto__", "toString"]) {
      expect(rows(listInWords("realms", ok({ data: [{ realm: "kampus", own: false, state }] })))).toEqual([
        ["realm", "state"],
        ["kampus", state],
      ]);
    }
  });

  test("of conversations only those that have a name, and how much is new in them, are known", () => {
    const odd = [null, 5, {}, { with: 7 }, { with: "bob", unread: "many", last: { id: 1 } }, { with: "carl" }];
    const read = replies.chats.read({ data: [...odd, { with: "\u001b[2J", unread: 0 }] });
    expect(read && chatsIn(read)).toEqual([
      { name: "\u001b[2J", unread: 0, mentions: 0, text: "", time: "", muted: false },
    ]);
  });
});
