/** Which words find which messages. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Person } from "../support/people.ts";
import { newUser, ok, refused } from "../support/people.ts";
import { type LocalServer, startServer } from "../support/server.ts";
import { answered, found } from "./support.ts";

let server: LocalServer;
let alice: Person;
let bob: Person;

const texts = [
  "Rapat besok pagi, jam sembilan",
  "Jangan lupa mengumpulkan tugas akhir ke Pak Guru",
  "Undangan: café Zürich — naïve Ångström",
  "会議は明日です。資料を持ってきてください",
  "Привет, Ёлка",
  "e-mail: budi.santoso@kampus.ac.id",
  "50% diskon C++ & C#",
  "🙂🙂 hore",
  "kata 'dalam' \"kutipan\" * AND OR",
  "dua\nbaris",
];

beforeAll(async () => {
  server = await startServer(["--memory"]);
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob");
  for (const text of texts) await ok(alice.client.request(`send bob ${text}`));
  return () => server.stop();
});

describe("what is looked for is found in", () => {
  test.each([
    ["rapat", 0],
    ["RAPAT PAGI", 0],
    ["pagi rapat", 0],
    ['"besok pagi"', 0],
    ['"pagi jam"', 0],
    ["sembil*", 0],
    ["mengumpul*", 1],
    ['tugas "pak guru"', 1],
    ["cafe", 2],
    ["CAFÉ", 2],
    ["zurich angstrom", 2],
    ["naive", 2],
    // A run of letters without blanks is one word: of Chinese and Japanese it is what stands between signs.
    ["会議は明日です", 3],
    ["会議*", 3],
    ["資料*", 3],
    ["привет", 4],
    ["ёлка", 4],
    ["e-mail", 5],
    ["budi.santoso@kampus.ac.id", 5],
    ['"kampus ac"', 5],
    ["50%", 6],
    ["c++ diskon", 6],
    ["🙂 hore", 7],
    ["kutipan", 8],
    ["AND", undefined],
    ["or kutipan", 8],
    ["baris dua", 9],
    ['"dua baris"', 9],
    ['"rapat besok', 0],
  ] as const)("%s", async (words, at) => {
    const wanted = at === undefined ? [texts[8]] : [texts[at]];
    expect(await found(bob.client, words)).toEqual(wanted);
  });
});

describe("nothing is found by", () => {
  test.each([
    "rapatnya",
    "apat",
    '"pagi besok"',
    "rapat tugas",
    "明日",
    // What is typed is no expression.
    "rapat NOT besok",
    "rapat OR tugas",
    "NEAR(rapat besok)",
    "text:rapat",
    "^rapat zz",
    // Marks are taken from Latin letters only.
    "елка",
    "rapat + besok2",
    "{text}: rapat zzz",
    '"rapat" AND',
    'rapat" OR "tugas zz',
    "p1",
    "s1",
    "o1",
    "ra*pat",
    "*rapat zz",
  ])("%s", async (words) => {
    expect(await found(bob.client, words)).toEqual([]);
  });
});

describe("refused is", () => {
  test.each([
    "",
    "!!",
    "🙂",
    "a*",
    "*",
    '""',
    '"',
    "in",
    "in bob",
    "since 2026-13-01 rapat",
    "since 2026-11-21T08:00 rapat",
    "until 2026-11-21T25:00:00Z rapat",
    "until 21-11-2026 rapat",
    "limit 0 rapat",
    "limit 1001 rapat",
    "before x rapat",
    "limit 5 in alice rapat",
    "from alice in bob rapat",
    `${"a ".repeat(17)}`,
    `${"ab".repeat(251)}`,
  ])("%s", async (words) => {
    expect(await refused(bob.client.request(`search ${words}`))).toBe("bad-request");
  });
});

test("whatever signs stand in it, a search is answered, and the server goes on", async () => {
  const signs = [
    '"',
    "'",
    "*",
    "(",
    ")",
    "{",
    "}",
    ":",
    "^",
    "+",
    "-",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "rapat",
    "\\",
    "%",
    "_",
    ";",
  ];
  let seed = 7;
  const next = (most: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % most;
  };
  for (let i = 0; i < 200; i++) {
    const words = Array.from({ length: 1 + next(8) }, () => signs[next(signs.length)] + (next(2) === 0 ? " " : ""));
    const reply = await bob.client.request(`search ${words.join("")}`);
    expect(["OK", "bad-request"]).toContain(reply.status === "OK" ? "OK" : reply.code);
  }
  expect(await found(bob.client, "rapat")).toEqual([texts[0]]);
});

test("a snippet is the part of a long text where the words stand, and says which they are", async () => {
  const long = `${"awal ".repeat(300)}jarum di jerami${" akhir".repeat(300)}`;
  await ok(alice.client.request(`send bob ${long}`));
  const reply = await ok(bob.client.request("search JERAMI jar*"));
  expect(reply.data).toMatchObject([
    { message: long, snippet: expect.stringMatching(/^….*jarum di jerami.*…$/), found: ["jarum", "jerami"] },
  ]);
  const run = "x".repeat(5000);
  await ok(alice.client.request(`send bob ${run}`));
  const [one] = (await ok(bob.client.request("search xxx*"))).data as { snippet: string }[];
  expect(one?.snippet.length).toBeLessThan(300);
});

test("a file is found by its name", async () => {
  await ok(alice.client.request("sendfile bob laporan-tahunan.pdf aGFsbw=="));
  expect(await found(bob.client, "tahunan")).toEqual(["laporan-tahunan.pdf"]);
});

test("page by page all that fits comes once, the newest first", async () => {
  for (let i = 0; i < 250; i++) await ok(alice.client.request(`send bob halaman ${i}`));
  const all: string[] = [];
  let before = "";
  for (;;) {
    const reply = await ok(bob.client.request(`search ${before}limit 60 halaman`));
    all.push(...(reply.data as { message: string }[]).map(({ message }) => message));
    if (reply["more"] !== true) break;
    before = `before ${String(reply["before"])} `;
  }
  expect(all).toEqual(Array.from({ length: 250 }, (_, i) => `halaman ${249 - i}`));
  expect(await answered(bob.client, "limit 250 halaman")).toMatchObject({ behind: false });
});

test("what was said a moment ago, on the same connection, is found", async () => {
  for (let i = 0; i < 20; i++) {
    const [, reply] = await Promise.all([
      bob.client.request(`send alice segera${i}`),
      bob.client.request(`search segera${i}`),
    ]);
    expect(reply).toMatchObject({ data: [{ message: `segera${i}` }] });
  }
});

test("a day is the whole of it, in UTC, and a moment is itself", async () => {
  await ok(alice.client.request("send bob tanggal"));
  const [{ time } = { time: "" }] = (await ok(bob.client.request("search tanggal"))).data as { time: string }[];
  const day = time.slice(0, 10);
  const later = new Date(Date.parse(time) + 1).toISOString();
  const earlier = new Date(Date.parse(time) - 1).toISOString();
  for (const [options, wanted] of [
    [`since ${day} until ${day}`, 1],
    [`since ${time} until ${time}`, 1],
    [`since ${time.replace("Z", "+00:00")}`, 1],
    [`since ${later}`, 0],
    [`until ${earlier}`, 0],
    ["until 2020-01-01", 0],
    ["since 2999-01-01", 0],
  ] as const) {
    expect([options, await found(bob.client, `${options} tanggal`)]).toEqual([options, Array(wanted).fill("tanggal")]);
  }
});
