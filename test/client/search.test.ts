/** What is typed to search, as the server is asked for it; and all that it finds, page by page. */
import { describe, expect, test } from "vitest";
import { searchOf } from "../../src/client/script/script.ts";
import { searchIn, searchMessages, searchWithOptions } from "../../src/client/search.ts";
import { splitWords } from "../../src/client/shell-words.ts";
import type { Reply } from "../../src/connection/errors.ts";
import { callOf } from "../support/call.ts";

describe("in a script", () => {
  test.each([
    ["search bob tugas akhir", { with: "bob", words: "tugas akhir" }],
    ["search @bob tugas", { with: "bob", words: "tugas" }],
    ["search #kelas tugas", { with: "#kelas", words: "tugas" }],
    ["search tugas", { words: "tugas" }],
    ['search "tugas akhir"', { words: '"tugas akhir"' }],
    ['search bob "tugas akhir" besok', { with: "bob", words: '"tugas akhir" besok' }],
    ["search bob before dawn", { with: "bob", words: '"before" dawn' }],
    ["search in bob", { with: "in", words: "bob" }],
    ["search in bob limit 3 tug*", { with: "bob", limit: 3, words: "tug*" }],
  ])("%s", (line, wanted) => {
    expect(searchOf(splitWords(line))).toEqual(wanted);
  });

  test("nothing to look for is a slip", () => {
    expect(() => searchOf(["search"])).toThrow("search [NAME|#GROUP] TEXT");
  });
});

test("options that are none are words", () => {
  expect(searchWithOptions(["search", "since", "yesterday", "x"])).toBeUndefined();
  expect(searchIn(undefined, ["since", "yesterday"])).toEqual({ words: '"since" yesterday' });
});

/** A server with `count` messages that fit, numbered from 1; at most `most` of a page. */
function server(count: number, most: number, behind = false) {
  const asked: string[] = [];
  const call = callOf(async (text): Promise<Reply> => {
    asked.push(text);
    const [, before, limit] = /(?: before (\S+))? limit (\d+) /.exec(text) ?? [];
    const end = before === undefined ? count : Number.parseInt(before, 16) - 1;
    const begin = Math.max(0, end - Math.min(most, Number(limit)));
    const data = Array.from({ length: end - begin }, (_, i) => ({
      id: String(end - i),
      from: "bob",
      to: "alice",
      message: `M${end - i}`,
      time: "2026-11-21T05:26:53.431Z",
      snippet: "M",
      found: ["M"],
    }));
    return { status: "OK", data, ...(begin > 0 && { more: true, before: hex(begin + 1) }), ...(behind && { behind }) };
  });
  return { call, asked };
}

function hex(n: number): string {
  return n.toString(16).padStart(8, "0");
}

test("all that is found comes, oldest first, page by page, and what there is before it", async () => {
  const { call, asked } = server(25, 10);
  const { messages, before, behind } = await searchMessages(call, { words: "m" }, 22);
  expect(messages.map(({ message }) => message)).toEqual(Array.from({ length: 22 }, (_, i) => `M${i + 4}`));
  expect({ before, behind }).toEqual({ before: hex(4), behind: false });
  expect(asked).toEqual([
    "search limit 22 m",
    `search before ${hex(16)} limit 12 m`,
    `search before ${hex(6)} limit 2 m`,
  ]);
});

test("no more than was asked for, and whether the newest may be missing", async () => {
  const { call } = server(25, 10, true);
  const { messages, behind } = await searchMessages(call, { words: "m", limit: 3 }, 100);
  expect(messages).toHaveLength(3);
  expect(behind).toBe(true);
});

test("a server that says more and gives none comes to an end", async () => {
  const endless: Reply = { status: "OK", data: [], more: true, before: "1" };
  const call = callOf(async () => endless);
  expect(await searchMessages(call, { words: "m" }, 10)).toEqual({ messages: [], before: "1", behind: false });
});
