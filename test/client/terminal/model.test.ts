/** The parts of a line that is being typed, each by itself: undo, search. */
import { expect, test } from "vitest";
import { HistoryCursor } from "../../../src/client/terminal/history-cursor.ts";
import { Search } from "../../../src/client/terminal/incremental-search.ts";
import { Undo } from "../../../src/client/terminal/undo.ts";

const line = (text: string, before = text) => ({ text, before });

test("undo gives back one line after the other, the newest first, with its cursor", () => {
  const undo = new Undo();
  undo.remember(line("one", "o"));
  undo.remember(line("two"));
  expect([undo.back(), undo.back(), undo.back()]).toEqual([line("two"), line("one", "o"), undefined]);
});

test("five hundred changes can be undone, and none before a new line", () => {
  const undo = new Undo();
  for (let i = 0; i < 600; i++) undo.remember(line(String(i)));
  const back = Array.from({ length: 501 }, () => undo.back()?.text);
  expect([back[0], back[499], back[500]]).toEqual(["599", "100", undefined]);
  undo.remember(line("one"));
  undo.forget();
  expect(undo.back()).toBeUndefined();
});

test("each step of a search returns the line that it finds, the cursor before what is looked for", () => {
  const search = new Search(new HistoryCursor(() => ["halo one", "two", "Halo three"]), line("mine"), -1);
  expect([search.type("ha"), search.found]).toEqual([line("Halo three", ""), true]);
  expect([search.type("lo o"), search.found]).toEqual([line("halo one", ""), true]);
  expect([search.type("x"), search.query, search.found]).toEqual([undefined, "halo ox", false]);
  expect([search.shorten(), search.query, search.found]).toEqual([line("halo one", ""), "halo o", true]);
  expect(search.own).toEqual(line("mine"));
});

test("a search turns round where it is told to, and goes on that way", () => {
  const search = new Search(new HistoryCursor(() => ["a one", "a two", "a three"]), line(""), -1);
  search.type("a");
  expect(search.again(-1)?.text).toBe("a two");
  expect(search.again(-1)?.text).toBe("a one");
  expect(search.again(1)?.text).toBe("a two");
  expect(search.type(" th")?.text).toBe("a three");
});

test("where nothing is looked for nothing is found, and nothing is amiss", () => {
  const search = new Search(new HistoryCursor(() => ["one"]), line("mine"), -1);
  expect([search.again(-1), search.shorten(), search.found]).toEqual([undefined, undefined, true]);
});
