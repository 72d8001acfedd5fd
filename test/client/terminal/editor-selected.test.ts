/** A line that was refused is given back, selected: what is typed next takes its place, what moves keeps it. */
import { describe, expect, test } from "vitest";
import { Typist } from "./typist.ts";

const ESC = "\u001b";
const UNDO = "\u001f";
const REFUSED = "sendfile";

/** Somebody whose line was refused. */
function refused(line = REFUSED, lines: readonly string[] = []): Typist {
  const typist = new Typist("|", { lines });
  typist.model.reset(line, { selected: true });
  return typist;
}

test("a refused line is all selected, its cursor at its end", () => {
  const typist = refused();
  expect([typist.line, typist.model.selected]).toEqual([`${REFUSED}|`, true]);
});

describe("it is replaced by", () => {
  test.each([
    ["a line that is typed at once", "sendfile alice x", "sendfile alice x|"],
    ["a line that is typed letter by letter", ["s", "e", "n", "d"], "send|"],
    ["a blank", " ", " |"],
    ["a letter of two", "日", "日|"],
    ["what is pasted", `${ESC}[200~satu\ndua${ESC}[201~`, "satu\ndua|"],
    ["Backspace, by nothing", "\u007f", "|"],
    ["Ctrl-H, by nothing", "\b", "|"],
    ["Delete, by nothing", `${ESC}[3~`, "|"],
    ["Ctrl-D, by nothing", "\u0004", "|"],
    ["Ctrl-W, by nothing", "\u0017", "|"],
    ["Ctrl-U, by nothing", "\u0015", "|"],
    ["Ctrl-K, by nothing", "\u000b", "|"],
    ["Alt-Backspace, by nothing", `${ESC}\u007f`, "|"],
    ["Alt-D, by nothing", `${ESC}d`, "|"],
  ])("%s", (_, bytes, line) => {
    const typist = refused("sendfile to two people");
    for (const some of [bytes].flat()) typist.type(some);
    expect([typist.line, typist.model.selected]).toEqual([line, false]);
    expect(typist.acts).toEqual([]);
  });

  test("what is put back of what was cut", () => {
    const typist = new Typist("cut|").type("\u0015");
    typist.model.reset(REFUSED, { selected: true });
    expect(typist.type("\u0019").line).toBe("cut|");
  });
});

describe("it is kept by", () => {
  test.each([
    ["Left", `${ESC}[D`, "sendfil|e"],
    ["Right", `${ESC}[C`, "sendfile|"],
    ["Home", `${ESC}[H`, "|sendfile"],
    ["End", `${ESC}[F`, "sendfile|"],
    ["Ctrl-A", "\u0001", "|sendfile"],
    ["Ctrl-E", "\u0005", "sendfile|"],
    ["Ctrl-B", "\u0002", "sendfil|e"],
    ["Ctrl-F", "\u0006", "sendfile|"],
    ["Alt-B", `${ESC}b`, "|sendfile"],
    ["Ctrl-Left", `${ESC}[1;5D`, "|sendfile"],
    ["Ctrl-G", "\u0007", "sendfile|"],
  ])("%s, and then one types on", (_, bytes, line) => {
    const typist = refused().type(bytes);
    expect([typist.line, typist.model.selected]).toEqual([line, false]);
    expect(typist.type("X").line).toBe(line.replace("|", "X|"));
    expect(typist.type("\u007f").line).toBe(line);
  });

  test.each([
    ["a mouse", `${ESC}[<0;1;5M${ESC}[M !!${ESC}[32;1;5M`],
    ["a key that does nothing", `${ESC}[15~`],
    ["an answer of the terminal", `${ESC}]11;rgb:0/0/0\u0007`],
  ])("%s, and stays selected", (_, bytes) => {
    const typist = refused().type(bytes);
    expect([typist.line, typist.model.selected]).toEqual([`${REFUSED}|`, true]);
  });
});

test("Enter sends it as it stands", () => {
  const typist = refused().type("\r");
  expect(typist.given).toEqual([REFUSED]);
  expect([typist.line, typist.model.selected]).toEqual(["|", false]);
});

test("undo brings it back where it was replaced", () => {
  expect(refused().type("x").type(UNDO).type(UNDO).line).toBe(`${REFUSED}|`);
  expect(refused().type("\u007f").type(UNDO).line).toBe(`${REFUSED}|`);
  expect(refused().paste("x").type(UNDO).type(UNDO).line).toBe(`${REFUSED}|`);
  // Brought back it is a line as any other.
  expect(refused().type("\u007f").type(UNDO).type("!").line).toBe(`${REFUSED}!|`);
});

test("Up goes to what was typed before, and Down comes back to it", () => {
  const typist = refused(REFUSED, ["before"]).type(`${ESC}[A`);
  expect([typist.line, typist.model.selected]).toEqual(["before|", false]);
  expect(typist.type(`${ESC}[B`).line).toBe(`${REFUSED}|`);
});

test("Ctrl-C is not swallowed by it", () => {
  expect(refused().type("\u0003").acts).toEqual(["interrupt"]);
});

test("nothing is selected where there is nothing, and a line that is given otherwise is not selected", () => {
  expect(refused("").model.selected).toBe(false);
  const typist = refused();
  typist.model.reset("draft");
  expect(typist.type("!").line).toBe("draft!|");
});

test("the words of a refused line never come to stand before what is typed next", () => {
  const typist = refused("sendfile").type("sendfile alice x\r");
  expect(typist.given).toEqual(["sendfile alice x"]);
});
