/** Every key of the table, pressed as a terminal sends it: what it does to a line, `|` being the cursor. */
import { describe, expect, test } from "vitest";
import { type Command, commandOf, commands } from "../../../src/client/terminal/commands.ts";
import { Typist } from "./typist.ts";

const ESC = "\u001b";

interface Example {
  readonly keys: string;
  /** What terminals send. */
  readonly bytes: string;
  readonly from?: string;
  readonly to?: string;
  readonly given?: string;
  readonly acts?: string;
}

const before = ["the oldest", "the middle one", "the newest"];

const greek = {
  replaces: 1,
  candidates: [{ text: "alpha ", about: "the first" }, { text: "atlas " }, { text: "azure " }],
};

const examples: readonly Example[] = [
  { keys: "enter", bytes: "\r", from: "ha|lo", to: "|", given: "halo" },
  { keys: "C-j", bytes: "\n", from: "halo|", to: "|", given: "halo" },
  { keys: "M-enter", bytes: `${ESC}\r`, from: "ha|lo", to: "ha\n|lo" },
  { keys: "S-enter", bytes: `${ESC}[13;2u`, from: "ha|lo", to: "ha\n|lo" },
  { keys: "S-enter", bytes: `${ESC}[27;2;13~`, from: "ha|lo", to: "ha\n|lo" },
  { keys: "C-M-j", bytes: `${ESC}\n`, from: "ha|lo", to: "ha\n|lo" },
  { keys: "tab", bytes: "\t\t", from: "a|!", to: "alpha|!" },
  { keys: "tab", bytes: "\t\t\t", from: "a|!", to: "atlas|!" },
  { keys: "S-tab", bytes: `\t${ESC}[Z`, from: "a|!", to: "azure|!" },
  { keys: "C-x C-e", bytes: "\u0018\u0005", from: "ha|lo", to: "ha|lo", acts: "externalEditor" },
  { keys: "M-a", bytes: `${ESC}a`, from: "ha|lo", to: "ha|lo", acts: "nextUnread" },
  { keys: "M-n", bytes: `${ESC}n`, from: "ha|lo", to: "ha|lo", acts: "nextConversation" },
  { keys: "M-p", bytes: `${ESC}p`, from: "ha|lo", to: "ha|lo", acts: "previousConversation" },
  { keys: "left", bytes: `${ESC}[D`, from: "a👩‍👩‍👧|b", to: "a|👩‍👩‍👧b" },
  { keys: "left", bytes: `${ESC}OD`, from: "|ab", to: "|ab" },
  { keys: "C-b", bytes: "\u0002", from: "ab|", to: "a|b" },
  { keys: "right", bytes: `${ESC}[C`, from: "|e\u0301b", to: "e\u0301|b" },
  { keys: "C-f", bytes: "\u0006", from: "ab|", to: "ab|" },
  { keys: "M-b", bytes: `${ESC}b`, from: "one two, |", to: "one |two, " },
  { keys: "C-left", bytes: `${ESC}[1;5D`, from: "one tw|o", to: "one |two" },
  { keys: "M-left", bytes: `${ESC}[1;3D`, from: "one |two", to: "|one two" },
  { keys: "M-f", bytes: `${ESC}f`, from: "one| two, three", to: "one two|, three" },
  { keys: "C-right", bytes: `${ESC}[1;5C`, from: "|one two", to: "one| two" },
  { keys: "M-right", bytes: `${ESC}[1;3C`, from: "|日本 two", to: "日本| two" },
  { keys: "C-a", bytes: "\u0001", from: "one\nt|wo\nthree", to: "one\n|two\nthree" },
  { keys: "home", bytes: `${ESC}[H`, from: "one tw|o", to: "|one two" },
  { keys: "C-e", bytes: "\u0005", from: "one\nt|wo\nthree", to: "one\ntwo|\nthree" },
  { keys: "end", bytes: `${ESC}[F`, from: "|one two", to: "one two|" },
  { keys: "up", bytes: `${ESC}[A`, from: "one\ntw|o", to: "on|e\ntwo" },
  { keys: "up", bytes: `${ESC}[A`, from: "mine|", to: "the newest|" },
  { keys: "down", bytes: `${ESC}[B`, from: "on|e\ntwo", to: "one\ntw|o" },
  { keys: "down", bytes: `${ESC}[A${ESC}[A${ESC}[B`, from: "mine|", to: "the newest|" },
  { keys: "backspace", bytes: "\u007f", from: "a👩‍👩‍👧|b", to: "a|b" },
  { keys: "C-h", bytes: "\b", from: "|ab", to: "|ab" },
  { keys: "delete", bytes: `${ESC}[3~`, from: "a|👩‍👩‍👧b", to: "a|b" },
  { keys: "C-d", bytes: "\u0004", from: "a|bc", to: "a|c" },
  { keys: "C-d", bytes: "\u0004", from: "|", to: "|", acts: "end" },
  { keys: "C-k", bytes: "\u000b", from: "a|bc\nd", to: "a|\nd" },
  { keys: "C-k", bytes: "\u000b", from: "abc|\nd", to: "abc|d" },
  { keys: "C-u", bytes: "\u0015", from: "x\nab|c", to: "x\n|c" },
  { keys: "C-w", bytes: "\u0017", from: "send /tmp/a.txt |now", to: "send |now" },
  { keys: "M-backspace", bytes: `${ESC}\u007f`, from: "send /tmp/a.txt|", to: "send /tmp/a.|" },
  { keys: "C-M-h", bytes: `${ESC}\b`, from: "one two |", to: "one |" },
  { keys: "M-d", bytes: `${ESC}d`, from: "one| two three", to: "one| three" },
  { keys: "C-y", bytes: "\u0015\u0019\u0019", from: "ab|c", to: "abab|c" },
  { keys: "M-y", bytes: `\u000b\u0001\u000b\u0019${ESC}y`, from: "one| two", to: " two|" },
  { keys: "C-_", bytes: "\u000b\u001f", from: "one| two", to: "one| two" },
  { keys: "C-x C-u", bytes: "\u000b\u0018\u0015", from: "one| two", to: "one| two" },
  { keys: "C-t", bytes: "\u0014", from: "ab|c", to: "acb|" },
  { keys: "C-q", bytes: "\u0011\t", from: "a|b", to: "a\t|b" },
  { keys: "C-v", bytes: "\u0016\r", from: "a|b", to: "a\n|b" },
  { keys: "C-p", bytes: "\u0010\u0010", from: "mine|", to: "the middle one|" },
  { keys: "C-n", bytes: "\u0010\u0010\u000e", from: "mine|", to: "the newest|" },
  { keys: "M-<", bytes: `${ESC}<`, from: "mine|", to: "the oldest|" },
  { keys: "M->", bytes: `${ESC}<${ESC}>`, from: "mine|", to: "mine|" },
  { keys: "C-r", bytes: "\u0012middle", from: "mine|", to: "the |middle one" },
  { keys: "C-r", bytes: "\u0012the\u0012\u0012", from: "mine|", to: "|the oldest" },
  { keys: "C-s", bytes: "\u0012the\u0012\u0012\u0013", from: "mine|", to: "|the middle one" },
  { keys: "C-g", bytes: "\u0012middle\u0007", from: "mine|", to: "mine|" },
  { keys: "escape", bytes: `\u0012middle${ESC}`, from: "mine|", to: "mine|" },
  { keys: "C-c", bytes: "\u0003", from: "ha|lo", to: "ha|lo", acts: "interrupt" },
  { keys: "C-z", bytes: "\u001a", from: "ha|lo", to: "ha|lo", acts: "suspend" },
  { keys: "C-l", bytes: "\u000c", from: "ha|lo", to: "ha|lo", acts: "redraw" },
  { keys: "C-x", bytes: "\u0018", from: "ha|lo", to: "ha|lo" },
];

