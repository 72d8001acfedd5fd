/** A person at a terminal: keys in, and what stands on the screen. */
import { setImmediate as turn } from "node:timers/promises";
import chalk from "chalk";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Completion } from "../../../src/client/terminal/completion.ts";
import type { ConsoleListener } from "../../../src/client/terminal/console.ts";
import { graphemes } from "../../../src/client/terminal/graphemes.ts";
import { hung } from "../../../src/client/terminal/hanging.ts";
import { layOut } from "../../../src/client/terminal/layout.ts";
import { LiveConsole } from "../../../src/client/terminal/live.ts";
import { Terminal } from "../../support/terminal.ts";
import { until } from "../../support/until.ts";

const ESC = "\u001b";
const LEFT = `${ESC}[D`;
const PROMPT = "› ";

class Desk {
  readonly given: string[] = [];
  readonly acts: string[] = [];
  readonly focus: boolean[] = [];
  status: string[] = [];
  readonly terminal: Terminal;
  readonly console: LiveConsole;

  constructor(columns = 40, rows = 12, listener: Partial<ConsoleListener> = {}) {
    this.terminal = new Terminal(columns, rows);
    const { input, output } = this.terminal;
    this.console = new LiveConsole({ latency: 0, input, output, leftOut: () => "some left out" });
    onTestFinished(() => this.console.close());
    this.console.start({
      accept: (line) => this.given.push(line),
      act: (action) => this.acts.push(action),
      complete: () => undefined,
      lines: () => [],
      prompt: () => PROMPT,
      status: () => this.status,
      masked: (clusters) => clusters,
      typed() {},
      onFocus: (focused) => this.focus.push(focused),
      ...listener,
    });
  }

  async shows(...lines: string[]): Promise<void> {
    let last: string[] = [];
    await until(`the screen shows ${JSON.stringify(lines)}`, async () => {
      last = await this.terminal.lines();
      return JSON.stringify(last) === JSON.stringify(lines);
    }).catch(() => expect(last).toEqual(lines));
  }
}

test("a message that comes while one types stands above the line, which goes on where it was", async () => {
  const { terminal, console, given, ...desk } = new Desk();
  terminal.type(`halo${LEFT}${LEFT}`);
  console.print("05:41 bob: halo");
  terminal.type("XY");
  await until("both are shown", async () => (await terminal.lines()).join() === "05:41 bob: halo,› haXYlo");
  expect(await terminal.cursor()).toEqual({ column: 6, row: 1 });
  terminal.type("\r");
  await until("the line is given", () => given.length > 0);
  expect([...given, ...desk.acts]).toEqual(["haXYlo"]);
});

test("after each Backspace the cursor stands where the text ends", async () => {
  const desk = new Desk();
  desk.terminal.type("日👩‍👩‍👧e\u0301");
  for (const [line, column] of [
    ["› 日👩‍👩‍👧e\u0301", 7],
    ["› 日👩‍👩‍👧", 6],
    ["› 日", 4],
    ["›", 2],
  ] as const) {
    await desk.shows(line);
    expect(await desk.terminal.cursor()).toEqual({ column, row: 0 });
    desk.terminal.type("\u007f");
  }
});

