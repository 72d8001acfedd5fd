/** Whom one does not want to hear of: kept, by account, for oneself alone; and a broken file does no harm. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Preferences } from "../../../src/client/chat/preferences.ts";
import { testFolder } from "../../support/folder.ts";

test("they are found again by the next run, in any case", () => {
  const folder = testFolder();
  const first = Preferences.of("alice@127.0.0.1:8889", folder);
  expect(first.set("ignored", "Carl", true)).toBe(true);
  expect(first.set("muted", "#Kelas", true)).toBe(true);
  const second = Preferences.of("alice@127.0.0.1:8889", folder);
  expect([second.ignores("CARL"), second.mutes("#KELAS"), second.ignores("bob"), second.mutes("kelas")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  second.set("ignored", "CARL", false);
  expect(Preferences.of("alice@127.0.0.1:8889", folder).ignored).toEqual([]);
});

test("they are those of one account, and readable by oneself alone", () => {
  const folder = testFolder();
  Preferences.of("alice@a:1", folder).set("ignored", "carl", true);
  Preferences.of("../../evil/x@a:1", folder).set("ignored", "carl", true);
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
    expect(preferences.set("ignored", "carl", true)).toBe(true);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ ignored: ["carl"], muted: [] });
  },
);

test("where they cannot be kept they last as long as the program, and that is said", () => {
  const folder = testFolder();
  mkdirSync(join(folder, "alice.json"));
  for (const preferences of [new Preferences(), new Preferences(join(folder, "alice.json"))]) {
    expect(preferences.set("ignored", "carl", true)).toBe(false);
    expect(preferences.ignores("carl")).toBe(true);
  }
});
