/** What the client says, in two languages: each text is there, says what the other says, and is in its own language. */
import { describe, expect, onTestFinished, test } from "vitest";
import { en } from "../../../src/client/language/en.ts";
import { id } from "../../../src/client/language/id.ts";
import {
  isAsciiLocale,
  languageOf,
  languages,
  setLanguage,
  type Wording,
  wording,
} from "../../../src/client/language/wording.ts";
import { refusalInWords } from "../../../src/client/refusal-words.ts";
import { replyInWords } from "../../../src/client/render.ts";
import { inAscii } from "../../../src/client/terminal/ascii.ts";
import { commands } from "../../../src/client/terminal/commands.ts";
import { ownCommands } from "../../../src/client/vocabulary.ts";
import type { Reply } from "../../../src/connection/errors.ts";
import { codes } from "../../../src/contract/codes.ts";
import { about } from "../../../src/protocol/about.ts";

function indonesian(): void {
  setLanguage("id");
  onTestFinished(() => setLanguage("en"));
}

/** In English these stand where the commands and keys themselves are. */
const ELSEWHERE = /^(aboutRows|aboutOwn|aboutKeys|titlesOfKeys)\b/;

/** A reply with all that texts tell of one. */
const reply: Reply = {
  status: "OK",
  group: "A0",
  realm: "A1",
  state: "A2",
  dialect: "A3",
  posting: "open",
  watching: true,
  file: { name: "A4" },
};

/** What a text says, with a mark for each thing that it is told of. */
function said(text: unknown, path: string): string {
  if (typeof text !== "function") return String(text);
  if (path.startsWith("done.")) return String(text(reply));
  // A list with one text in it goes where a text, a number, a list or a yes is wanted.
  return String(text(...Array.from({ length: 6 }, (_, i) => [`A${i}`])));
}

/** Every text of a table, by the way to it. */
function* textsOf(value: unknown, path = ""): Iterable<readonly [path: string, text: string]> {
  if (typeof value === "object" && value !== null && !(value instanceof RegExp)) {
    for (const [key, one] of Object.entries(value)) yield* textsOf(one, path === "" ? key : `${path}.${key}`);
  } else if (value !== undefined) yield [path, said(value, path)];
}

function table(words: Wording): Map<string, string> {
  return new Map([...textsOf(words)].filter(([path]) => !ELSEWHERE.test(path)));
}

const [english, indonesia] = [table(en), table(id)];