function pressed({ bytes, from = "|" }: Example): Typist {
  return new Typist(from, { lines: before, complete: () => greek }).type(bytes);
}

describe("a key does what the table says:", () => {
  test.each(examples)("$keys, from $from", (example) => {
    const typist = pressed(example);
    expect(typist.pressed).toContain(example.keys);
    expect(typist.line).toBe(example.to);
    expect(typist.given).toEqual(example.given === undefined ? [] : [example.given]);
    expect(typist.acts).toEqual(example.acts === undefined ? [] : [example.acts]);
  });
});

const all = commands.flatMap(({ rows }) => Object.values<Command>(rows).flatMap(({ keys }) => keys));

test("there is an example of every key", () => {
  const shown = new Set(examples.map(({ keys }) => keys));
  expect(all.filter((key) => !shown.has(key))).toEqual([]);
});

test("no key stands in the table twice, and no example is of a key that is not in it", () => {
  expect(all.length).toBe(new Set(all).size);
  expect(examples.filter(({ keys }) => commandOf(keys) === undefined)).toEqual([]);
});

test("a key that is in no table does nothing", () => {
  const typist = new Typist("a|b").type(`\u001c${ESC}z${ESC}OP${ESC}[24~${ESC}[5~\u0018z\u0018\u0001`);
  expect(typist.line).toBe("a|b");
  expect(typist.acts).toEqual([]);
});

test("every row says in a few words what its keys do", () => {
  for (const { rows, title } of commands) {
    expect(title).not.toBe("");
    for (const { about } of Object.values(rows)) expect(about).not.toBe("");
  }
});
