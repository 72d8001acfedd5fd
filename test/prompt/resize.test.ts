/** A window that is made narrower and wider while one types: the line and what stands above it stay right. */
import { describe, expect, test } from "vitest";
import { history, ok } from "../support/people.ts";
import { newPromptScene } from "../support/prompt.ts";
import { until } from "../support/until.ts";
import { keys, type Window } from "../support/window.ts";

const scene = newPromptScene();

const LINE = `awal ${"kata ".repeat(20)}🙂👩‍👩‍👧語 akhir`;

/** Everything on the screen but blanks, which the ends of rows take away. */
function dense(lines: readonly string[]): string {
  return lines.join("").replaceAll(" ", "");
}

/** Waits until the last rows are the whole line being typed, once, none too wide, and the cursor in its place. */
async function whole(window: Window, line: string, columns: number): Promise<void> {
  await window.comes(`the line is whole in ${columns} columns`, async () => {
    const screen = await window.screen();
    const at = screen.findLastIndex((row) => row.includes("›"));
    if (at < 0 || dense(screen.slice(at)).replace(/^.*?›/, "") !== line.replaceAll(" ", "")) return false;
    const { row } = await window.cursor();
    const last = screen.findLastIndex((text) => text !== "");
    return row === last || row === last + 1;
  });
}

/** Texts of messages, as they are shown. */
async function said(window: Window, begin: RegExp): Promise<readonly string[]> {
  return (await window.lines()).flatMap((one) => new RegExp(`: (${begin.source}.*)$`).exec(one)?.[1]?.trim() ?? []);
}

const LONG = [1, 2, 3, 4, 5].map((n) => `${n}: ${"panjang sekali ".repeat(6)}`.trim());

/** The prompt below some messages that are wider than the window. */
async function below(rows: number, reflowsCursorRow: boolean): Promise<Window> {
  const window = await scene.promptProcess({ columns: 90, rows, reflowsCursorRow });
  for (const text of LONG) await ok(scene.bobSession.client.request(`send ${scene.alice} ${text}`));
  await window.comes("they are shown", async () => (await said(window, /\d: panjang/)).length === LONG.length);
  return window;
}

test("narrower, wider and narrower again: the line stands there once, and nothing that was said is lost", async () => {
  const window = await below(40, false);
  window.type(LINE);
  await whole(window, LINE, 90);
  let line = LINE;
  for (const columns of [60, 41, 77, 30, 120, 33, 90]) {
    await window.quiet();
    await window.resize(columns, 40);
    window.type("+");
    line += "+";
    await whole(window, line, columns);
    expect((await window.lines()).filter((one) => one.includes("›"))).toHaveLength(1);
    expect(await said(window, /\d: panjang/)).toEqual(LONG);
  }
  window.type(`${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
  await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).at(-1) === line);
});

// xterm.js does not keep the cursor at its character in these: a copy of the line may stay above it.
describe.each([
  ["in the middle of the line", false, 40],
  ["in a row that is laid out anew", true, LINE.length],
  ["in the middle of such a row", true, 40],
])("with the cursor %s", (_, reflowsCursorRow, at) => {
  test("the line is whole, and nothing that was said is lost", async () => {
    const window = await below(30, reflowsCursorRow);
    window.type(`${LINE}${keys.ctrl("a")}${keys.right.repeat(at)}`);
    await window.comes("it is typed", (all) => dense(all).endsWith("akhir"));
    for (const columns of [50, 26, 100, 80, 34, 90]) {
      await window.quiet();
      await window.resize(columns, 30);
      window.type("+");
      await window.comes(`it is whole in ${columns} columns`, (all) => {
        const first = all.findLastIndex((one) => one.includes("›"));
        const typed = dense(all.slice(first)).replace(/^.*?›/, "");
        // With what was typed since: else it is as the terminal has laid it out, and nothing was drawn yet.
        return typed.includes("+") && typed.replaceAll("+", "") === LINE.replaceAll(" ", "");
      });
      window.type(keys.backspace);
      // Until it is gone, something that was drawn is on its way.
      await window.comes("the + is gone", async (all) => !dense(all).includes("+"));
      expect(await said(window, /\d: panjang/)).toEqual(LONG);
    }
  });
});

test("while messages come: each of them is shown once, in order, and the line is whole", async () => {
  const window = await scene.promptProcess({ columns: 80, rows: 24 });
  window.type(LINE);
  await whole(window, LINE, 80);
  const wanted = Array.from({ length: 200 }, (_, i) => `pesan ${i + 1}`);
  let sent = 0;
  for (const columns of [70, 45, 60, 33, 80, 50, 100]) {
    for (const end = sent + 28; sent < end; sent++)
      await ok(scene.bobSession.client.request(`send ${scene.alice} ${wanted[sent]}`));
    await window.resize(columns, 24);
  }
  for (; sent < wanted.length; sent++) await ok(scene.bobSession.client.request(`send ${scene.alice} ${wanted[sent]}`));
  await window.comes("all have come", async () => (await said(window, /pesan/)).at(-1) === "pesan 200");
  await whole(window, LINE, 100);
  expect(await said(window, /pesan/)).toEqual(wanted);
});

test("a window of very few rows and columns does no harm", async () => {
  const window = await scene.promptProcess({ columns: 80, rows: 24 });
  window.type(LINE);
  await whole(window, LINE, 80);
  await window.resize(5, 2);
  await window.resize(1, 1);
  window.type("+");
  await window.resize(80, 24);
  await window.comes("it is whole", (all) => dense(all).endsWith("akhir+"));
  window.type(`${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
  await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).includes(`${LINE}+`));
});
