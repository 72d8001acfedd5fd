/** The one writer to a terminal: what it writes, how often, and what stands on the screen then. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { graphemes } from "../../../src/client/terminal/graphemes.ts";
import { type Layout, layOut, within } from "../../../src/client/terminal/layout.ts";
import { Screen } from "../../../src/client/terminal/screen.ts";
import { type Manners, Terminal } from "../../support/terminal.ts";
import { until } from "../../support/until.ts";

const BEGIN = "\u001b[?2026h";
const END = "\u001b[?2026l";

class Desk {
  text = "halo";
  readonly terminal: Terminal;
  readonly screen: Screen;

  constructor(columns = 20, rows = 10, manners: Manners = {}) {
    this.terminal = new Terminal(columns, rows, manners);
    this.screen = new Screen({
      latency: 0,
      output: this.terminal.output,
      reflows: manners.reflows !== "none",
      leftOut: (counts) => [...counts].map(([of, count]) => `(${count} of ${of} left out)`).join(", "),
      compose: (width, room) => this.#compose(width, room),
    });
    this.terminal.input.on("data", (bytes: Buffer) => {
      const [, column] = /\[\d+;(\d+)R/.exec(bytes.toString()) ?? [];
      this.screen.cursorAt(Number(column));
    });
    onTestFinished(() => this.screen.close());
    this.screen.enter();
  }

  async shows(...lines: string[]): Promise<void> {
    let last: string[] = [];
    await until(`the screen shows ${JSON.stringify(lines)}`, async () => {
      last = await this.terminal.lines();
      return JSON.stringify(last) === JSON.stringify(lines);
    }).catch(() => expect(last).toEqual(lines));
  }

  #compose(columns: number, room: number): Layout {
    const clusters = graphemes(this.text);
    return within(layOut("› ", clusters, clusters.length, columns), room);
  }
}

test("what is said stands above the line, in the order it was said", async () => {
  const { screen, terminal, ...desk } = new Desk();
  for (const text of ["one", "two\nthree", "four"]) screen.say({ text });
  await until("all is written", async () => (await terminal.lines()).length === 5);
  expect(await terminal.lines()).toEqual(["one", "two", "three", "four", `› ${desk.text}`]);
  expect(await terminal.cursor()).toEqual({ column: 6, row: 4 });
});

test("a text that is wider than the terminal is wrapped by it, and is one text", async () => {
  const desk = new Desk();
  desk.screen.say({ text: "x".repeat(45) });
  await desk.shows("x".repeat(20), "x".repeat(20), "xxxxx", "› halo");
  expect(await desk.terminal.texts()).toEqual(["x".repeat(45), "› halo"]);
});

test("rows that are full to the last column leave no empty row between them", async () => {
  const desk = new Desk(10);
  desk.text = "abcdefgh0123456789xy";
  desk.screen.changed();
  await desk.shows("› abcdefgh", "0123456789", "xy");
  desk.screen.say({ text: "z".repeat(10) });
  await desk.shows("zzzzzzzzzz", "› abcdefgh", "0123456789", "xy");
});

test("everything is written in whole synchronised updates, with the cursor hidden meanwhile", async () => {
  const desk = new Desk();
  for (let i = 0; i < 30; i++) {
    desk.text += "x";
    desk.screen.changed();
    desk.screen.say({ text: `text ${i}` });
    await until("it is written", async () => (await desk.terminal.texts()).includes(`text ${i}`));
  }
  for (const write of desk.terminal.writes) {
    expect(write.startsWith(`${BEGIN}\u001b[?25l`)).toBe(true);
    expect(write.endsWith(`\u001b[?25h${END}`)).toBe(true);
    expect(write.split(BEGIN).length).toBe(2);
  }
});

test("what is the same is not written again", async () => {
  const desk = new Desk();
  const before = desk.terminal.writes.length;
  desk.screen.changed();
  desk.screen.draw();
  expect(desk.terminal.writes.length).toBe(before);
});

test("it draws at most sixty times a second, however often something changes", async () => {
  const desk = new Desk();
  const times: number[] = [];
  const write = desk.terminal.output.write.bind(desk.terminal.output);
  vi.spyOn(desk.terminal.output, "write").mockImplementation((chunk: unknown) => {
    times.push(performance.now());
    return write(chunk as string);
  });
  let i = 0;
  await until(
    "it has drawn sixty times",
    () => {
      desk.text = `${i++}`;
      desk.screen.changed();
      return times.length > 60;
    },
    turn,
  );
  // Timers count whole milliseconds, and may end a part of one too early.
  expect((times[60] as number) - (times[0] as number)).toBeGreaterThanOrEqual(1000 - 2);
});

test("a key is drawn at once when nothing was drawn just before", async () => {
  const desk = new Desk();
  await until("a frame is over", () => performance.now() > 0, turn);
  desk.text = "halo!";
  desk.screen.changed();
  await desk.shows("› halo!");
});

test("ten thousand texts at once are shown, each once and in order", async () => {
  const desk = new Desk(40);
  const texts = Array.from({ length: 10_000 }, (_, i) => `text ${i}`);
  for (const text of texts) desk.screen.say({ text, of: "#dev" });
  await until("the last is shown", async () => (await desk.terminal.texts()).includes("text 9999"));
  expect(await desk.terminal.texts()).toEqual([...texts, "› halo"]);
});

test("of more than a terminal takes in a second it says how many it has left out", async () => {
  const desk = new Desk(40);
  for (let i = 0; i < 50_000; i++) desk.screen.say({ text: `text ${i}`, of: "#dev" });
  await until("the last is shown", async () => (await desk.terminal.texts()).includes("text 49999"));
  const texts = await desk.terminal.texts();
  const leftOut = texts.reduce((sum, text) => sum + Number(/^\((\d+) of #dev left out\)$/.exec(text)?.[1] ?? 0), 0);
  expect(leftOut).toBeGreaterThan(0);
  expect(leftOut + texts.filter((text) => text.startsWith("text ")).length).toBe(50_000);
});

test("what is said while others have the terminal is shown when it comes back", async () => {
  const desk = new Desk();
  desk.screen.say({ text: "before" });
  desk.screen.leave();
  expect(await desk.terminal.lines()).toEqual(["before"]);
  desk.screen.say({ text: "meanwhile" });
  desk.screen.changed();
  desk.screen.draw();
  expect(await desk.terminal.lines()).toEqual(["before"]);
  desk.screen.enter();
  await desk.shows("before", "meanwhile", "› halo");
});

test("it may leave the line where it is, and goes on below", async () => {
  const desk = new Desk();
  desk.screen.leave(true);
  expect(await desk.terminal.lines()).toEqual(["› halo"]);
  expect(await desk.terminal.cursor()).toEqual({ column: 0, row: 1 });
});

test("clearing leaves the line at the top, and what is said then above it", async () => {
  const desk = new Desk();
  desk.screen.say({ text: "one" });
  await desk.shows("one", "› halo");
  desk.screen.clear();
  const { row, column } = await desk.terminal.cursor();
  expect(column).toBe(6);
  const lines = await desk.terminal.lines();
  expect(lines.slice(row)).toEqual(["› halo"]);
  desk.screen.say({ text: "two" });
  await until("it is shown", async () => (await desk.terminal.lines()).includes("two"));
  expect((await desk.terminal.lines()).slice(row)).toEqual(["two", "› halo"]);
});

test("all that was said before the end is shown, and the line is gone", async () => {
  const desk = new Desk(40);
  const texts = Array.from({ length: 3000 }, (_, i) => `text ${i}`);
  for (const text of texts) desk.screen.say({ text });
  desk.screen.close();
  expect(await desk.terminal.texts()).toEqual(texts);
});

test("after the end nothing is written", async () => {
  const desk = new Desk();
  desk.screen.close();
  const before = desk.terminal.writes.length;
  await desk.terminal.resize(15, 10);
  desk.screen.say({ text: "late" });
  desk.screen.draw();
  expect(desk.terminal.writes.length).toBe(before);
});