test("a thousand messages while a line of three rows is edited: it is as it was typed, and each is shown once", async () => {
  const desk = new Desk(40, 10);
  const text = "👩‍👩‍👧 日本語 e\u0301 ".repeat(8);
  const texts = Array.from({ length: 1000 }, (_, i) => `${i}: ${"text ".repeat(i % 12)}${i}`);
  const typed = graphemes(text);
  for (const [i, one] of texts.entries()) {
    desk.console.print(one, "#dev");
    if (i % 10 === 0) desk.terminal.type(typed[(i / 10) % typed.length] ?? "");
    if (i % 100 === 99) desk.terminal.type(`x${LEFT}y\u007f${ESC}[C\u007f`);
    if (i % 7 === 0) await turn();
  }
  const wanted = Array.from({ length: 100 }, (_, i) => typed[i % typed.length]).join("");
  expect(wanted.length).toBeGreaterThan(100);
  await until("all is typed", () => desk.console.draft === wanted);
  await until("the last is shown", async () => (await desk.terminal.texts()).includes(texts.at(-1) as string));
  const clusters = graphemes(wanted);
  const { rows, cursor } = layOut(PROMPT, clusters, clusters.length, 40);
  expect(rows.length).toBeGreaterThanOrEqual(3);
  const shown = texts.flatMap((one) => hung(one, 40).split("\n"));
  expect(await desk.terminal.texts()).toEqual([...shown, ...rows.map((row) => row.trimEnd())]);
  expect((await desk.terminal.cursor()).column).toBe(cursor.column);
});

test("several lines that are pasted stand in rows, and nothing is sent before Enter", async () => {
  const desk = new Desk();
  desk.terminal.type(`${ESC}[200~one\ntwo\n${ESC}[201~`);
  desk.terminal.type("three");
  await desk.shows("› one", "two", "three");
  expect(desk.given).toEqual([]);
  desk.terminal.type("\r");
  await until("it is given", () => desk.given.length > 0);
  expect(desk.given).toEqual(["one\ntwo\nthree"]);
  await desk.shows("›");
});

test("the terminal is asked for paste and focus, and gets back what it was", async () => {
  const desk = new Desk();
  expect(desk.terminal.isRaw).toBe(true);
  desk.terminal.type(`${ESC}[O${ESC}[I`);
  await until("both are told", () => desk.focus.length === 2);
  expect(desk.focus).toEqual([false, true]);
  desk.console.close();
  expect(desk.terminal.isRaw).toBe(false);
  const written = desk.terminal.writes.join("");
  for (const mode of ["2004", "1004", "2026"]) {
    expect(written.lastIndexOf(`[?${mode}l`)).toBeGreaterThan(written.lastIndexOf(`[?${mode}h`));
  }
  expect(written.lastIndexOf("[?25h")).toBeGreaterThan(written.lastIndexOf("[?25l"));
  expect(written.lastIndexOf("[?7h")).toBeGreaterThan(written.lastIndexOf("[?7l"));
});

