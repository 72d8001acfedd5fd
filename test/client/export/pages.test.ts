/** A whole conversation, page by page, also where the link is lost or the server asks for patience in the middle of it. */
import { describe, expect, test } from "vitest";
import { conversationPages } from "../../../src/client/export/pages.ts";
import { lyingServer, somebody } from "../../support/lying.ts";

const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";
const idOf = (n: number): string => `01a1fc92-5ef7-7000-8000-08000000000${n}`;
const told = (n: number) => ({
  id: idOf(n),
  from: "bob",
  to: "alice",
  message: String(n),
  time: "2026-11-21T05:26:53.431Z",
});

/** Six messages, two a page. @param before what a request is answered with instead; "cut" for a link that is lost */
async function reading(before: (request: string) => object | "cut" | undefined, reconnect = true) {
  const asked: string[] = [];
  let lost = 0;
  const port = await lyingServer((request, socket) => {
    if (request.startsWith("resume")) return { status: "OK", data: somebody };
    if (!request.startsWith("history")) return { status: "OK" };
    asked.push(request);
    const instead = before(request);
    if (instead === "cut") socket.destroy();
    if (instead !== undefined) return instead === "cut" ? undefined : instead;
    const [, after] = /after \S+(\d) /.exec(request) ?? [];
    const first = Number(after ?? 0) + 1;
    return { status: "OK", data: [told(first), told(first + 1)], ...(first < 5 && { after: idOf(first + 1) }) };
  });
  const abort = new AbortController();
  const pages = conversationPages("#kelas", Date.UTC(2026, 10, 1), {
    host: "127.0.0.1",
    port,
    reconnect,
    login: { user: "alice", token: TOKEN },
    signal: abort.signal,
    onLost: () => lost++,
  });
  const read = async (each = (): void => {}): Promise<string[]> => {
    const found: string[] = [];
    for await (const page of pages) {
      found.push(...page.map((one) => ("message" in one ? one.message : "deleted")));
      each();
    }
    return found;
  };
  return { read, asked, abort, lost: () => lost };
}

const all = ["1", "2", "3", "4", "5", "6"];

/** Answers so once, to the first request that fits. */
function once(what: RegExp, answer: object | "cut"): (request: string) => object | "cut" | undefined {
  let isOver = false;
  return (request) => {
    if (isOver || !what.test(request)) return undefined;
    isOver = true;
    return answer;
  };
}

test("each page is asked for by the last message of the one before", async () => {
  const { read, asked } = await reading(() => undefined);
  expect(await read()).toEqual(all);
  expect(asked).toEqual([
    "history #kelas since 2026-11-01T00:00:00.000Z limit 1000",
    `history #kelas after ${idOf(2)} limit 1000`,
    `history #kelas after ${idOf(4)} limit 1000`,
  ]);
});

describe("it goes on where it was", () => {
  test("after a link that was lost", async () => {
    const { read, lost } = await reading(once(/after/, "cut"));
    expect(await read()).toEqual(all);
    expect(lost()).toBe(1);
  });

  test("after the server has asked for patience", async () => {
    const { read, asked } = await reading(once(/after/, { status: "ERROR", code: "rate-limited", retry: 0.01 }));
    expect(await read()).toEqual(all);
    expect(asked).toHaveLength(4);
  });

  test("where the last message has grown too old to be seen, with what is still seen and was not read yet", async () => {
    const { read, asked } = await reading((request) => {
      if (request.includes(`after ${idOf(2)}`)) return { status: "ERROR", code: "message-not-found" };
      const isAgain = asked.length > 1 && request.includes("since");
      return isAgain ? { status: "OK", data: [told(2), told(3), told(4)], after: idOf(4) } : undefined;
    });
    expect(await read()).toEqual(all);
  });
});

describe("it ends", () => {
  test("with why it is refused", async () => {
    const { read } = await reading(once(/after/, { status: "ERROR", code: "not-member" }));
    await expect(read()).rejects.toThrow("not-member");
  });

  test("with the link, where that does not come back", async () => {
    const { read } = await reading(once(/after/, "cut"), false);
    await expect(read()).rejects.toThrow("closed the connection");
  });

  test("where a server would go on for ever", async () => {
    const { read } = await reading(once(/after/, { status: "OK", data: [told(1)], after: idOf(1) }));
    await expect(read()).rejects.toThrow("no reply");
  });

  test("when it is told to", async () => {
    const { read, abort } = await reading(() => undefined);
    await expect(read(() => abort.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
