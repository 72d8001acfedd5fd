/** One's own messages: sent in their order, sent again by the same id, settled once. */
import { expect, test } from "vitest";
import { LinkError, type Reply } from "../../src/connection/errors.ts";
import { type Fate, Posts } from "../../src/connection/posts.ts";
import { callOf } from "../support/call.ts";
import { until } from "../support/until.ts";

interface Asked {
  readonly text: string;
  answer(reply: Reply): void;
  lose(): void;
}

function posting(up = true) {
  const asked: Asked[] = [];
  const settled: { text: string; fate: Fate }[] = [];
  const link = { up };
  let changes = 0;
  const call = callOf(
    (text) =>
      new Promise((resolve, reject) => {
        asked.push({ text, answer: resolve, lose: () => reject(new LinkError("lost")) });
      }),
  );
  const posts = new Posts({
    call,
    isUp: () => link.up,
    onSettled: ({ text }, fate) => settled.push({ text, fate }),
    onChanged: () => changes++,
  });
  return { posts, asked, settled, link, changes: () => changes };
}

function accepted(id: string) {
  return { status: "OK", message: "Message sent", id, time: "2026-11-21T05:26:53.431Z" };
}

/** Microtasks that were due have run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("they are asked for at once and in order, each by an id of its own", () => {
  const { posts, asked } = posting();
  posts.send("bob", "satu");
  posts.send("#kelas", " dua  kali\nlagi");
  const forms = [/^post c-[0-9a-f-]{36} bob satu$/, /^post c-[0-9a-f-]{36} #kelas {2}dua {2}kali\nlagi$/];
  expect(asked).toHaveLength(2);
  asked.forEach(({ text }, i) => {
    expect(text).toMatch(forms[i] as RegExp);
    // The protocol takes 64 characters.
    expect((text.split(" ")[1] as string).length).toBeLessThanOrEqual(64);
  });
  expect(new Set(asked.map(({ text }) => text.split(" ")[1])).size).toBe(2);
  expect(posts.pending.map(({ text }) => text)).toEqual(["satu", " dua  kali\nlagi"]);
});

test("one that answers another is sent as an answer to that, each time with the same id", async () => {
  const { posts, asked, link } = posting(false);
  posts.send("bob", "baik", undefined, { id: "01a1fc92-5ef7-7000-8000-080000b221e3", from: "bob", text: "ikut?" });
  link.up = true;
  posts.resend();
  asked[0]?.lose();
  await turn();
  posts.resend();
  expect(asked).toHaveLength(2);
  expect(asked[0]?.text).toMatch(/^post-reply c-[0-9a-f-]{36} 01a1fc92-5ef7-7000-8000-080000b221e3 baik$/);
  expect(asked[1]?.text).toBe(asked[0]?.text);
});

test("what becomes of each is told once, and it is pending no longer", async () => {
  const { posts, asked, settled, changes } = posting();
  for (const text of ["satu", "dua", "tiga"]) posts.send("bob", text);
  const before = changes();
  const refusal: Reply = { status: "ERROR", message: "User tidak ditemukan", code: "user-not-found" };
  asked[0]?.answer(accepted("1"));
  asked[1]?.answer({ ...accepted("2"), state: "queued" });
  asked[2]?.answer(refusal);
  await until("all are settled", () => settled.length === 3);
  expect(settled).toEqual([
    { text: "satu", fate: { is: "accepted", reply: accepted("1") } },
    { text: "dua", fate: { is: "queued", reply: { ...accepted("2"), state: "queued" } } },
    { text: "tiga", fate: { is: "refused", reply: refusal } },
  ]);
  expect(posts.pending).toEqual([]);
  expect(changes()).toBeGreaterThan(before);
});

test("without a connection they wait, and go in their order when there is one", () => {
  const { posts, asked, link } = posting(false);
  for (const text of ["satu", "dua", "tiga"]) posts.send("bob", text);
  expect(asked).toEqual([]);
  link.up = true;
  posts.resend();
  expect(asked.map(({ text }) => text.split(" ").at(-1))).toEqual(["satu", "dua", "tiga"]);
});

test("what was not answered when the link was lost is sent again: in its order, by the same ids, and nothing else", async () => {
  const { posts, asked, settled, link } = posting();
  for (const text of ["satu", "dua", "tiga"]) posts.send("bob", text);
  asked[0]?.answer(accepted("1"));
  link.up = false;
  asked[1]?.lose();
  asked[2]?.lose();
  await until("the first is settled", () => settled.length === 1);
  posts.send("bob", "empat");
  await turn();
  expect(asked).toHaveLength(3);
  link.up = true;
  posts.resend();
  expect(asked.slice(3).map(({ text }) => text)).toEqual([
    asked[1]?.text,
    asked[2]?.text,
    expect.stringMatching(/^post \S+ bob empat$/),
  ]);
});

test("one that is on its way is not sent twice on the same connection", () => {
  const { posts, asked } = posting();
  posts.send("bob", "satu");
  posts.resend();
  posts.resend();
  expect(asked).toHaveLength(1);
});

test("given up, those that were sent are unknown and those that were not are unsent; a late answer says nothing more", async () => {
  const { posts, asked, settled, link } = posting();
  posts.send("bob", "satu");
  link.up = false;
  posts.send("bob", "dua");
  posts.giveUp();
  expect(settled).toEqual([
    { text: "satu", fate: { is: "unknown" } },
    { text: "dua", fate: { is: "unsent" } },
  ]);
  expect(posts.pending).toEqual([]);
  asked[0]?.answer(accepted("1"));
  await turn();
  posts.giveUp();
  posts.resend();
  expect(settled).toHaveLength(2);
  expect(asked).toHaveLength(1);
});

test("one that was lost and never answered is unknown, not unsent", async () => {
  const { posts, asked, settled, link } = posting();
  posts.send("bob", "satu");
  link.up = false;
  asked[0]?.lose();
  await turn();
  posts.giveUp();
  expect(settled).toEqual([{ text: "satu", fate: { is: "unknown" } }]);
});

test.each<object>([{ id: 5 }, { id: "1", time: 0 }, { state: [] }])(
  "of one whose answer cannot be read nobody knows what became, and it is not sent again: %j",
  async (more) => {
    const { posts, asked, settled } = posting();
    posts.send("bob", "satu");
    asked[0]?.answer({ status: "OK", ...more });
    await until("it is settled", () => settled.length === 1);
    expect(settled).toEqual([{ text: "satu", fate: { is: "unknown" } }]);
    posts.resend();
    expect([posts.pending, asked.length]).toEqual([[], 1]);
  },
);
