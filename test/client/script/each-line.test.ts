/** Each line of a file is a message: in its order, once, also where the link is lost in the middle of it. */
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { postReceiver, sendEachLine } from "../../../src/client/script/each-line.ts";
import { exits } from "../../../src/client/script/exits.ts";
import { Output } from "../../../src/client/script/output.ts";
import { lyingServer, somebody } from "../../support/lying.ts";

const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";

describe("whom a line is for", () => {
  test.each([
    ["send bob -", "bob"],
    ["SEND Bob -", "Bob"],
    ["send bob@kampus -", "bob@kampus"],
    ["sendprivate bob -", "bob"],
    ["sendgroup kelas -", "#kelas"],
    ["send_group kelas@kampus -", "#kelas@kampus"],
    ["send-group kelas -", "#kelas"],
    ["sendprivaterealm kampus bob -", "bob@kampus"],
    ["sendtoserver kampus bob -", "bob@kampus"],
    ["inbox", undefined],
    ["addgroup kelas", undefined],
    ["sendgrouprealm kampus kelas -", undefined],
    ["send bob", undefined],
    ["send /bob -", undefined],
    ["sned bob -", undefined],
    ["", undefined],
  ])("%s: %s", (request, to) => {
    expect(postReceiver(request)).toBe(to);
  });
});

async function* linesOf(count: number): AsyncIterable<string> {
  for (let i = 1; i <= count; i++) yield `line ${i}`;
}

/** A server that stores each message once, by its id. `answer` may say something else. */
async function storing(answer: (request: string) => object | "cut" | undefined = () => undefined) {
  const stored = new Map<string, string>();
  const port = await lyingServer((request, socket) => {
    const other = answer(request);
    if (typeof other === "object") return other;
    const [, id = "", text = ""] = /^post (\S+) bob (.*)$/s.exec(request) ?? [];
    if (id !== "") stored.set(id, text);
    // Stored, and never answered.
    if (other === "cut") socket.destroy();
    if (other === "cut") return undefined;
    if (request.startsWith("resume")) return { status: "OK", data: somebody };
    return { status: "OK", message: "Message sent", data: "Message sent", id, time: "2026-11-21T05:26:53.431Z" };
  });
  const said = { stdout: "", stderr: "" };
  const stdout = new PassThrough().on("data", (some: Buffer) => (said.stdout += some.toString()));
  const stderr = new PassThrough().on("data", (some: Buffer) => (said.stderr += some.toString()));
  const output = new Output({ form: "words", ascii: false, quiet: true, stdout, stderr, name: "chat-client" });
  const send = (count: number, reconnect = true) =>
    sendEachLine(linesOf(count), "bob", {
      host: "127.0.0.1",
      port,
      login: { user: "alice", token: TOKEN },
      reconnect,
      timeout: 10_000,
      output,
      trace: undefined,
    });
  return { send, said, texts: () => [...stored.values()] };
}

const all = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i + 1}`);

test("all are sent in their order, however many", async () => {
  const { send, said, texts } = await storing();
  expect(await send(500)).toBe(exits.done);
  expect(texts()).toEqual(all(500));
  expect(said).toEqual({ stdout: "", stderr: "" });
});

test("none is nothing", async () => {
  const { send, texts } = await storing();
  expect([await send(0), texts()]).toEqual([exits.done, []]);
});

test("a link that is lost in the middle comes back, and each arrives once", async () => {
  let posts = 0;
  const { send, texts, said } = await storing((request) =>
    request.startsWith("post ") && ++posts === 20 ? "cut" : undefined,
  );
  expect(await send(60)).toBe(exits.done);
  expect(texts()).toEqual(all(60));
  expect(posts).toBeGreaterThan(60);
  expect(said.stdout).toBe("");
});

test("a link that is lost and is not to come back ends it: nobody knows what became of the rest", async () => {
  const { send } = await storing((request) => (/line 20$/.test(request) ? "cut" : undefined));
  await expect(send(60, false)).rejects.toMatchObject({ code: exits.unknownFate });
});

test("one that is refused is told, and the others are sent", async () => {
  const { send, texts, said } = await storing((request) =>
    /line 2$/.test(request) ? { status: "ERROR", message: "x", code: "too-large" } : undefined,
  );
  expect(await send(4)).not.toBe(exits.done);
  expect(texts()).toEqual(["line 1", "line 3", "line 4"]);
  expect(said.stderr).toContain("larger than the server accepts");
});

test("a session that has ended sends none", async () => {
  const { send, texts } = await storing((request) =>
    request.startsWith("resume") ? { status: "ERROR", message: "x", code: "no-session" } : undefined,
  );
  await expect(send(60)).rejects.toMatchObject({ code: exits.login });
  expect(texts()).toEqual([]);
});
