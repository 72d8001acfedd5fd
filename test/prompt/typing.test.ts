/** Typing in the prompt: the line being typed is one's own, whatever comes meanwhile. */
import { describe, expect, test } from "vitest";
import { history, ok } from "../support/people.ts";
import { newPromptScene } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const FAMILY = "👩‍👩‍👧";

const scene = newPromptScene();

function opened(columns = 100): Promise<Window> {
  return scene.prompt({ columns });
}

/** Waits until the cursor stands behind this text in its row. */
async function cursorBehind(window: Window, text: string, width: number): Promise<void> {
  await window.comes(`the cursor stands behind ${text}`, async () => (await window.cursor()).column === width);
}

describe("while a line of three rows is being typed", () => {
  test("a thousand messages come: each is shown once, in order, and the line is untouched", async () => {
    const window = await scene.promptProcess({ columns: 60 });
    const text = `${"satu dua tiga ".repeat(4)}${FAMILY}${"🙂".repeat(12)} ${"日本語".repeat(4)} ${"akhir ".repeat(6)}z`;
    window.type(text);
    const rows = await window.comes("the line is typed", (lines) => (lines.at(-1) ?? "").endsWith("akhir z"));
    const typed = rows.slice(rows.findIndex((line) => line.startsWith(`${scene.alice} ›`)));
    expect(typed).toHaveLength(3);
    // The cursor in the middle: what is typed meanwhile goes there.
    window.type(keys.left.repeat(20));
    const wanted = Array.from({ length: 1000 }, (_, i) => `pesan ${i + 1}`);
    const sent = wanted.map((message) => ok(scene.bobSession.client.request(`send ${scene.alice} ${message}`)));
    window.type("<sela>");
    await Promise.all(sent);
    const lines = await window.shows(new RegExp(`${scene.bob}: pesan 1000$`));
    const shown = lines.flatMap(
      (line) => new RegExp(`^\\d\\d:\\d\\d ${scene.bob}: (pesan \\d+)$`).exec(line)?.[1] ?? [],
    );
    expect(shown).toEqual(wanted);
    await window.comes("it is typed", (all) => all.join("").includes("<sela>"));
    const after = await window.lines();
    const line = after.slice(after.findLastIndex((row) => row.startsWith(scene.alice)));
    const plain = `${text.slice(0, -20)}<sela>${text.slice(-20)}`;
    expect(
      line
        .join("")
        .replace(/^\S+ (\[.*?\] )?› /, "")
        .replaceAll(" ", ""),
    ).toBe(plain.replaceAll(" ", ""));
    expect(after.filter((row) => row.startsWith(`${scene.alice} `))).toHaveLength(1);
    window.type(`${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
    await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).at(-1) === plain);
    scene.bobSession.client.close();
  });
});

describe("keys that come in one write", () => {
  test("abcdef, Left three times, XY: abcXYdef, and the cursor before d", async () => {
    const window = await opened();
    window.type(`abcdef${keys.left.repeat(3)}XY`);
    await window.stands(`${scene.alice} › abcXYdef`);
    await cursorBehind(window, "abcXY", `${scene.alice} › abcXY`.length);
    window.type(`${keys.ctrl("a")}>${keys.ctrl("e")}<`);
    await window.stands(`${scene.alice} › >abcXYdef<`);
    await cursorBehind(window, "all", `${scene.alice} › >abcXYdef<`.length);
  });

  test("are done one by one when they come byte by byte, too", async () => {
    const window = await scene.promptProcess();
    for (const byte of Buffer.from(`ab${keys.left}é`)) window.typeBytes(Buffer.of(byte));
    await window.stands(`${scene.alice} › aéb`);
  });
});

describe("an emoji of several code points", () => {
  test("is taken away whole by one Backspace, and is one step of the cursor", async () => {
    const window = await opened();
    const begin = `${scene.alice} › `.length;
    window.type(`ab${FAMILY}cd`);
    await window.stands(`${scene.alice} › ab${FAMILY}cd`);
    await cursorBehind(window, "all", begin + 6);
    window.type(keys.left.repeat(2));
    await cursorBehind(window, "the emoji", begin + 4);
    window.type(keys.left);
    await cursorBehind(window, "ab", begin + 2);
    window.type(keys.right);
    await cursorBehind(window, "the emoji", begin + 4);
    window.type(keys.backspace);
    await window.stands(`${scene.alice} › abcd`);
    await cursorBehind(window, "ab", begin + 2);
  });

  const clusters = [
    ["a flag", "🇮🇩"],
    ["a skin tone", "👍🏽"],
    ["a keycap", "1️⃣"],
    ["a combining accent", "e\u0301"],
    ["a wide letter", "語"],
    ["Devanagari", "क्षि"],
  ] as const;

  test("or letter is, too: a flag, a skin tone, a keycap, an accent, a wide letter, Devanagari", async () => {
    const window = await opened();
    for (const [what, cluster] of clusters) {
      window.type(`${keys.ctrl("u")}${keys.ctrl("k")}a${cluster}b`);
      await window.stands(`${scene.alice} › a${cluster}b`);
      window.type(keys.left + keys.backspace);
      await window.stands(`${scene.alice} › ab`);
      await cursorBehind(window, `a, after ${what}`, `${scene.alice} › a`.length);
    }
  });
});

describe("what is pasted", () => {
  test("is one draft of its five lines: nothing is sent before Enter, and then one message", async () => {
    const window = await opened();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    const text = ["satu", "  dua", "", "logout", "#lima"].join("\n");
    window.type(keys.paste(text.replaceAll("\n", "\r")));
    const lines = await window.stands("#lima");
    expect(lines.slice(-5)).toEqual([`${scene.alice} ${scene.bob} › satu`, "  dua", "", "logout", "#lima"]);
    // The server has answered something asked later: what was to be sent would have come.
    await ok(scene.bobSession.client.request("ping"));
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([]);
    window.type(keys.enter);
    await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).length > 0);
    await window.shows(/: satu$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([text]);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    await window.shows(/ #lima ✓$/);
  });

  test("with the ends of lines behind it is said without these: nothing stands there", async () => {
    const window = await opened();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    window.type(keys.paste("satu\rdua\r\r"));
    await window.shows("dua");
    window.type(keys.enter);
    await window.shows(/^ +dua ✓$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu\ndua"]);
  });

  test("can hold no key: what would act on a terminal is left out", async () => {
    const window = await opened();
    window.type(keys.paste("a\u0003b\u001b[2Jc\u0004d"));
    await window.stands(`${scene.alice} › ab[2Jcd`);
  });

  test("into the middle of a line goes there", async () => {
    const window = await opened();
    window.type(`ad${keys.left}${keys.paste("b\nc")}`);
    await window.stands("cd");
    await cursorBehind(window, "c", 1);
    window.type(keys.ctrl("_"));
    await window.stands(`${scene.alice} › ad`);
  });
});

describe("a new line by Alt-Enter", () => {
  test("is part of the message", async () => {
    const window = await opened();
    window.type(`@${scene.bob} satu${keys.alt("\r")}dua${keys.enter}`);
    await window.shows(new RegExp(`^\\d\\d:\\d\\d ${scene.alice} → ${scene.bob}: satu$`));
    await window.shows(/^ {8,}dua ✓$/);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu\ndua"]);
  });
});
