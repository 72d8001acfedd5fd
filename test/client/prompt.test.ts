/** The line being typed, on a terminal that lays it out. */
import { expect, onTestFinished, test } from "vitest";
import { Prompt } from "../../src/client/prompt.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const LEFT = "\u001b[D";

function open(columns = 40, rows = 10): { terminal: Terminal; prompt: Prompt; given: string[] } {
  const terminal = new Terminal(columns, rows);
  const prompt = new Prompt(terminal.input, terminal.output);
  const given: string[] = [];
  onTestFinished(() => prompt.close());
  return { terminal, prompt, given };
}

async function read(prompt: Prompt, given: string[]): Promise<void> {
  for await (const line of prompt.lines()) given.push(line);
}

/** Waits until the screen is so; says what it was where it never is. */
async function shows(terminal: Terminal, lines: readonly string[]): Promise<void> {
  let last: string[] = [];
  await until(`the screen shows ${JSON.stringify(lines)}`, async () => {
    last = await terminal.lines();
    return JSON.stringify(last) === JSON.stringify(lines);
  }).catch(() => expect(last).toEqual(lines));
}

test("a message that comes while one types stands above the line, which goes on where it was", async () => {
  const { terminal, prompt, given } = open();
  void read(prompt, given);
  terminal.type("send bob hel");
  await shows(terminal, ["› send bob hel"]);
  prompt.print("05:41 bob: halo");
  terminal.type("lo");
  await shows(terminal, ["05:41 bob: halo", "› send bob hello"]);
  expect(await terminal.cursor()).toEqual({ column: 16, row: 1 });
  terminal.type("\r");
  await until("the line is given", () => given.length > 0);
  expect(given).toEqual(["send bob hello"]);
});

test("a line of three rows is moved down whole, and the cursor stays inside it", async () => {
  const { terminal, prompt, given } = open(20);
  void read(prompt, given);
  terminal.type(`send bob ${"a".repeat(20)}${"b".repeat(20)}`);
  await shows(terminal, ["› send bob aaaaaaaaa", "aaaaaaaaaaabbbbbbbbb", "bbbbbbbbbbb"]);
  terminal.type(LEFT.repeat(31));
  await until("the cursor has moved up", async () => (await terminal.cursor()).row === 1);
  const before = await terminal.cursor();
  prompt.print("one");
  prompt.print("two");
  await shows(terminal, ["one", "two", "› send bob aaaaaaaaa", "aaaaaaaaaaabbbbbbbbb", "bbbbbbbbbbb"]);
  expect(await terminal.cursor()).toEqual({ column: before.column, row: before.row + 2 });
});

test("several characters that arrive at once are put where the cursor is", async () => {
  const { terminal, prompt, given } = open();
  void read(prompt, given);
  terminal.type("abcdef");
  await shows(terminal, ["› abcdef"]);
  terminal.type(LEFT.repeat(3));
  terminal.type("XY\r");
  await until("the line is given", () => given.length > 0);
  expect(given).toEqual(["abcXYdef"]);
});

test("a secret is not shown while it is typed, and not kept among the lines", async () => {
  const { terminal, prompt, given } = open();
  const asked = prompt.secret("password of alice: ");
  await shows(terminal, ["password of alice:"]);
  terminal.type("rahasia\r");
  expect(await asked).toBe("rahasia");
  void read(prompt, given);
  terminal.type("\u001b[A");
  terminal.type("ping\r");
  await until("the line is given", () => given.length > 0);
  expect(given).toEqual(["ping"]);
  expect((await terminal.lines()).join("\n")).not.toContain("rahasia");
});

test("a request that holds a password is not offered again", async () => {
  const { terminal, prompt, given } = open();
  void read(prompt, given);
  terminal.type("ping\rauth alice rahasia\r");
  await until("both lines are given", () => given.length === 2);
  terminal.type("\u001b[A\r");
  await until("the line before is given again", () => given.length === 3);
  expect(given[2]).toBe("ping");
});

test("Ctrl-C empties the line, and ends on an empty one", async () => {
  const { terminal, prompt, given } = open();
  const ended = read(prompt, given);
  terminal.type("send bob oh no");
  await shows(terminal, ["› send bob oh no"]);
  terminal.type("\u0003");
  await shows(terminal, ["›"]);
  terminal.type("\u0003");
  await ended;
  expect(given).toEqual([]);
});
