/** What was typed before: going back through it and searching it; and completion with its menu. */
import { expect, test } from "vitest";
import type { Completion } from "../../../src/client/terminal/completion.ts";
import { Typist } from "./typist.ts";

const ESC = "\u001b";
const BACK = "\u0012";
const ON = "\u0013";
const lines = ["send bob halo", "send alice Makan siang?", "who", "send bob 👩‍👩‍👧 besok"];

function searching(text = "|"): Typist {
  return new Typist(text, { lines });
}

test("what is being typed is kept while one goes back", () => {
  const typist = searching("my ow|n");
  expect(typist.type("\u0010\u0010").line).toBe("who|");
  expect(typist.type("\u000e\u000e").line).toBe("my own|");
  expect(typist.type("\u000e").line).toBe("my own|");
});

test("going back past the oldest stays there", () => {
  expect(searching().type("\u0010".repeat(9)).line).toBe("send bob halo|");
});

test("Ctrl-R finds while one types, older ones when it is pressed again, newer ones with Ctrl-S", () => {
  const typist = searching("mine|").type(`${BACK}bob`);
  expect(typist.line).toBe("send |bob 👩‍👩‍👧 besok");
  expect(typist.model.search).toMatchObject({ query: "bob", found: true });
  expect(typist.type(BACK).line).toBe("send |bob halo");
  expect(typist.type(ON).line).toBe("send |bob 👩‍👩‍👧 besok");
});

test("a search does not look at what is a capital", () => {
  expect(searching().type(`${BACK}makan SIANG`).line).toBe("send alice |Makan siang?");
});

test("a search that finds nothing says so and stays where it was", () => {
  const typist = searching().type(`${BACK}bob`).type("x");
  expect(typist.model.search).toMatchObject({ query: "bobx", found: false });
  expect(typist.line).toBe("send |bob 👩‍👩‍👧 besok");
  typist.type("\u007f");
  expect(typist.model.search).toMatchObject({ query: "bob", found: true });
});

test("Ctrl-S on the newest, and Ctrl-R on the oldest that fits, find no more", () => {
  const typist = searching().type(`${BACK}bob${ON}`);
  expect(typist.model.search).toMatchObject({ found: false });
  expect(searching().type(`${BACK}bob${BACK}${BACK}`).line).toBe("send |bob halo");
});

test("Ctrl-G, Escape and Ctrl-C leave a search with the line as it was, the cursor too", () => {
  for (const key of ["\u0007", ESC, "\u0003"]) {
    const typist = searching("my ow|n").type(`${BACK}bob`).type(key);
    expect(typist.model.search).toBeUndefined();
    expect(typist.line).toBe("my ow|n");
    expect(typist.acts).toEqual([]);
  }
});

test("Enter sends what was found", () => {
  expect(searching().type(`${BACK}makan\r`).given).toEqual(["send alice Makan siang?"]);
});

test("any other key goes on with what was found, from where it was found", () => {
  const typist = searching("mine|").type(`${BACK}makan${ESC}[C!`);
  expect(typist.model.search).toBeUndefined();
  expect(typist.line).toBe("send alice M!|akan siang?");
});

test("undo after a search gives back what was being typed", () => {
  expect(searching().type("mine").type(`${BACK}makan\u0005\u001f`).line).toBe("mine|");
});

test("Backspace in a search takes a character whole", () => {
  const typist = searching().type(`${BACK}b👩‍👩‍👧\u007f`);
  expect(typist.model.search?.query).toBe("b");
});

test("of what is pasted in a search only the first line counts", () => {
  const typist = searching().type(BACK).paste("alice\nbob");
  expect(typist.model.search?.query).toBe("alice");
  expect(typist.given).toEqual([]);
});

function completing(line: string, ...texts: string[]): Typist {
  const complete = (before: string): Completion | undefined => {
    const word = /\S*$/.exec(before)?.[0] ?? "";
    const candidates = texts.filter((text) => text.startsWith(word)).map((text) => ({ text }));
    return { replaces: word.length, candidates };
  };
  return new Typist(line, { complete });
}

test("Tab puts in the only word that fits, what stands behind it stays", () => {
  expect(completing("send al| halo", "alice ", "bob ").type("\t").line).toBe("send alice | halo");
});

test("Tab does nothing where nothing fits", () => {
  const typist = completing("send x|", "alice ", "bob ").type("\t");
  expect(typist.line).toBe("send x|");
  expect(typist.model.menu).toBeUndefined();
});

test("Tab puts in what all that fit begin with, and shows them; again, the first of them", () => {
  const typist = completing("a|", "alice ", "aliya ", "bob ").type("\t");
  expect(typist.line).toBe("ali|");
  expect(typist.model.menu).toBeDefined();
  expect(typist.type("\t").line).toBe("alice|");
  expect(typist.type("\t").line).toBe("aliya|");
  expect(typist.type("\t").line).toBe("alice|");
  expect(typist.type(`${ESC}[Z`).line).toBe("aliya|");
  expect(typist.type(`${ESC}[A`).line).toBe("alice|");
  expect(typist.type(`${ESC}[B`).line).toBe("aliya|");
});

test("Enter takes what is chosen in the menu and sends nothing; the next sends", () => {
  const typist = completing("a|", "alice ", "aliya ").type("\t\t\r");
  expect(typist.given).toEqual([]);
  expect(typist.line).toBe("alice |");
  expect(typist.model.menu).toBeUndefined();
  expect(typist.type("\r").given).toEqual(["alice "]);
});

test("Enter sends when nothing was chosen in the menu", () => {
  const typist = completing("a|", "alice ", "aliya ").type("\t\r");
  expect(typist.given).toEqual(["ali"]);
  expect(typist.model.menu).toBeUndefined();
});

test("typing, Escape and moving close the menu", () => {
  for (const key of ["x", ESC, "\u0007", `${ESC}[D`, "\u007f"]) {
    expect(completing("a|", "alice ", "aliya ").type(`\t${key}`).model.menu, JSON.stringify(key)).toBeUndefined();
  }
});

test("undo takes a completion back", () => {
  expect(completing("al|", "alice ").type("\t\u001f").line).toBe("al|");
});

test("what all that fit begin with is whole characters", () => {
  // Their first UTF-16 units are the same.
  const typist = completing("|", "😀 one", "😁 two").type("\t");
  expect(typist.line).toBe("|");
  expect(completing("|", "👩‍👩‍👧 ", "👩‍👩‍👦 ").type("\t").line).toBe("|");
});
