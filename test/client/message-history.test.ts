/** What was said before: as many messages as are wanted, page by page, and marks on what was looked for. */
import { stripVTControlCharacters } from "node:util";
import chalk from "chalk";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { highlightMatches, newestMessages } from "../../src/client/message-history.ts";
import { errorInWords } from "../../src/client/refusal-words.ts";
import { RefusedRequest, type Reply, UnreadableReply } from "../../src/connection/errors.ts";
import { callOf } from "../support/call.ts";

/** A server with `count` messages in a conversation, numbered from 1; at most `most` of a page. */
function server(count: number, most = 1000) {
  const asked: string[] = [];
  const call = callOf(async (text): Promise<Reply> => {
    asked.push(text);
    const [, before, limit] = /^history \S+(?: before (\d+))? limit (\d+)$/.exec(text) ?? [];
    const end = before === undefined ? count : Number(before) - 1;
    const begin = Math.max(0, end - Math.min(most, Number(limit)));
    const data = Array.from({ length: end - begin }, (_, i) => ({
      id: String(begin + i + 1),
      from: "bob",
      to: "alice",
      message: `M${begin + i + 1}`,
      time: "2026-11-21T05:26:53.431Z",
    }));
    return { status: "OK", data, ...(begin > 0 && { more: true, before: String(begin + 1) }) };
  });
  return { call, asked };
}

describe("the newest messages", () => {
  test("come oldest first, as many as are wanted, and whether there are more", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 20 }),
        async (count, wanted, most) => {
          const { messages, more } = await newestMessages(server(count, most).call, "bob", wanted);
          const first = Math.max(1, count - wanted + 1);
          expect(messages.map(({ id }) => Number(id))).toEqual(
            Array.from({ length: count - first + 1 }, (_, i) => first + i),
          );
          expect(more).toBe(count > wanted);
        },
      ),
    );
  });

  test("are asked for in pages that the protocol has", async () => {
    const { call, asked } = server(3000);
    await newestMessages(call, "#kelas", 2500);
    expect(asked).toEqual([
      "history #kelas limit 1000",
      "history #kelas before 2001 limit 1000",
      "history #kelas before 1001 limit 500",
    ]);
  });

  test("are refused with the reason", async () => {
    const refusal: Reply = { status: "ERROR", message: "User tidak ditemukan", code: "user-not-found", detail: "x" };
    const error = await newestMessages(
      callOf(async () => refusal),
      "bob",
      10,
    ).catch((one: Error) => one);
    expect(error).toBeInstanceOf(RefusedRequest);
    expect(errorInWords(error as Error)).toBe("there is no such user (x)");
  });

  test("of a server that sends no list cannot be read", async () => {
    const call = callOf(async () => ({ status: "OK", data: "text" }));
    await expect(newestMessages(call, "bob", 10)).rejects.toThrow(UnreadableReply);
  });

  test("of a server that says more and gives none come to an end", async () => {
    const endless: Reply = { status: "OK", data: [], more: true, before: "1" };
    expect(
      await newestMessages(
        callOf(async () => endless),
        "bob",
        10,
      ),
    ).toEqual({ messages: [], more: true });
  });
});

describe("what was found is marked", () => {
  beforeEach(() => {
    const { level } = chalk;
    chalk.level = 1;
    onTestFinished(() => {
      chalk.level = level;
    });
  });

  test("in any case, wherever it stands", () => {
    expect(highlightMatches("halo Halo x", ["halo"])).toBe(`${chalk.inverse("halo")} ${chalk.inverse("Halo")} x`);
    expect(highlightMatches("halo", ["z"])).toBe("halo");
    expect(highlightMatches("halo", [])).toBe("halo");
  });

  test("each of several words, the longest there is", () => {
    expect(highlightMatches("tugas tugasnya", ["tugas", "tugasnya"])).toBe(
      `${chalk.inverse("tugas")} ${chalk.inverse("tugasnya")}`,
    );
  });

  test.each(["m", "3", "[", "2", "39", "22m", "a", "bob"])("without a colour broken: %s", (text) => {
    const words = `${chalk.dim("05:41")} a m 3 bob: m, ${chalk.yellow.bold("bob")}`;
    expect(stripVTControlCharacters(highlightMatches(words, [text]))).toBe(stripVTControlCharacters(words));
  });

  test("where lower case is longer than upper case", () => {
    expect(highlightMatches("İİİ halo", ["halo"])).toBe(`İİİ ${chalk.inverse("halo")}`);
  });
});
