/** Writing a line: typing, cutting and putting back, undo, several lines. Searching and completing have their own. */
import { expect, test } from "vitest";
import { Typist } from "./typist.ts";

const ESC = "\u001b";
const LEFT = `${ESC}[D`;
const UNDO = "\u001f";
const YANK = "\u0019";
const OLDER = `${ESC}y`;
const CUT_TO_START = "\u0015";
const CUT_BLANK = "\u0017";
const CUT_WORD_RIGHT = `${ESC}d`;
const START = "\u0001";
const END = "\u0005";

test("what comes in one write is typed where the cursor is", () => {
  expect(new Typist().type(`abcdef${LEFT}${LEFT}${LEFT}XY`).line).toBe("abcXY|def");
});

test("Backspace takes a family, an accented letter and a flag whole", () => {
  const typist = new Typist().type("x👩‍👩‍👧e\u0301🇮🇩");
  expect(typist.type("\u007f").line).toBe("x👩‍👩‍👧e\u0301|");
  expect(typist.type("\u007f").line).toBe("x👩‍👩‍👧|");
  expect(typist.type("\u007f").line).toBe("x|");
});

test("an accent that is typed after its letter is one with it", () => {
  expect(new Typist().type("cafe").type("\u0301").type("\u007f").line).toBe("caf|");
});

test("Alt-Enter begins a new line; Enter sends all of them", () => {
  const typist = new Typist().type(`one${ESC}\rtwo`);
  expect(typist.given).toEqual([]);
  typist.type("\r");
  expect(typist.given).toEqual(["one\ntwo"]);
  expect(typist.line).toBe("|");
});

test("several lines that are pasted are a draft: nothing is sent before Enter", () => {
  const typist = new Typist().type("see: ").paste("one\r\ntwo\rthree\n");
  expect(typist.given).toEqual([]);
  expect(typist.line).toBe("see: one\ntwo\nthree\n|");
  expect(typist.type("\r").given).toEqual(["see: one\ntwo\nthree\n"]);
});

test("what would act on a terminal is left out of what is pasted; tabs stay", () => {
  expect(new Typist().paste(`a${ESC}[31mb\u0007\u009b2J\tc\u0000`).line).toBe("a[31mb2J\tc|");
});

test("Up goes to the line above in the text, and from the first to what was typed before", () => {
  const typist = new Typist("one\ntwo|", { lines: ["before"] });
  expect(typist.type(`${ESC}[A`).line).toBe("one|\ntwo");
  expect(typist.type(`${ESC}[A`).line).toBe("before|");
  expect(typist.type(`${ESC}[B`).line).toBe("one\ntwo|");
});

test("cuts in a row are one, on both sides of the cursor", () => {
  const typist = new Typist("one two |three four").type(CUT_BLANK).type(CUT_WORD_RIGHT).type(CUT_BLANK);
  expect(typist.line).toBe("| four");
  expect(typist.type(`${END}${YANK}`).line).toBe(" fourone two three|");
});

test("cuts with something else between them are two", () => {
  const typist = new Typist("one two|").type(CUT_BLANK).type(LEFT).type(CUT_TO_START);
  expect(typist.line).toBe("| ");
  expect(typist.type(YANK).line).toBe("one| ");
  expect(typist.type(OLDER).line).toBe("two| ");
  expect(typist.type(OLDER).line).toBe("one| ");
});

test("M-y goes through all that was cut, and begins again", () => {
  const typist = new Typist();
  for (const word of ["one", "two", "three"]) typist.type(word).type(CUT_TO_START).type(START);
  typist.type("> ").type(YANK);
  const seen = Array.from({ length: 4 }, () => typist.type(OLDER).line);
  expect(seen).toEqual(["> two|", "> one|", "> three|", "> two|"]);
});

test("M-y does nothing when nothing was put back just before", () => {
  const typist = new Typist("one|").type(CUT_TO_START).type(`two${OLDER}`);
  expect(typist.line).toBe("two|");
});

test("M-y does nothing when nothing was ever cut", () => {
  expect(new Typist().type("abc").type(YANK).type(OLDER).line).toBe("abc|");
});

test("what was cut stays over Enter", () => {
  expect(new Typist("secret plan|").type(`${CUT_TO_START}halo\r${YANK}`).line).toBe("secret plan|");
});

test("a run of letters is undone at once, a run of Backspace too", () => {
  const typist = new Typist().type("one two").type("\u007f\u007f\u007f");
  expect(typist.type(UNDO).line).toBe("one two|");
  expect(typist.type(UNDO).line).toBe("|");
  expect(typist.type(UNDO).line).toBe("|");
});

test("letters in two places are undone one after the other", () => {
  const typist = new Typist().type("two").type(`${START}one `);
  expect(typist.type(UNDO).line).toBe("|two");
  expect(typist.type(UNDO).line).toBe("|");
});

test("undo gives back what was cut, pasted, put back, changed places and taken from before", () => {
  const typist = new Typist("one two|", { lines: ["before"] });
  typist.type(CUT_BLANK).type(YANK).paste("!").type("\u0014").type(CUT_TO_START).type("\u0010");
  const seen = Array.from({ length: 6 }, () => typist.type(UNDO).line);
  expect(seen).toEqual(["|", "one tw!o|", "one two!|", "one two|", "one |", "one two|"]);
});

test("Backspace that took nothing does not keep Delete from being undone", () => {
  const typist = new Typist().type("abc").type(`${START}\u007f${ESC}[3~`);
  expect(typist.line).toBe("|bc");
  expect(typist.type(UNDO).line).toBe("|abc");
});

test("a swap of nothing is no step of undo", () => {
  const typist = new Typist().type("ab").type(`${START}\u0014`);
  expect(typist.type(UNDO).line).toBe("|");
});

test("Ctrl-T changes places of whole characters", () => {
  expect(new Typist("a👩‍👩‍👧|").type("\u0014").line).toBe("👩‍👩‍👧a|");
  expect(new Typist("a|").type("\u0014").line).toBe("a|");
  expect(new Typist("x\n|ab").type("\u0014").line).toBe("x\n|ab");
});

test("after Ctrl-X what is pasted is pasted, and what is typed then is typed", () => {
  expect(new Typist().type("\u0018").paste("one").type(" two").line).toBe("one two|");
});

test("after Ctrl-Q only the next key is put in as it is", () => {
  const typist = new Typist("|", { complete: () => ({ replaces: 0, candidates: [{ text: "x" }] }) });
  expect(typist.type("\u0011\t\t").line).toBe("\tx|");
  expect(new Typist().type("\u0011a\tb").line).toBe("ab|");
});

test("a draft that is given anew forgets what could be undone", () => {
  const typist = new Typist().type("one");
  typist.model.reset("two");
  expect(typist.line).toBe("two|");
  expect(typist.type(UNDO).line).toBe("two|");
});
