/** A window that is made narrower and wider while one types: the line and what stands above it stay right. */
import { describe, expect, test } from "vitest";
import { history, ok } from "../support/people.ts";
import { newPromptScene } from "../support/prompt.ts";
import { keys, type Pty } from "../support/pty.ts";
import { until } from "../support/until.ts";

const scene = newPromptScene();

const LINE = `awal ${"kata ".repeat(20)}🙂👩‍👩‍👧語 akhir`;

/** Everything on the screen but blanks, which the ends of rows take away. */
function dense(lines: readonly string[]): string {
  return lines.join("").replaceAll(" ", "");
}

/** Waits until the last rows are the whole line being typed, once, none too wide, and the cursor in its place. */
async function whole(pty: Pty, line: string, columns: number): Promise<void> {
  await pty.comes(`the line is whole in ${columns} columns`, async () => {
    const screen = await pty.screen();
    const at = screen.findLastIndex((row) => row.includes("›"));
    if (at < 0 || dense(screen.slice(at)).replace(/^.*?›/, "") !== line.replaceAll(" ", "")) return false;
    const { row } = await pty.cursor();
    const last = screen.findLastIndex((text) => text !== "");
    return row === last || row === last + 1;
  });
}

/** Texts of messages, as they are shown. */
async function said(pty: Pty, begin: RegExp): Promise<readonly string[]> {
  return (await pty.lines()).flatMap((one) => new RegExp(`: (${begin.source}.*)$`).exec(one)?.[1]?.trim() ?? []);
}

const LONG = [1, 2, 3, 4, 5].map((n) => `${n}: ${"panjang sekali ".repeat(6)}`.trim());

/** The prompt below some messages that are wider than the window. */
async function below(rows: number, reflowsCursorRow: boolean): Promise<Pty> {
  const pty = await scene.prompt({ columns: 90, rows, reflowsCursorRow });
  for (const text of LONG) await ok(scene.bobSession.client.request(`send ${scene.alice} ${text}`));
  await pty.comes("they are shown", async () => (await said(pty, /\d: panjang/)).length === LONG.length);
  return pty;
}

test("narrower, wider and narrower again: the line stands there once, and nothing that was said is lost", async () => {
  const pty = await below(40, false);
  pty.type(LINE);
  await whole(pty, LINE, 90);
  let line = LINE;
  for (const columns of [60, 41, 77, 30, 120, 33, 90]) {
    await pty.quiet();
    await pty.resize(columns, 40);
    pty.type("+");
    line += "+";
    await whole(pty, line, columns);
    expect((await pty.lines()).filter((one) => one.includes("›"))).toHaveLength(1);
    expect(await said(pty, /\d: panjang/)).toEqual(LONG);
  }
  pty.type(`${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
  await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).at(-1) === line);
});

// xterm.js does not keep the cursor at its character in these: a copy of the line may stay above it.
describe.each([
  ["in the middle of the line", false, 40],
  ["in a row that is laid out anew", true, LINE.length],
  ["in the middle of such a row", true, 40],
])("with the cursor %s", (_, reflowsCursorRow, at) => {
  test("the line is whole, and nothing that was said is lost", async () => {
    const pty = await below(30, reflowsCursorRow);
    pty.type(`${LINE}${keys.ctrl("a")}${keys.right.repeat(at)}`);
    await pty.comes("it is typed", (all) => dense(all).endsWith("akhir"));
    for (const columns of [50, 26, 100, 80, 34, 90]) {
      await pty.quiet();
      await pty.resize(columns, 30);
      pty.type("+");
      await pty.comes(`it is whole in ${columns} columns`, (all) => {
        const first = all.findLastIndex((one) => one.includes("›"));
        const typed = dense(all.slice(first)).replace(/^.*?›/, "");
        return typed.replaceAll("+", "") === LINE.replaceAll(" ", "");
      });
      pty.type(keys.backspace);
      expect(await said(pty, /\d: panjang/)).toEqual(LONG);
    }
  });
});

test("while messages come: each of them is shown once, in order, and the line is whole", async () => {
  const pty = await scene.prompt({ columns: 80, rows: 24 });
  pty.type(LINE);
  await whole(pty, LINE, 80);
  const wanted = Array.from({ length: 200 }, (_, i) => `pesan ${i + 1}`);
  let sent = 0;
  for (const columns of [70, 45, 60, 33, 80, 50, 100]) {
    for (const end = sent + 28; sent < end; sent++)
      await ok(scene.bobSession.client.request(`send ${scene.alice} ${wanted[sent]}`));
    await pty.resize(columns, 24);
  }
  for (; sent < wanted.length; sent++) await ok(scene.bobSession.client.request(`send ${scene.alice} ${wanted[sent]}`));
  await pty.comes("all have come", async () => (await said(pty, /pesan/)).at(-1) === "pesan 200");
  await whole(pty, LINE, 100);
  expect(await said(pty, /pesan/)).toEqual(wanted);
});

test("a window of very few rows and columns does no harm", async () => {
  const pty = await scene.prompt({ columns: 80, rows: 24 });
  pty.type(LINE);
  await whole(pty, LINE, 80);
  await pty.resize(5, 2);
  await pty.resize(1, 1);
  pty.type("+");
  await pty.resize(80, 24);
  await pty.comes("it is whole", (all) => dense(all).endsWith("akhir+"));
  pty.type(`${keys.ctrl("a")}@${scene.bob} ${keys.enter}`);
  await until("it has arrived", async () => (await history(scene.bobSession.client, scene.alice)).includes(`${LINE}+`));
});
