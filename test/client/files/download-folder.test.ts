/** Where downloads go: a name from somebody else becomes one here, and replaces nothing. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  destinationAt,
  downloadDestination,
  partPath,
  safeName,
  settle,
} from "../../../src/client/files/download-folder.ts";
import { testFolder } from "../../support/folder.ts";

const ID = "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00";

/** A download that is whole but for its name. */
function downloaded(folder: string, content: string): string {
  const path = join(folder, `.${content.slice(0, 20)}.part`);
  writeFileSync(path, content);
  return path;
}

describe("a name from somebody else", () => {
  test.each([
    "video.mkv",
    "My notes (2).pdf",
    ".bashrc",
    "a..b",
    "catatan – rapat.txt",
    "会議😀.txt",
    "a'b\"c.txt",
    "-rf",
    "~",
  ])("is kept as it is where it can be: %s", (name) => expect(safeName(name, false)).toBe(name));

  test.each([
    ["a path upwards", "../../x"],
    ["a path from the root", "/etc/passwd"],
    ["a path with backslashes", "a\\b"],
    ["a NUL", "a\u0000.txt"],
    ["an escape sequence", "\u001b[2Ja.txt"],
    ["a line feed", "a\nb.txt"],
    ["a control character of C1", "a\u009b2J.txt"],
    ["marks that turn the direction", "gpj.\u202eexe\u2066x\u200f"],
    ["the folder itself", "."],
    ["the folder above", ".."],
    ["dots alone", "..."],
    ["nothing", ""],
    ["two leading dots", "..bashrc"],
  ])("with %s in it becomes one that is harmless", (_, name) => {
    const safe = safeName(name, false);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
    expect(safe).not.toMatch(/[/\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(safe).not.toMatch(/^\.\.|^\.?$/);
    expect(basename(safe)).toBe(safe);
  });

  test("is shortened to what a file system takes, no character cut", () => {
    const safe = safeName("😀".repeat(75), false);
    expect(safe).toBe("😀".repeat(63));
    expect(Buffer.byteLength(safeName("x".repeat(300), false))).toBe(255);
  });

  test.each(["con", "CON.txt", "nul", "Com1.log", "lpt9", "aux.tar.gz"])(
    "that is a device's on Windows is not used there: %s",
    (name) => {
      expect(safeName(name, true)).toMatch(/^_/);
      expect(safeName(name, false)).toBe(name);
    },
  );

  test.each([
    ["a:b.txt", "a_b.txt"],
    ['<>:"|?*', "_______"],
    ["a. .", "a___"],
    ["console.txt", "console.txt"],
    ["COM10.txt", "COM10.txt"],
  ])("has no characters that Windows does not take: %s", (name, safe) => {
    expect(safeName(name, true)).toBe(safe);
  });

  test("never leaves its folder, is never empty, and has at most 255 bytes", () => {
    const hostile = fc.string({
      unit: fc.oneof(fc.constantFrom("/", "\\", ".", "..", "\u0000", " ", ":", "con", "\u202e", "😀"), fc.string()),
      maxLength: 100,
    });
    fc.assert(
      fc.property(hostile, fc.boolean(), (name, windows) => {
        const safe = safeName(name, windows);
        expect(safe).not.toBe("");
        expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(255);
        expect(dirname(resolve("/downloads/alice", safe))).toBe("/downloads/alice");
      }),
    );
  });

  test("shortened for Windows still does not end with a dot or a blank", () => {
    expect(safeName(`${"a".repeat(254)}.txt`, true)).not.toMatch(/[. ]$/);
  });

  test("takes no time however long it is", () => {
    const begun = process.cpuUsage();
    expect(Buffer.byteLength(safeName("a".repeat(20_000), false))).toBe(255);
    expect(process.cpuUsage(begun).user).toBeLessThan(1_000_000);
  });
});

describe("a download's folder", () => {
  test("is the user's, or among those of groups", () => {
    expect(downloadDestination("downloads", "alice", false, "a.txt")).toEqual({
      folder: join("downloads", "alice"),
      name: "a.txt",
    });
    expect(downloadDestination("downloads", "alice", true, "a.txt").folder).toBe(join("downloads", "group", "alice"));
  });

  test("is one below, whatever the user and the file are called", () => {
    const { folder, name } = downloadDestination("/d", "../../root", true, "../x");
    expect(resolve(folder, name).startsWith("/d/group/")).toBe(true);
    expect(dirname(resolve(downloadDestination("/d", "..", false, "x").folder))).toBe("/d");
  });

  test("is what -o names: a folder that is there, one that ends with a slash, or a path of its own", async () => {
    const folder = testFolder();
    expect(await destinationAt(folder, "../a.txt")).toEqual({ folder, name: "_.._a.txt" });
    expect(await destinationAt(`${folder}/new/`, "a.txt")).toEqual({ folder: `${folder}/new/`, name: "a.txt" });
    expect(await destinationAt(join(folder, "b.txt"), "a.txt")).toEqual({ folder, name: "b.txt" });
    expect(await destinationAt("b.txt", "a.txt")).toEqual({ folder: ".", name: "b.txt" });
    writeFileSync(join(folder, "there.txt"), "");
    expect(await destinationAt(join(folder, "there.txt"), "a.txt")).toEqual({ folder, name: "there.txt" });
  });
});

describe("a download that is not whole", () => {
  test("has the same hidden name each time, another than any other's", () => {
    const to = { folder: "d", name: "a.txt" };
    expect(partPath(to, ID)).toBe(partPath(to, ID));
    expect(basename(partPath(to, ID))).toMatch(/^\.a\.txt\..+\.part$/);
    expect(partPath(to, ID)).not.toBe(partPath(to, ID.replace("d73", "e84")));
    expect(partPath(to, ID)).not.toBe(partPath({ ...to, name: "b.txt" }, ID));
  });

  test("has a name that a file system takes", () => {
    const name = basename(partPath({ folder: "d", name: "😀".repeat(63) }, ID));
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name.isWellFormed()).toBe(true);
  });

  test.each(["/../../x", "../../..", "a/b/c/d"])("stays in its folder whatever its id is: %s", (id) => {
    const path = partPath({ folder: "/downloads/alice", name: "a.txt" }, id);
    expect(path).toMatch(/^\/downloads\/alice\/[^/]+$/);
  });
});

describe("a whole download", () => {
  test("gets its name, in a folder that is made for it", async () => {
    const folder = testFolder();
    const to = { folder: join(folder, "alice"), name: "a.txt" };
    const path = await settle(downloaded(folder, "one"), to);
    expect(path).toBe(join(to.folder, "a.txt"));
    expect(readFileSync(path, "utf8")).toBe("one");
  });

  test.each([
    ["a.txt", ["a.txt", "a (2).txt", "a (3).txt"]],
    ["Makefile", ["Makefile", "Makefile (2)", "Makefile (3)"]],
    [".bashrc", [".bashrc", ".bashrc (2)", ".bashrc (3)"]],
    ["a.tar.gz", ["a.tar.gz", "a.tar (2).gz", "a.tar (3).gz"]],
    ["a (2).txt", ["a (2).txt", "a (2) (2).txt", "a (2) (3).txt"]],
  ])("replaces nothing: %s gets a number", async (name, names) => {
    const folder = testFolder();
    for (const [i, wanted] of names.entries()) {
      expect(basename(await settle(downloaded(folder, `content ${i}`), { folder, name }))).toBe(wanted);
    }
    for (const [i, wanted] of names.entries()) {
      expect(readFileSync(join(folder, wanted), "utf8")).toBe(`content ${i}`);
    }
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test("does not replace a folder or follow a link of its name", async () => {
    const folder = testFolder();
    mkdirSync(join(folder, "a.txt"));
    symlinkSync(join(folder, "elsewhere"), join(folder, "a (2).txt"));
    expect(basename(await settle(downloaded(folder, "one"), { folder, name: "a.txt" }))).toBe("a (3).txt");
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  test.each([
    ["a long name", `${"a".repeat(251)}.txt`],
    ["a long name of emoji", "😀".repeat(63)],
    ["a name without an ending", "a".repeat(255)],
  ])("gets a number where there is no room for it: %s", async (_, name) => {
    const folder = testFolder();
    const names = [];
    for (const content of ["one", "two", "three"]) {
      names.push(basename(await settle(downloaded(folder, content), { folder, name })));
    }
    expect(names[0]).toBe(name);
    expect(new Set(names).size).toBe(3);
    for (const one of names) {
      expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255);
      expect(one.isWellFormed()).toBe(true);
    }
  });

  test("gets a number also where nearly all of its name is its ending", async () => {
    const folder = testFolder();
    const to = { folder, name: `a.${"b".repeat(253)}` };
    await settle(downloaded(folder, "one"), to);
    const part = downloaded(folder, "two");
    // In a process of its own: one that never ends must not take this one with it.
    const script = `const { settle } = await import(process.argv[1]); console.log(await settle(process.argv[2], JSON.parse(process.argv[3])));`;
    const module = new URL("../../../src/client/files/download-folder.ts", import.meta.url).href;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "-e", script, module, part, JSON.stringify(to)],
      { timeout: 10_000, killSignal: "SIGKILL" },
    );
    expect(readFileSync(stdout.trimEnd(), "utf8")).toBe("two");
    expect(Buffer.byteLength(basename(stdout.trimEnd()))).toBeLessThanOrEqual(255);
  });

  test("several at once of one name all get there", async () => {
    const folder = testFolder();
    const contents = Array.from({ length: 8 }, (_, i) => `content ${i}`);
    const paths = await Promise.all(
      contents.map((content) => settle(downloaded(folder, content), { folder, name: "a.txt" })),
    );
    expect(new Set(paths).size).toBe(8);
    expect(paths.map((path) => readFileSync(path, "utf8"))).toEqual(contents);
  });

  test("that is gone before it has its name leaves nothing in its place", async () => {
    const folder = testFolder();
    await expect(settle(join(folder, ".gone.part"), { folder, name: "a.txt" })).rejects.toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual([]);
  });
});
