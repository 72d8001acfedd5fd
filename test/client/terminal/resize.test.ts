/** The rows at the bottom after somebody has dragged the corner of the window. */
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { graphemes } from "../../../src/client/terminal/graphemes.ts";
import { KeyDecoder } from "../../../src/client/terminal/keys.ts";
import { layOut, within } from "../../../src/client/terminal/layout.ts";
import { Screen } from "../../../src/client/terminal/screen.ts";
import { type Manners, Terminal } from "../../support/terminal.ts";
import { until } from "../../support/until.ts";

const PROMPT = "› ";

/** How long what is drawn may be on its way, where that matters. */
const LATENCY_MS = 20;

class Desk {
  at = 0;
  text: string;
  readonly terminal: Terminal;
  readonly screen: Screen;
  readonly said: string[] = [];

  constructor(text: string, columns: number, rows: number, manners: Manners, latency = 0) {
    this.text = text;
    this.at = graphemes(text).length;
    this.terminal = new Terminal(columns, rows, manners);
    this.screen = new Screen({
      latency,
      output: this.terminal.output,
      reflows: manners.reflows !== "none",
      leftOut: () => "",
      compose: (width, room) => within(layOut(PROMPT, graphemes(this.text), this.at, width), room),
    });
    const keys = new KeyDecoder(({ column = 1 }) => this.screen.cursorAt(column));
    this.terminal.input.on("data", (bytes: Buffer) => keys.push(bytes));
    this.screen.enter();
  }

  say(text: string): void {
    this.said.push(text);
    this.screen.say({ text });
  }

  /** All that was said stands there once, below it the line, and the cursor where it belongs. */
  async isRight(where = ""): Promise<void> {
    // What is said after a change is shown after it.
    const last = `seen ${this.said.length}`;
    this.say(last);
    await until(`${last} is shown`, async () => (await this.terminal.texts()).includes(last));
    const { rows, cursor } = layOut(PROMPT, graphemes(this.text), this.at, this.screen.columns);
    const line = rows.map((row) => row.trimEnd());
    if (line.at(-1) === "") line.pop();
    expect(await this.terminal.texts(), where).toEqual([...this.said, ...line]);
    const { column, row } = await this.terminal.cursor();
    const first = (await this.terminal.lines()).length - line.length;
    expect({ column, row: row - first }).toEqual({ column: cursor.column, row: cursor.row });
  }
}

const long = "the quick brown fox jumps over the lazy dog again";
const wide = "日".repeat(51);
const emoji = "👩‍👩‍👧 日本語日本語日本語日本語日本語 👩‍👩‍👧 e\u0301 日本語日本語";

/** Each on a desk of its own: most of the time a screen waits for what a terminal has to say. */
async function atOnce<T>(all: readonly T[], deed: (one: T) => Promise<void>): Promise<void> {
  await Promise.all(all.map(deed));
}

describe.each<NonNullable<Manners["reflows"]>>(["all", "but-cursor", "none"])(
  "in a terminal that lays out anew %s of its rows",
  (reflows) => {
    test.each([
      ["narrower", 40, 17],
      ["wider", 17, 40],
      ["much narrower", 60, 10],
      ["as narrow as a few characters", 60, 7],
      ["as wide", 30, 30],
    ])("a line of several rows is right when it becomes %s", async (_how, from, to) => {
      await atOnce([long, emoji, wide], async (text) => {
        const desk = new Desk(text, from, 24, { reflows });
        onTestFinished(() => desk.screen.close());
        desk.say("one");
        desk.say("two");
        await desk.isRight();
        await desk.terminal.resize(to, 20);
        await desk.isRight();
        desk.say("three");
        await desk.isRight();
      });
    });

    test("the cursor may stand anywhere in the line", async () => {
      // xterm.js takes the cursor down with rows that are laid out anew below it: nothing says where it was.
      const first = reflows === "but-cursor" ? 33 : 0;
      const all = [long, emoji].flatMap((text) =>
        Array.from({ length: graphemes(text).length + 1 }, (_, at) => [text, at] as const),
      );
      const some = all.filter(([, at]) => at >= first && (at - first) % 3 === 0);
      await atOnce(some, async ([text, at]) => {
        const desk = new Desk(text, 30, 24, { reflows });
        desk.at = at;
        desk.screen.draw();
        desk.say("one");
        await desk.isRight();
        const column = await desk.terminal.resize(13, 24);
        // In the last column it may be because its row was cut off, or not: nothing says which.
        if (reflows !== "all" || column < 12) await desk.isRight(`the cursor was behind ${at} characters`);
        desk.screen.close();
      });
    });
  },
);

test("a terminal that does not say where its cursor is is drawn on all the same", async () => {
  const desk = new Desk(long, 40, 24, { answers: false });
  onTestFinished(() => desk.screen.close());
  desk.say("one");
  await desk.isRight();
  await desk.terminal.resize(20, 24);
  desk.say("two");
  await desk.isRight();
});