test("a mouse that another program has left on is switched off before anything is drawn", () => {
  const { terminal } = new Desk();
  const [first = ""] = terminal.writes;
  const off = first.match(/\[\?([\d;]+)l/)?.[1]?.split(";");
  expect(off).toEqual(expect.arrayContaining(["9", "1000", "1002", "1003", "1006", "1015"]));
});

test("a mouse and late answers of the terminal neither send the line nor stand in it", async () => {
  const { terminal, given, acts, ...desk } = new Desk();
  terminal.type(`ha${ESC}[<0;1;5M${ESC}[<0;1;5m${ESC}[M !!lo${ESC}]11;rgb:0/0/0\u0007${ESC}[?62;22c, bob`);
  await until("the line is shown", async () => (await terminal.lines()).join() === "› halo, bob");
  expect([given, acts, desk.console.draft]).toEqual([[], [], "halo, bob"]);
});

test("a line that is given back is seen to be selected, until it is replaced or kept", async () => {
  const { terminal, console, given, ...desk } = new Desk();
  const drawnInverse = (): boolean => terminal.writes.at(-1)?.includes(`${ESC}[7m`) ?? false;
  const { level } = chalk;
  chalk.level = 1;
  onTestFinished(() => {
    chalk.level = level;
  });
  console.offer("sendfile");
  await until("it is drawn", async () => (await terminal.lines()).join() === "› sendfile");
  expect(drawnInverse()).toBe(true);
  terminal.type(`${ESC}[D`);
  await until("it is kept", () => !drawnInverse());
  expect((await terminal.lines()).join()).toBe("› sendfile");
  console.offer("sendfile");
  await until("it is drawn again", drawnInverse);
  terminal.type("sendfile alice x\r");
  await until("the line is given", () => given.length > 0);
  expect([...given, ...desk.acts]).toEqual(["sendfile alice x"]);
});

test("what is being typed is not touched by an answer to a question", async () => {
  const desk = new Desk();
  desk.console.offer("sendfile");
  const answer = desk.console.ask("name: ");
  desk.terminal.type("bob\r");
  expect(await answer).toBe("bob");
  desk.terminal.type("x");
  await until("the line is replaced", () => desk.console.draft === "x");
});

test("a completion that is known in a moment is drawn when it is", async () => {
  let known: ((completion: Completion) => void) | undefined;
  const { terminal } = new Desk(40, 12, {
    complete: () =>
      new Promise((resolve) => {
        known = resolve;
      }),
  });
  terminal.type("@bo\t");
  await until("it is asked for", () => known !== undefined);
  known?.({ replaces: 3, candidates: [{ text: "@bob " }] });
  await until("it is drawn", async () => (await terminal.lines()).join() === "› @bob");
});

test("rows that change stand above the line and are drawn in place", async () => {
  const desk = new Desk();
  for (const percent of ["10 %", "20 %"]) {
    desk.status = [`up ${percent}`];
    desk.console.changed();
    await desk.shows(`up ${percent}`, "›");
  }
  desk.console.print("one");
  desk.status = [];
  desk.console.changed();
  await desk.shows("one", "›");
});

test("the menu stands below the line in eight rows at the most, and goes when it is not needed", async () => {
  const candidates = Array.from({ length: 20 }, (_, i) => ({ text: `name${i} ` }));
  const desk = new Desk(40, 20, { complete: (before) => ({ replaces: before.length, candidates }) });
  desk.terminal.type("n\t");
  await until("the menu is shown", async () => (await desk.terminal.lines()).length === 9);
  const lines = await desk.terminal.lines();
  expect([lines[0], lines[8]]).toEqual(["› name", "  … 20 in all"]);
  expect(await desk.terminal.cursor()).toEqual({ column: 6, row: 0 });
  desk.terminal.type("x");
  await desk.shows("› namex");
});

test("in a low window the line stays to be seen, whatever the menu and the rows above it", async () => {
  const candidates = Array.from({ length: 20 }, (_, i) => ({ text: `name${i} ` }));
  const desk = new Desk(40, 5, { complete: (before) => ({ replaces: before.length, candidates }) });
  desk.status = ["one", "two", "three"];
  desk.terminal.type("\t");
  await until("the line is shown", async () => (await desk.terminal.lines()).includes("› name"));
  expect((await desk.terminal.lines()).length).toBeLessThanOrEqual(5);
});

test("a search is shown where the prompt was, however long it is", async () => {
  const desk = new Desk(40, 12, { lines: () => ["send bob halo"] });
  desk.terminal.type("mine\u0012bob");
  await desk.shows("search «bob»: send bob halo");
  desk.terminal.type("x".repeat(80));
  await until("it says that there is nothing", async () => (await desk.terminal.lines())[0]?.startsWith("nothing"));
  // Said again, it stands where it stood: the rows were counted right.
  desk.console.print("one");
  await until("it stands above", async () => (await desk.terminal.lines())[0] === "one");
  expect((await desk.terminal.lines()).join("\n").split("nothing search").length).toBe(2);
  desk.terminal.type("\u0007");
  await desk.shows("one", "› mine");
});

test("a question is answered in its own line; what was being typed comes back", async () => {
  const desk = new Desk();
  desk.terminal.type("mine");
  await desk.shows("› mine");
  const asked = desk.console.ask("sure? ");
  await desk.shows("sure?");
  desk.terminal.type("yess\u007f\r");
  expect(await asked).toBe("yes");
  await desk.shows("sure? yes", "› mine");
  expect(desk.given).toEqual([]);
});

test.each([
  ["a line", "halo\r", ["halo"], "›"],
  ["in the line", "halo", [], "› halo"],
] as const)("what is typed at once behind the answer of a question is %s", async (_, typed, given, line) => {
  const desk = new Desk();
  const asked = desk.console.ask("sure? ");
  desk.terminal.type(`yes\r${typed}`);
  expect(await asked).toBe("yes");
  await desk.shows("sure? yes", line);
  expect(desk.given).toEqual(given);
});

test("a secret is shown nowhere, and not kept for Up", async () => {
  const desk = new Desk();
  const asked = desk.console.ask("password of alice: ", true);
  desk.terminal.type("rahasia\r");
  expect(await asked).toBe("rahasia");
  desk.terminal.type(`${ESC}[A\u0019after`);
  await desk.shows("password of alice:", "› after");
  expect(desk.terminal.writes.join("")).not.toContain("rahasia");
});

test("Ctrl-C, Ctrl-D and a window that is closed answer no question", async () => {
  for (const end of ["\u0003", "\u0004", undefined]) {
    const desk = new Desk();
    const asked = desk.console.ask("name: ");
    if (end === undefined) desk.terminal.hangUp();
    else desk.terminal.type(end);
    let answer: string | undefined = "none yet";
    void asked.then((given) => {
      answer = given;
    });
    await until("it is given up", () => answer === undefined);
  }
});

test("a window that is closed ends the program", async () => {
  const desk = new Desk();
  desk.terminal.hangUp();
  await until("it is told", () => desk.acts.length > 0);
  expect(desk.acts).toEqual(["end"]);
});

test("a text that was written in the person's own editor is the draft, whatever ends its lines", async () => {
  const desk = new Desk();
  for (const ends of ["\\n", "\\r\\n"]) {
    vi.stubEnv("VISUAL", `printf 'one${ends}two${ends}' >`);
    onTestFinished(() => void vi.unstubAllEnvs());
    await desk.console.edit();
    expect(desk.console.draft).toBe("one\ntwo");
    await desk.shows("› one", "two");
  }
});

type Step = { readonly type: string } | { readonly print: string } | { readonly columns: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .constantFrom("a", "bc ", "日", "👩‍👩‍👧", "e\u0301", LEFT, `${ESC}[C`, "\u0001", "\u0005", "\u007f")
    .map((type) => ({ type })),
  fc.nat({ max: 60 }).map((length) => ({ print: "x".repeat(length) })),
  fc.integer({ min: 20, max: 60 }).map((columns) => ({ columns })),
);

test("whatever is typed, printed and resized: all that was printed stands there once, and the line below it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      const desk = new Desk(40, 30);
      const printed: string[] = [];
      for (const [i, one] of steps.entries()) {
        if ("type" in one) desk.terminal.type(one.type);
        else if ("print" in one) {
          printed.push(`${i}${one.print}`);
          desk.console.print(`${i}${one.print}`);
        } else {
          // The cursor at the end: xterm.js takes it along with what is below it.
          desk.terminal.type("\u0005");
          await turn();
          await until("what was typed is drawn", async () =>
            (await desk.terminal.texts()).join("").includes(PROMPT.trim()),
          );
          await desk.terminal.resize(one.columns, 30);
        }
      }
      desk.terminal.type("\u0005.");
      await until("all is typed", () => desk.console.draft.endsWith("."));
      printed.push("the last");
      desk.console.print("the last");
      await until("the last is shown", async () => (await desk.terminal.texts()).includes("the last"));
      const clusters = graphemes(desk.console.draft);
      const { rows } = layOut(PROMPT, clusters, clusters.length, desk.terminal.output.columns);
      const line = rows.map((row) => row.trimEnd());
      if (line.at(-1) === "") line.pop();
      expect(await desk.terminal.texts()).toEqual([...printed, ...line]);
      desk.console.close();
    }),
    { numRuns: 40, interruptAfterTimeLimit: 20_000 },
  );
});