test("both tables have the same texts, and none of them is empty", () => {
  expect([...indonesia.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  expect(english.size).toBeGreaterThan(200);
  for (const [path, text] of [...english, ...indonesia]) expect([path, text.trim()]).not.toEqual([path, ""]);
});

test("both tell of the same things: a name that one says the other says, too", () => {
  const told = (text: string | undefined): string[] => [...new Set(text?.match(/\bA\d\b/g))].toSorted();
  for (const [path, text] of english) expect([path, told(indonesia.get(path))]).toEqual([path, told(text)]);
});

/** What is the same in both: names of things, signs, what one types. */
const SAME = [
  "about.ping",
  "done.ping",
  "enter.yes",
  "enter.server",
  "lists.realm",
  "admin.id",
  "admin.file",
  "events.file",
  "chat.leftOut",
  "help.requests",
];

test("no text of the one is left in the other", () => {
  const same = [...english].filter(([path, text]) => indonesia.get(path) === text).map(([path]) => path);
  // The words of a command are not translated: `open bob`, `/part`.
  const sentences = same.filter((path) => !/^help\.(speak|topicRows|ircRows)\.\d+\.\d+$/.test(path));
  expect(sentences.filter((path) => !SAME.includes(path))).toEqual([]);
});

test("no English word that is none in Indonesian stands in an Indonesian text", () => {
  const foreign = /\b(the|is|are|not|was|were|and|with|that|this|you|your|there|here|of|no|message|user|group|wait)\b/i;
  for (const [path, text] of indonesia) {
    // Words that one types, and names of things.
    const own = text.replace(/help groups|A\d|group set/g, "");
    expect([path, own.match(foreign)?.[0]]).toEqual([path, undefined]);
  }
});

test("every text can be drawn with ASCII signs", () => {
  for (const [path, text] of [...english, ...indonesia, ...textsOf(id.aboutOwn), ...textsOf(id.aboutKeys)]) {
    expect([path, inAscii(text)]).toEqual([path, expect.stringMatching(/^[\n -~]*$/)]);
  }
});

test("what one types is the same in both", () => {
  const commands = (rows: readonly (readonly [string, string])[]): string[] =>
    rows.map(([left]) => left.replace(/\b[A-Z]{3,}\b|\/kata|\/word/g, "X"));
  for (const part of ["speak", "topicRows", "ircRows"] as const) {
    expect(commands(id.help[part])).toEqual(commands(en.help[part]));
  }
});

test.each([
  ["en", en],
  ["id", id],
] as const)("%s has a text for every code and a place for every operation, and no other", (_, words) => {
  expect(Object.keys(words.codes).toSorted()).toEqual(Object.keys(codes).toSorted());
  expect(Object.keys(words.done).toSorted()).toEqual(Object.keys(about).toSorted());
  expect(Object.keys(words.about).toSorted()).toEqual(Object.keys(about).toSorted());
});

test("Indonesian tells of every command and every key, and of no other", () => {
  expect(Object.keys(id.aboutOwn).toSorted()).toEqual(ownCommands.map(({ name }) => name).toSorted());
  const names = commands.flatMap(({ rows }) => Object.keys(rows));
  expect(Object.keys(id.aboutKeys).toSorted()).toEqual(names.toSorted());
  expect(Object.keys(id.titlesOfKeys)).toEqual(commands.map(({ title }) => title));
  for (const [path, text] of textsOf([id.aboutOwn, id.aboutKeys, id.titlesOfKeys])) {
    expect([path, text.trim()]).not.toEqual([path, ""]);
  }
});

test("a success is one short line, without the server's own words", () => {
  const server = { message: "Message sent", data: "Message sent" };
  for (const words of [en, id]) {
    for (const [operation, done] of Object.entries(words.done)) {
      if (done === undefined) continue;
      const text = typeof done === "string" ? done : done({ ...reply, ...server });
      expect([operation, text]).toEqual([operation, expect.not.stringMatching(/\n|Message sent|undefined|\[object/)]);
      // A reply that tells of nothing is no harm.
      if (typeof done === "function") {
        for (const none of [{}, { file: null, group: 5, realm: {}, posting: [] }]) {
          expect([operation, done({ status: "OK", ...none })]).toEqual([
            operation,
            expect.not.stringMatching(/undefined|null|\[object|^\s*$/),
          ]);
        }
      }
    }
  }
});

test("a name in a success acts on no terminal", () => {
  for (const words of [en, id]) {
    const { createGroup } = words.done;
    expect(typeof createGroup === "function" && createGroup({ status: "OK", group: "k\u001b[2J" })).toContain(
      "#k\\u001b[2J",
    );
  }
});

describe("spoken is", () => {
  test("English, unless another is asked for; and what is said changes with it", () => {
    expect(wording).toBe(en);
    const refused = { status: "ERROR", message: "Grup tidak ada", code: "group-not-found" };
    expect([refusalInWords(refused), replyInWords({ status: "OK", group: "les" }, {}, "createGroup")]).toEqual([
      "there is no such group",
      "#les is made",
    ]);
    indonesian();
    expect([refusalInWords(refused), replyInWords({ status: "OK", group: "les" }, {}, "createGroup")]).toEqual([
      "tidak ada grup itu",
      "#les sudah dibuat",
    ]);
  });

  test("in how many seconds one may try again", () => {
    const refused = { status: "ERROR", message: "tunggu sebentar", code: "rate-limited", retry: 20 };
    expect(refusalInWords(refused)).toBe("too many tries; try again in 20 s");
    indonesian();
    expect(refusalInWords(refused)).toBe("terlalu banyak percobaan; coba lagi 20 detik lagi");
  });

  test("what a server says in English of a refusal is left out in Indonesian, but for names and how it is asked", () => {
    const refused = { status: "ERROR", code: "bad-request" };
    indonesian();
    expect(refusalInWords({ ...refused, detail: "group: not a name (1-32 of letters)" })).toBe(
      "bukan begitu cara memintanya (group: bukan nama (1-32 huruf, angka, _ . -, diawali huruf atau angka))",
    );
    expect(refusalInWords({ ...refused, detail: "text: of another kind" })).toBe("bukan begitu cara memintanya");
    expect(refusalInWords({ ...refused, detail: "bob@kampus" })).toBe("bukan begitu cara memintanya (bob@kampus)");
    expect(refusalInWords({ ...refused, detail: "use: send <user>" })).toContain("(pakai: send <user>)");
  });

  test("why one may not do something in a group is said in Indonesian, too", () => {
    const refused = (code: string, detail: string): string => refusalInWords({ status: "ERROR", code, detail });
    indonesian();
    expect(refused("forbidden", "silenced in the group")).toBe(
      "itu tidak diizinkan di sini (dilarang berbicara di grup ini)",
    );
    expect(refused("forbidden", "banned from the group")).toContain("(diblokir dari grup ini)");
    expect(refused("forbidden", "only the owner of the group may do this")).toContain("(hanya pemilik grup)");
    expect(refused("rate-limited", "the group is slow: one message in 5 s")).toContain("satu pesan tiap 5 detik");
    expect(refused("user-not-found", "he is not in the group")).toContain("(ia bukan anggota grup ini)");
  });

  test("how something is asked is shown without a token, which nobody types, where it can be", () => {
    const refused = (detail: string): string => refusalInWords({ status: "ERROR", code: "bad-request", detail });
    expect(refused("use: send <token> <user> <text...> | send <user> <text...>")).toBe(
      "that is not how this is asked (use: send <user> <text...>)",
    );
    expect(refused("use: my file <token>")).toContain("use: my file <token>");
  });

  test("why one is banned is said as the operator wrote it", () => {
    const refused = { status: "ERROR", code: "banned", detail: "menulis kepada semua; until 2026-12-01T00:00:00.000Z" };
    indonesian();
    expect(refusalInWords(refused)).toBe(
      "kamu diblokir dari server ini (menulis kepada semua; until 2026-12-01T00:00:00.000Z)",
    );
  });

  test.each([
    ["id", { LANG: "id_ID.UTF-8" }],
    ["id", { LANG: "id" }],
    ["id", { LANG: "ID_id" }],
    ["id", { LANG: "in_ID" }],
    ["id", { LANG: "ind" }],
    ["id", { LANG: "id.UTF-8" }],
    ["id", { LANG: "id@latin" }],
    ["id", { LC_ALL: "id_ID.UTF-8", LC_MESSAGES: "C", LANG: "en_US.UTF-8" }],
    ["id", { LC_ALL: "", LC_MESSAGES: "id_ID", LANG: "en_US" }],
    ["en", { LC_ALL: "C", LC_MESSAGES: "id_ID", LANG: "id_ID" }],
    ["en", { LC_MESSAGES: "en_US", LANG: "id_ID" }],
    ["en", { LC_CTYPE: "id_ID.UTF-8" }],
    ["en", { LANG: "C" }],
    ["en", { LANG: "POSIX" }],
    ["en", { LANG: "de_DE.UTF-8" }],
    ["en", { LANG: "idx_XX" }],
    ["en", { LANG: "identity" }],
    ["en", { LANG: "inh_RU" }],
    ["en", { LANG: "" }],
    ["en", {}],
  ] as const)("%s where the environment is %j", (language, env) => {
    expect(languageOf(env)).toBe(language);
    expect(languages).toContain(language);
  });

  test("with times as they are written there", () => {
    for (const { locale } of [en, id]) expect(Intl.DateTimeFormat.supportedLocalesOf(locale)).toEqual([locale]);
  });
});

describe("a terminal", () => {
  test.each([
    [{ LC_ALL: "C" }],
    [{ LC_ALL: "POSIX", LANG: "en_US.UTF-8" }],
    [{ LC_CTYPE: "C", LANG: "en_US.UTF-8" }],
    [{ LC_ALL: "", LC_CTYPE: "", LANG: "C" }],
    [{ LANG: "en_US.ISO-8859-1" }],
    [{ LANG: "id_ID" }],
  ] as const)("shows ASCII only where the environment is %j", (env) => {
    expect(isAsciiLocale(env)).toBe(true);
  });

  test.each([
    [{}],
    [{ LANG: "" }],
    [{ LANG: "C.UTF-8" }],
    [{ LANG: "en_US.utf8" }],
    [{ LC_ALL: "id_ID.UTF-8", LC_CTYPE: "C", LANG: "C" }],
    [{ LC_CTYPE: "en_US.UTF-8", LANG: "C" }],
    // Messages have another language, not other signs.
    [{ LC_MESSAGES: "C", LANG: "en_US.UTF-8" }],
    [{ LC_MESSAGES: "C" }],
  ] as const)("shows all signs where the environment is %j", (env) => {
    expect(isAsciiLocale(env)).toBe(false);
  });
});