test("a key that is read before the system has told of the new size leaves no second line", async () => {
  const desk = new Desk(long, 40, 24, {}, LATENCY_MS);
  onTestFinished(() => desk.screen.close());
  desk.say("one");
  await desk.isRight();
  // What was drawn has arrived.
  await pause(2 * LATENCY_MS);
  // On a busy machine the key is there, its frame is due, and the signal waits to be read.
  const signal = new Promise<void>((resolve) => process.once("SIGWINCH", () => resolve()));
  const told = desk.terminal.resize(20, 24, signal);
  await desk.terminal.cursor();
  await turn();
  desk.text += "!";
  desk.at++;
  desk.screen.changed();
  process.kill(process.pid, "SIGWINCH");
  // Longer than a frame has to wait.
  for (const end = performance.now() + 30; performance.now() < end; );
  await told;
  await desk.isRight();
});

test("what was said right before a resize of which a busy program hears late is not lost", async () => {
  const desk = new Desk(long, 30, 24, {}, LATENCY_MS);
  onTestFinished(() => desk.screen.close());
  desk.say("one");
  await desk.isRight();
  await pause(2 * LATENCY_MS);
  // The terminal has become narrower before it reads what is drawn now.
  const signal = new Promise<void>((resolve) => process.once("SIGWINCH", () => resolve()));
  const told = desk.terminal.resize(12, 24, signal);
  await desk.terminal.cursor();
  await turn();
  desk.say("two");
  desk.screen.draw();
  process.kill(process.pid, "SIGWINCH");
  for (const end = performance.now() + 2 * LATENCY_MS; performance.now() < end; );
  await told;
  desk.say("three");
  await until("it is shown", async () => (await desk.terminal.texts()).includes("three"));
  expect((await desk.terminal.texts()).filter((text) => /^(one|two|three)$/.test(text))).toEqual([
    "one",
    "two",
    "three",
  ]);
});

test("an answer to what was asked before the size changed again is none to what is asked since", async () => {
  const desk = new Desk(long, 30, 24, { answers: false });
  onTestFinished(() => desk.screen.close());
  desk.say("one");
  await desk.isRight();
  const questions = (): number => desk.terminal.writes.filter((write) => write.includes("\u001b[6n")).length;
  const first = await desk.terminal.resize(31, 24);
  await until("it has asked", () => questions() === 1);
  const second = await desk.terminal.resize(12, 24);
  desk.screen.cursorAt(first + 1);
  await until("it has asked again", () => questions() === 2);
  desk.screen.cursorAt(second + 1);
  await desk.isRight();
});

test("several sizes one right after the other end in the last", async () => {
  const desk = new Desk(long, 40, 24, {});
  onTestFinished(() => desk.screen.close());
  desk.say("one");
  await desk.isRight();
  for (const columns of [38, 31, 25, 22, 19, 33, 18]) await desk.terminal.resize(columns, 24);
  await desk.isRight();
});

test("clearing the screen right after a resize, or handing it to others, leaves the line there", async () => {
  const both = [(screen: Screen) => screen.clear(), (screen: Screen) => [screen.leave(), screen.enter()]];
  await atOnce(both, async (so) => {
    const desk = new Desk("halo", 40, 24, { answers: false });
    onTestFinished(() => desk.screen.close());
    await desk.isRight();
    await desk.terminal.resize(30, 24);
    so(desk.screen);
    await until("the line stands there", async () => (await desk.terminal.lines()).at(-1) === "› halo");
  });
});

test("what is said right after a resize is shown even if that is the end", async () => {
  const desk = new Desk("halo", 40, 24, { answers: false });
  await desk.isRight();
  await desk.terminal.resize(30, 24);
  desk.say("one");
  desk.screen.close();
  expect(await desk.terminal.texts()).toContain("one");
});

/** Without wide ones: where one of them stands at the edge, nobody can tell whether the cursor's row was laid out anew. */
const words = fc.array(fc.constantFrom("a", "bc ", "e\u0301"), { maxLength: 60, size: "max" });

test("whatever is said, whatever the sizes, all stands there once and the line below it", async () => {
  await fc.assert(
    fc.asyncProperty(
      words,
      fc.nat(),
      fc.constantFrom<NonNullable<Manners["reflows"]>>("all", "but-cursor"),
      fc.array(fc.oneof(fc.constant("say"), fc.integer({ min: 12, max: 50 })), { maxLength: 8, size: "max" }),
      async (some, cut, reflows, steps) => {
        const desk = new Desk(some.join(""), 30, 40, { reflows });
        if (reflows !== "but-cursor") desk.at = cut % (graphemes(desk.text).length + 1);
        desk.screen.draw();
        for (const [i, step] of steps.entries()) {
          if (typeof step === "string") desk.say(`text ${i}`);
          else if ((await desk.terminal.resize(step, 40)) >= step - 1 && reflows === "all") break;
          await desk.isRight();
        }
        desk.screen.close();
      },
    ),
    { numRuns: 40, interruptAfterTimeLimit: 30_000 },
  );
});
