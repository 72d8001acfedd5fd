/** What a terminal says of itself is never taken for what a person types. */
import { describe, expect, test } from "vitest";
import { history, ok } from "../support/people.ts";
import { as, newPromptScene } from "../support/prompt.ts";
import { Pty } from "../support/pty.ts";
import { until } from "../support/until.ts";
import { keys } from "../support/window.ts";
import { WindowHere } from "../support/window-here.ts";

const ESC = "\u001b";

/** What else than keys comes from terminals. */
const reports: readonly (readonly [name: string, bytes: string | Buffer])[] = [
  ["a click and its end, as SGR has them", `${ESC}[<0;1;5M${ESC}[<0;1;5m`],
  ["a click and a wheel, as X10 has them", `${ESC}[M !%${ESC}[M\`!%`],
  ["an X10 report of a column beyond ASCII", Buffer.from([0x1b, 0x5b, 0x4d, 0x20, 0xc3, 0xa9, 0x21])],
  ["a click, as urxvt has it", `${ESC}[32;10;20M`],
  ["the colour of the background", `${ESC}]11;rgb:0000/0000/0000${ESC}\\`],
  ["a colour, ended by a bell", `${ESC}]4;1;rgb:cdcd/0000/0000\u0007`],
  ["what the terminal is", `${ESC}[?62;4;22c${ESC}[>41;390;0c`],
  ["its name and its settings", `${ESC}P>|XTerm(390)${ESC}\\${ESC}P1$r0m${ESC}\\`],
  ["a mode that it has", `${ESC}[?2004;1$y`],
  ["where the cursor is", `${ESC}[12;40R`],
  ["what keys it can tell", `${ESC}[?0u`],
];

const scene = newPromptScene();

describe("into a half-typed message", () => {
  test("reports of a mouse and late answers come: it stays as it is, and nothing is sent", async () => {
    const window = await scene.promptProcess();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    let line = "setengah";
    window.type(line);
    for (const [, bytes] of reports) {
      // In one piece with the key behind it, and by itself.
      if (typeof bytes === "string") {
        window.type(`${bytes}+`);
        line += "+";
      }
      window.typeBytes(Buffer.from(bytes));
      window.type("-");
      line += "-";
      await window.stands(`${scene.alice} ${scene.bob} › ${line}`);
    }
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([]);
    window.type(keys.enter);
    await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).length > 0);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual([line]);
  });

  test("none of it answers a question either", async () => {
    const window = new WindowHere({
      folder: scene.folder,
      args: ["--port", String(scene.server.port), "-u", scene.alice],
    });
    await window.stands(`password of ${scene.alice}:`);
    window.type("raha");
    for (const [, bytes] of reports) window.typeBytes(Buffer.from(bytes));
    window.type(`sia${keys.enter}`);
    await window.stands(`${scene.alice} ›`);
  });
});

test("a mouse that another program has left on is switched off at the start, and after an editor again", async () => {
  const window = await scene.promptProcess({ env: { EDITOR: "true" } });
  const offs = (): number => window.raw.match(new RegExp(`${ESC}\\[\\?[\\d;]*1000[\\d;]*l`, "g"))?.length ?? 0;
  expect(offs()).toBe(1);
  for (const mode of ["9", "1002", "1003", "1005", "1006", "1015"]) {
    expect(window.raw).toMatch(new RegExp(`${ESC}\\[\\?([\\d;]*;)?${mode}(;[\\d;]*)?l`));
  }
  window.type(`a${keys.ctrl("x")}${keys.ctrl("e")}`);
  await until("it is switched off again", () => offs() === 2);
});

test("an answer that comes with the last key is no command of the shell that the program leaves to", async () => {
  const args = ["--port", String(scene.server.port), ...as(scene.alice, scene.folder)];
  const window = new Pty({ folder: scene.folder, shell: true, args });
  await window.stands("shell$");
  window.type("$CLIENT\r");
  await window.stands(`${scene.alice} ›`);
  window.type(`${keys.ctrl("d")}${ESC}]11;rgb:0000/0000/0000${ESC}\\${ESC}[12;40R${ESC}[<0;1;5M`);
  await window.stands("shell$");
  window.type("echo di$((1+1))\r");
  await window.shows("di2");
  expect((await window.lines()).filter((line) => /rgb|40R|0;1;5/.test(line))).toEqual([]);
});

describe("a paste that never ends", () => {
  test("is given as far as it has come, and keys work again", async () => {
    const window = await scene.prompt();
    window.type(`@${scene.bob}${keys.enter}`);
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    window.type(`${ESC}[200~satu\rdua`);
    await window.stands("dua");
    window.type(` tiga${keys.enter}`);
    await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).length > 0);
    expect(await history(scene.bobSession.client, scene.alice)).toEqual(["satu\ndua tiga"]);
    window.type(`${ESC}[200~bukan ini`);
    await window.stands(`${scene.alice} ${scene.bob} › bukan ini`);
    window.type(keys.ctrl("c"));
    await window.stands(`${scene.alice} ${scene.bob} ›`);
    await ok(scene.bobSession.client.request(`send ${scene.alice} masih di sini`));
    await window.shows(/: masih di sini$/);
  });
});
