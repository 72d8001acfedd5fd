import { describe, expect, test } from "vitest";
import { Problem } from "../../src/protocol/kinds.ts";
import { Pattern } from "../../src/protocol/pattern.ts";
import { command } from "../../src/protocol/row.ts";
import { type KindName, kinds } from "../../src/protocol/values.ts";
import { Words } from "../../src/protocol/words.ts";

const TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e";

/** What a pattern makes of a request: its values, "another form", or what is wrong with a value. */
function reading(pattern: Pattern, request: string, tokenAt = -1): unknown {
  const match = pattern.match(new Words().of(request), tokenAt);
  if (match === undefined) return "another form";
  return match instanceof Problem ? match : { ...match.input, ...(match.token && { token: match.token }) };
}

const read = (source: string, request: string): unknown => reading(new Pattern(source), request);

/** What a parameter of this kind makes of a word. */
const value = (kind: KindName, word: string): unknown => kinds[kind].read(word);

describe("a request has the pattern's form", () => {
  const group = "group set <group> posting open";
  test.each([
    ["ping", "ping", {}],
    ["ping", "PiNg", {}],
    ["ping", "\t ping ", {}],
    ["ping", "ping pong", "another form"],
    ["info [user]", "info", {}],
    ["info [user]", "info Messi", { user: "Messi" }],
    ["info [user]", "info messi x", "another form"],
    ["addrealm <realm> [host] [port]", "addrealm a", { realm: "a" }],
    ["addrealm <realm> [host] [port]", "addrealm a 10.0.0.1", { realm: "a", host: "10.0.0.1" }],
    ["addrealm <realm> [host] [port]", "addrealm a \t h   99", { realm: "a", host: "h", port: 99 }],
    ["addrealm <realm> [host] [port]", "addrealm", "another form"],
    [group, "group set kelas posting open", { group: "kelas" }],
    [group, "GROUP Set kelas POSTING Open", { group: "kelas" }],
    [group, "group set kelas posting", "another form"],
    [group, "group get kelas posting open", "another form"],
    ["history <with> [before <before>] [limit <limit>]", "history a", { with: "a" }],
    ["history <with> [before <before>] [limit <limit>]", "history #a limit 5", { with: "#a", limit: 5 }],
    ["history <with> [before <before>] [limit <limit>]", `history a BEFORE ${TOKEN}`, { with: "a", before: TOKEN }],
    [
      "history <with> [before <before>] [limit <limit>]",
      `history a before ${TOKEN} limit 5`,
      { with: "a", before: TOKEN, limit: 5 },
    ],
    ["history <with> [before <before>] [limit <limit>]", "history a limit", "another form"],
    ["history <with> [before <before>] [limit <limit>]", "history a 5", "another form"],
    ["send <user[@realm]> <text...>", "send b", "another form"],
    ["send <user[@realm]> <text...>", "send b ", "another form"],
    ["send <user[@realm]> <text...>", "send b@r hi", { user: { name: "b", realm: "r" }, text: "hi" }],
  ])("%s: %s", (source, request, gives) => {
    expect(read(source, request)).toEqual(gives);
  });

  test("a text starts after one blank and keeps every other", () => {
    expect(read("send <user> <text...>", "send  b   hi  there ")).toEqual({ user: "b", text: "  hi  there " });
    expect(read("send <user> <text...>", "send b\thi")).toEqual({ user: "b", text: "hi" });
  });

  test("parameters keep their case, a text may hold the pattern's own words", () => {
    expect(read("send <user> <text...>", "SEND Bob send bob SEND")).toEqual({ user: "Bob", text: "send bob SEND" });
  });

  test("a wrong value is told from another form", () => {
    expect(read("send <user> <text...>", "send !!! hi")).toBeInstanceOf(Problem);
    expect(read("send <user> <text...>", "send !!!")).toBe("another form");
  });

  test("a pattern of a value that nobody knows is refused at the start", () => {
    expect(() => new Pattern("paint <colour>")).toThrow("colour");
  });
});

