/** What a line remembers: what was cut (kill ring), what was typed before (history cursor), and the file that keeps it (input history). */
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HistoryCursor } from "../../../src/client/terminal/history-cursor.ts";
import { InputHistory } from "../../../src/client/terminal/input-history.ts";
import { KillRing } from "../../../src/client/terminal/kill-ring.ts";

test("cuts in a row are one: what stood before goes before", () => {
  const kills = new KillRing();
  kills.add("two", true, false);
  kills.add(" three", false, true);
  kills.add("one ", true, true);
  expect(kills.newest).toBe("one two three");
  expect(kills.older()).toBe("one two three");
});

test("where nothing was cut there is nothing", () => {
  const kills = new KillRing();
  expect(kills.newest).toBeUndefined();
  expect(kills.older()).toBeUndefined();
  kills.add("one", true, true);
  expect(kills.newest).toBe("one");
});

test("sixty cuts are kept, and after the oldest comes the newest", () => {
  const kills = new KillRing();
  for (let i = 0; i < 70; i++) kills.add(String(i), true, false);
  expect(kills.newest).toBe("69");
  const older = Array.from({ length: 60 }, () => kills.older());
  expect(older.slice(0, 2)).toEqual(["68", "67"]);
  expect(older.slice(-2)).toEqual(["10", "69"]);
});

test("going back and on gives each line once, and at last what was being typed", () => {
  const cursor = new HistoryCursor(() => ["one", "two", "three"]);
  expect([cursor.go(-1, "mine"), cursor.go(-1, "three"), cursor.go(-1, "two")]).toEqual(["three", "two", "one"]);
  expect(cursor.go(-1, "one")).toBeUndefined();
  expect([cursor.go(1, "one"), cursor.go(1, "two"), cursor.go(1, "three")]).toEqual(["two", "three", "mine"]);
  expect(cursor.go(1, "mine")).toBeUndefined();
});

test("where nothing was typed before there is nothing to go back to", () => {
  const cursor = new HistoryCursor(() => []);
  expect(cursor.go(-1, "mine")).toBeUndefined();
  expect(cursor.search("x", -1, false, "mine")).toBeUndefined();
});

test("a search goes on from the line that was found, to the end and not past it", () => {
  const cursor = new HistoryCursor(() => ["Halo one", "two", "halo three"]);
  expect(cursor.search("halo", -1, false, "mine")).toBe("halo three");
  expect(cursor.search("halo", -1, false, "mine")).toBe("halo three");
  expect(cursor.search("halo", -1, true, "mine")).toBe("Halo one");
  expect(cursor.search("halo", -1, true, "mine")).toBeUndefined();
  expect(cursor.search("halo", 1, true, "mine")).toBe("halo three");
  expect(cursor.go(1, "halo three")).toBe("mine");
});

test("a new line begins at the newest again", () => {
  const cursor = new HistoryCursor(() => ["one", "two"]);
  cursor.go(-2, "mine");
  cursor.reset();
  expect(cursor.go(-1, "other")).toBe("two");
  expect(cursor.go(1, "two")).toBe("other");
});

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "state", "history");
}

test("what was typed is there in the next run, several lines in one too", () => {
  const path = file();
  const first = new InputHistory(path);
  for (const line of ["one", "two\nthree", "👩‍👩‍👧 \u0085"]) first.add(line);
  expect(new InputHistory(path).lines).toEqual(["one", "two\nthree", "👩‍👩‍👧 \u0085"]);
});

test("only its owner reads the file and its folder, even where others could before", () => {
  const path = file();
  new InputHistory(path).add("one");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
  chmodSync(path, 0o644);
  new InputHistory(path).add("two");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("blank lines, a line that is the one before, and one of more than 10,000 are not kept", () => {
  const history = new InputHistory(file());
  for (const line of ["one", "", "  ", "\n", "one", "two", "one", "x".repeat(10_001)]) history.add(line);
  expect(history.lines).toEqual(["one", "two", "one"]);
});

test("five thousand lines are kept, the newest, in one run and over several", () => {
  const path = file();
  const history = new InputHistory(path);
  history.add("the first");
  const rest = Array.from({ length: 5100 }, (_, i) => `${JSON.stringify(`line ${i}`)}\n`);
  writeFileSync(path, rest.join(""));
  const next = new InputHistory(path);
  expect(next.lines.length).toBe(5000);
  expect([next.lines[0], next.lines.at(-1)]).toEqual(["line 100", "line 5099"]);
  expect(readFileSync(path, "utf8").trimEnd().split("\n").length).toBe(5000);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  next.add("one more");
  expect(next.lines.length).toBe(5000);
  expect([next.lines[0], next.lines.at(-1)]).toEqual(["line 101", "one more"]);
  expect(new InputHistory(path).lines).toEqual(next.lines);
  expect(readFileSync(path, "utf8").trimEnd().split("\n").length).toBe(5000);
});

test("lines of the file that are no texts are passed over", () => {
  const path = file();
  new InputHistory(path).add("one");
  appendFileSync(path, '{"a":1}\n7\nnot json\n\n"two"\n');
  expect(new InputHistory(path).lines).toEqual(["one", "two"]);
});

test("a line that was written by half takes none with it that comes after", () => {
  const path = file();
  new InputHistory(path).add("one");
  appendFileSync(path, '"tw');
  new InputHistory(path).add("three");
  expect(new InputHistory(path).lines).toEqual(["one", "three"]);
});

test("two programs at once keep what either was told", () => {
  const path = file();
  const [first, second] = [new InputHistory(path), new InputHistory(path)];
  first.add("one");
  second.add("two");
  first.add("three");
  expect(new InputHistory(path).lines).toEqual(["one", "two", "three"]);
});

test("without a file, or where none can be written, it lasts as long as the program", () => {
  const path = file();
  new InputHistory(path).add("one");
  for (const history of [new InputHistory(undefined), new InputHistory(join(path, "below a file"))]) {
    history.add("one");
    expect(history.lines).toEqual(["one"]);
  }
});
