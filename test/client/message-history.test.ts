/** What was said before: as many messages as are wanted, page by page, and a text among them. */
import { stripVTControlCharacters } from "node:util";
import chalk from "chalk";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { highlightMatches, messagesSince, newestMessages, searchMessages } from "../../src/client/message-history.ts";
import type { Reply } from "../../src/connection/errors.ts";
import { RefusedRequest } from "../../src/connection/errors.ts";

/** A server with `count` messages in a conversation, numbered from 1; at most `most` of a page. */
function server(count: number, most = 1000) {
  const asked: string[] = [];
  const request = async (text: string): Promise<Reply> => {
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
  };
  return { request, asked };
}

describe("the newest messages", () => {
  test("come oldest first, as many as are wanted, and whether there are more", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(60),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 20 }),
        async (count, wanted, most) => {
          const { messages, more } = await newestMessages(server(count, most).request, "bob", wanted);
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
    const { request, asked } = server(3000);
    await newestMessages(request, "#kelas", 2500);
    expect(asked).toEqual([
      "history #kelas limit 1000",
      "history #kelas before 2001 limit 1000",
      "history #kelas before 1001 limit 500",
    ]);
  });

  test("are refused with the reason", async () => {
    const refusal: Reply = { status: "ERROR", message: "User tidak ditemukan", code: "user-not-found", detail: "x" };
    const found = newestMessages(async () => refusal, "bob", 10);
    await expect(found).rejects.toThrow(RefusedRequest);
    await expect(found).rejects.toThrow("there is no such user (x)");
    await expect(searchMessages(async () => refusal, "bob", "a")).rejects.toThrow(RefusedRequest);
  });

  test("of a server that says more and gives none come to an end", async () => {
    const endless: Reply = { status: "OK", data: [], more: true, before: "1" };
    expect(await newestMessages(async () => endless, "bob", 10)).toEqual({ messages: [], more: true });
    expect(await searchMessages(async () => endless, "bob", "a")).toEqual([]);
    expect(await newestMessages(async () => ({ status: "OK", data: "text" }), "bob", 10)).toEqual({
      messages: [],
      more: false,
    });
  });
});

describe("what came after a message", () => {
  const one = { id: "7", from: "bob", to: "alice", message: "M7", time: "2026-11-21T05:26:53.431Z" };

  test("that is gone, because its group was left, is what is unread", async () => {
    const asked: string[] = [];
    const found = await messagesSince(
      async (text) => {
        asked.push(text);
        if (text === "unread") return { status: "OK", data: [one] };
        return { status: "ERROR", message: "tidak ditemukan", code: "message-not-found" };
      },
      "5",
      10,
    );
    expect(found).toEqual({ messages: [one], more: false });
    expect(asked).toEqual(["inbox since 5", "unread"]);
  });

  test("ends where a server gives the same page again and again", async () => {
    let asked = 0;
    const same: Reply = { status: "OK", data: [one], more: true, before: "7" };
    const found = await messagesSince(
      async () => {
        if (++asked > 50) throw new Error("it goes on for ever");
        return same;
      },
      "5",
      Number.POSITIVE_INFINITY,
    );
    expect(found.more).toBe(true);
    expect(found.messages).toContainEqual(one);
    expect(asked).toBeLessThanOrEqual(3);
  });

  test("is refused where the server refuses what is unread, too", async () => {
    const refused = messagesSince(
      async (text) => ({ status: "ERROR", code: text === "unread" ? "internal" : "message-not-found" }),
      "5",
      10,
    );
    await expect(refused).rejects.toThrow(RefusedRequest);
  });
});

describe("a search", () => {
  test("finds a text in any case, on every page, oldest first", async () => {
    const { request, asked } = server(2500);
    const found = await searchMessages(request, "bob", "m99");
    expect(found.map(({ message }) => message)).toEqual([
      "M99",
      ...Array.from({ length: 10 }, (_, i) => `M${990 + i}`),
    ]);
    expect(asked).toHaveLength(3);
  });

  test("looks at fifty pages at the most", async () => {
    const { request, asked } = server(100_000, 1);
    expect(await searchMessages(request, "bob", "M100000")).toHaveLength(1);
    expect(asked).toHaveLength(50);
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
    expect(highlightMatches("halo Halo x", "halo")).toBe(`${chalk.inverse("halo")} ${chalk.inverse("Halo")} x`);
    expect(highlightMatches("halo", "z")).toBe("halo");
    expect(highlightMatches("halo", "")).toBe("halo");
  });

  test.each(["m", "3", "[", "2", "39", "22m", "a", "bob"])("without a colour broken: %s", (text) => {
    const words = `${chalk.dim("05:41")} a m 3 bob: m, ${chalk.yellow.bold("bob")}`;
    expect(stripVTControlCharacters(highlightMatches(words, text))).toBe(stripVTControlCharacters(words));
  });

  test("where lower case is longer than upper case", () => {
    expect(highlightMatches("İİİ halo", "halo")).toBe(`İİİ ${chalk.inverse("halo")}`);
  });
});
