/** Whom one does not want to hear of: kept, by account, for oneself alone; and a broken file does no harm. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { testFolder } from "../../support/folder.ts";

test("they are found again by the next run, in any case", () => {
  const folder = testFolder();
  const first = Preferences.of("alice@127.0.0.1:8889", folder);
  expect(first.ignore("Carl", true)).toBe(true);
  const second = Preferences.of("alice@127.0.0.1:8889", folder);
  expect([second.ignores("CARL"), second.ignores("bob")]).toEqual([true, false]);
  second.ignore("CARL", false);
  expect(Preferences.of("alice@127.0.0.1:8889", folder).ignored).toEqual([]);
});

test("what an older client has muted stays until it is said that it is no longer wanted", () => {
  const folder = testFolder();
  const path = join(folder, "alice.json");
  writeFileSync(path, JSON.stringify({ ignored: ["carl"], muted: ["bob", "#kelas"] }));
  const preferences = new Preferences(path);
  expect(preferences.muted).toEqual(["bob", "#kelas"]);
  preferences.ignore("dewi", true);
  expect(new Preferences(path).muted).toEqual(["bob", "#kelas"]);
  preferences.keepMuted(["bob"]);
  expect(new Preferences(path).muted).toEqual(["bob"]);
  preferences.keepMuted([]);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ ignored: ["carl", "dewi"] });
});

test("they are those of one account, and readable by oneself alone", () => {
  const folder = testFolder();
  Preferences.of("alice@a:1", folder).ignore("carl", true);
  Preferences.of("../../evil/x@a:1", folder).ignore("carl", true);
  expect(Preferences.of("bob@a:1", folder).ignored).toEqual([]);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const file of files) {
    const { mode } = statSync(join(file.parentPath, file.name));
    expect((mode & 0o777).toString(8)).toBe(file.isDirectory() ? "700" : "600");
    if (file.isFile()) expect(file.parentPath).toBe(join(folder, "accounts"));
  }
  expect(files.filter((file) => file.isFile())).toHaveLength(2);
});

test.each(["", "{", "null", "[1]", `"text"`, `{"ignored":"carl","muted":{"a":1}}`, `{"ignored":[1,null,{}]}`])(
  "a file that is broken does no harm: %s",
  (text) => {
    const path = join(testFolder(), "alice.json");
    writeFileSync(path, text);
    const preferences = new Preferences(path);
    expect([preferences.ignored, preferences.muted]).toEqual([[], []]);
    expect(preferences.ignore("carl", true)).toBe(true);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ ignored: ["carl"] });
  },
);

test("where they cannot be kept they last as long as the program, and that is said", () => {
  const folder = testFolder();
  mkdirSync(join(folder, "alice.json"));
  for (const preferences of [new Preferences(), new Preferences(join(folder, "alice.json"))]) {
    expect(preferences.ignore("carl", true)).toBe(false);
    expect(preferences.ignores("carl")).toBe(true);
  }
});