describe("a token", () => {
  const place = (pattern: Pattern, request: string): number => pattern.tokenPlace(new Words().of(request));

  test("may stand after the request's own words", () => {
    const send = new Pattern("send <user> <text...>");
    expect(place(send, `send ${TOKEN} b hi`)).toBe(1);
    expect(reading(send, `send ${TOKEN} b hi`, 1)).toEqual({ user: "b", text: "hi", token: TOKEN });
    const set = new Pattern("group set <group> posting open");
    expect(place(set, `group set ${TOKEN} kelas posting open`)).toBe(2);
    expect(reading(set, `group set ${TOKEN} kelas posting open`, 2)).toEqual({ group: "kelas", token: TOKEN });
    const logout = new Pattern("logout");
    expect(place(logout, `logout ${TOKEN}`)).toBe(1);
    expect(reading(logout, `logout ${TOKEN}`, 1)).toEqual({ token: TOKEN });
  });

  test("may stand after the first parameter", () => {
    const mkgr = new Pattern("mkgr <group>");
    expect(place(mkgr, `mkgr kelas ${TOKEN}`)).toBe(-1);
    expect(mkgr.tokenPlaceAfterFirst(new Words().of(`mkgr kelas ${TOKEN}`))).toBe(2);
    expect(mkgr.tokenPlaceAfterFirst(new Words().of("mkgr kelas"))).toBe(-1);
    expect(place(mkgr, `mkgr ${TOKEN} kelas`)).toBe(1);
    expect(reading(mkgr, `mkgr kelas ${TOKEN}`, 2)).toEqual({ group: "kelas", token: TOKEN });
  });

  test("must stand where the pattern names it", () => {
    expect(read("my file <token>", `my file ${TOKEN}`)).toEqual({ token: TOKEN });
    expect(read("my file <token>", "my file")).toBe("another form");
    expect(read("my file <token>", "my file messi")).toBe("another form");
  });

  test("is the same in any case", () => {
    expect(read("my file <token>", `my file ${TOKEN.toUpperCase()}`)).toEqual({ token: TOKEN });
  });

  test("is not whatever is as long", () => {
    expect(place(new Pattern("logout"), `logout ${"x".repeat(36)}`)).toBe(-1);
  });
});

