/** Names of emoji as Tab completes them. */
import { nameToEmoji } from "gemoji";
import { describe, expect, test } from "vitest";
import { completeEmoji, emojiNameIn } from "../../src/client/emoji.ts";
import { emojiNamed, emojiNames } from "../../src/client/emoji-names.ts";

describe("a name begins at a colon", () => {
  test.each([
    [":smi", "smi"],
    ["halo :SMI", "smi"],
    ["(:+1", "+1"],
    [":smile:", "smile"],
    [":s", undefined],
    ["05:41", undefined],
    ["lihat http://example", undefined],
    ["a::bc", undefined],
    ["halo : smi", undefined],
    ["", undefined],
  ])("%s", (before, name) => {
    expect(emojiNameIn(before)).toBe(name);
  });
});

async function offered(before: string): Promise<readonly string[]> {
  return ((await completeEmoji(before))?.candidates ?? []).map(({ text, about }) => `${text} ${about}`);
}

test("the one of that name comes first, then those that begin so, then those of which another word does", async () => {
  const all = await offered("halo :smi");
  expect(all[0]).toBe("😄 :smile:");
  expect(all).toContain("😃 :smiley:");
  expect(all.indexOf("🙂 :slightly_smiling_face:")).toBeGreaterThan(all.indexOf("😃 :smiley:"));
});

test("what was typed of it is replaced, and nothing before it", async () => {
  expect((await completeEmoji("halo :smi"))?.replaces).toBe(4);
  expect(await completeEmoji("halo :+1:")).toEqual({ replaces: 4, candidates: [{ text: "👍", about: ":+1:" }] });
});

test("each emoji is offered once, and not without end", async () => {
  for (const before of [":fl", ":ar", ":wo", ":thumbsu"]) {
    const { candidates = [] } = (await completeEmoji(before)) ?? {};
    expect(new Set(candidates.map(({ text }) => text)).size).toBe(candidates.length);
    expect(candidates.length).toBeLessThanOrEqual(50);
    expect(candidates.length).toBeGreaterThan(0);
  }
});

test("there is none of a name that no emoji has, nor of one of JavaScript's own", async () => {
  for (const before of [":constructor:", ":__proto__:", ":tiadaa", "halo"]) {
    expect(await completeEmoji(before)).toBeUndefined();
  }
});

test.each(emojiNames)("%s means the same emoji in a text and where one reacts", (name) => {
  expect(emojiNamed(name)).toBe(nameToEmoji[name]);
});
