/** The words behind `export`. */
import { homedir } from "node:os";
import { describe, expect, test } from "vitest";
import { parseExport } from "../../../src/client/export/wanted.ts";

const from = Date.UTC(2026, 10, 1);

describe("what is wanted", () => {
  test.each([
    [["bob"], { place: "bob", start: 0, out: undefined }],
    [["@bob@rumah"], { place: "bob@rumah", start: 0, out: undefined }],
    [["#kelas@rumah"], { place: "#kelas@rumah", start: 0, out: undefined }],
    [[], { place: undefined, start: 0, out: undefined }],
    [["bob", "--since", "2026-11-01", "-o", "x y.txt"], { place: "bob", start: from, out: "x y.txt" }],
    [["--since=2026-11-01T07:00:00+07:00", "bob"], { place: "bob", start: from, out: undefined }],
    [["-o", "-", "123"], { place: "123", start: 0, out: "-" }],
    [["bob", "-o", "~/bob.txt"], { place: "bob", start: 0, out: `${homedir()}/bob.txt` }],
  ])("%j", (words, wanted) => {
    expect(parseExport(words)).toEqual(wanted);
  });
});

describe("what is wrong is said", () => {
  const use = "use: export NAME|#GROUP [--since DATE] [-o FILE]";
  const date = "date: a day as 2026-11-21, or a moment as 2026-11-21T08:00:00Z (RFC 3339)";
  test.each([
    [["bob", "carl"], use],
    [["bob", "-o"], use],
    [["bob", "--since"], use],
    [["bob", "--until", "2026-11-01"], use],
    [["bob", "-o", "a", "-o", "b"], use],
    [["bob", ""], use],
    [["@"], use],
    [["bob", "--since", "besok"], date],
    [["bob", "--since="], use],
    [["bob", "--since", "2026-02-30"], date],
    [["bob", "--since", "1"], date],
  ])("%j", (words, why) => {
    expect(parseExport(words)).toBe(why);
  });
});