describe("a value", () => {
  const long = "a".repeat(32);
  const good: readonly (readonly [KindName, string, unknown])[] = [
    ...["a", "7up", "Lionel_Messi", "a.b-c", long].map((name) => ["user", name, name] as const),
    ["group", "kelas", "kelas"],
    ["user[@realm]", "messi", { name: "messi" }],
    ["user[@realm]", "messi@Barca.1", { name: "messi", realm: "Barca.1" }],
    ["members", "a,b@r", [{ name: "a" }, { name: "b", realm: "r" }]],
    ["members", "a,,b,", [{ name: "a" }, { name: "b" }]],
    ["password", "123", "123"],
    ["password", "päß€", "päß€"],
    ["name", "joko_widodo", "joko widodo"],
    ["name...", "joko_widodo dua", "joko widodo dua"],
    ["country", "indonesia", "indonesia"],
    ["port", "65535", 65535],
    ["limit", "1000", 1000],
    ["id", TOKEN.toUpperCase(), TOKEN],
    ["with", "#kelas", "#kelas"],
    ["filename", "laporan akhir.pdf", "laporan akhir.pdf"],
    ["filename", ".profile", ".profile"],
    ["filename", "é".repeat(127), "é".repeat(127)],
    ["b64", "aGFsbw==", Buffer.from("halo")],
    ["b64", "b'aGFsbw=='", Buffer.from("halo")],
    ["b64", 'b"aGFsbw=="', Buffer.from("halo")],
    ["b64", "b''", Buffer.alloc(0)],
    ["text...", "a\r\nb\rc\nd", "a\nb\nc\nd"],
    ["text...", "a\r\r\n\nb", "a\n\n\nb"],
    ["text...", "\n\thalo", "\n\thalo"],
    ["text...", " ", " "],
    ["text...", "😀 ﷽ \u200d", "😀 ﷽ \u200d"],
  ];
  test.each(good)("%s: %j is read", (kind, word, gives) => {
    expect(value(kind, word)).toEqual(gives);
  });

  const bad: readonly (readonly [KindName, string])[] = [
    ...["", "_a", "-a", ".a", "a b", "a/b", "a@b", "é", "a\n", `${long}a`, TOKEN].map(
      (name) => ["user", name] as const,
    ),
    ...["a@", "@r", "a@b@c", "a@b c", "@"].map((address) => ["user[@realm]", address] as const),
    ["members", "a,b c"],
    ["password", "a\u0000b"],
    ["password", "a\nb"],
    ["password", "x".repeat(257)],
    ["name", "a\u0007"],
    ["name", "x".repeat(129)],
    ["name...", "joko\nwidodo"],
    ["country", "x".repeat(65)],
    ...["0", "65536", "-1", "1e3", "0x10", "1.5", "", "99999999999"].map((port) => ["port", port] as const),
    ...["0", "1001", "all"].map((limit) => ["limit", limit] as const),
    ["id", "x".repeat(36)],
    ["with", "##a"],
    ["filename", "."],
    ["filename", ".."],
    ["filename", "a\u0000.txt"],
    ["filename", "a\n.txt"],
    ["filename", "x".repeat(300)],
    ["filename", "é".repeat(128)],
    ...["a", "aGFsbw=", "aGFs*w==", "b'aGFsbw", "aGFs\nbw==", "=aaa"].map((b64) => ["b64", b64] as const),
    ["text...", ""],
    ["text...", "a\u0000"],
    ["text...", "a\u001b[31m"],
    ["text...", "a\u007f"],
    ["text...", "a\u0085"],
    ["text...", "a\u000b"],
  ];
  test.each(bad)("%s: %j is refused, and a detail says why", (kind, word) => {
    const problem = value(kind, word);
    expect(problem).toBeInstanceOf(Problem);
    expect((problem as Problem).detail).toMatch(/\w+.*\w+/);
  });

  test.each(["../a", "/etc/passwd", "a/b", "..\\a", "C:\\a.txt", "a/", "a/.."])(
    "a file name never names a folder: %j",
    (word) => {
      const name = value("filename", word);
      expect(name instanceof Problem || (!/[/\\]/.test(String(name)) && name !== ".." && name !== "")).toBe(true);
    },
  );

  test("a text without an error holds no CR, so that none can forge a frame", () => {
    for (const text of ["a\r\n\r\nb", "\r\r\r", "a\r", "\r\n\r\n"])
      expect(String(value("text...", text))).not.toContain("\r");
  });

  // A value that was read is stored, and may be sent on to another realm: it must arrive the same.
  test.each(good)("%s: %j is written so that it is read the same again", (kind, word) => {
    const before = value(kind, word);
    const written = (kinds[kind].write as (of: unknown) => string)(before);
    expect(value(kind, written)).toEqual(before);
    if (kind === "b64") expect(read("put <b64>", `put ${written}`)).toEqual({ b64: before });
  });
});

/** What the compiler says of each is what matters; one of them does not even start. */
const rows = (): unknown[] => [
  // @ts-expect-error the text is missing
  command("send", "send <user[@realm]>", ""),
  // @ts-expect-error a name is not the address that is wanted
  command("send", "send <user> <text...>", ""),
  // @ts-expect-error the text may be missing
  command("changePassword", "passwd <old> [new]", ""),
  // @ts-expect-error there is no such parameter
  command("send", "send <user[@realm]> <colour> <text...>", ""),
  // @ts-expect-error the operation knows no user
  command("ping", "ping <user>", ""),
  // @ts-expect-error nor a port
  command("users", "ls [port]", ""),
  // @ts-expect-error nobody says whether on or off
  command("watch", "watch", ""),
  // @ts-expect-error that is not one of the ways
  command("register", "register <user> <password>", "", { give: { session: "sometimes" as const } }),
  // @ts-expect-error given what the operation does not know
  command("ping", "ping", "", { give: { loud: true } }),
  // @ts-expect-error there is no such operation
  command("sing", "sing <text...>", ""),
  // These are rows.
  command("watch", "watch", "", { give: { on: true } }),
  command("sendFile", "sendfileserver <token> <own> <user[@realm]> <filename>", ""),
];

test("a row whose parameter is of no known kind is refused by the compiler, and when the program starts", () => {
  expect(rows).toThrow(/colour/);
});
