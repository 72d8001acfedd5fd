/** README, "Adding an operation": what is forgotten, the compiler names, by file. Tried on a copy of the tree. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = new URL("..", import.meta.url).pathname;
let copy = "";

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "obrol-exhaustive-"));
  for (const part of ["src", "tsconfig.json", "package.json"])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The places where the compiler refuses, `file:line` by its numbers in this tree, once something has been added. */
function refusedWith(file: string, before: string, added: string): readonly string[] {
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  expect(text.split(before)).toHaveLength(2);
  writeFileSync(
    path,
    text.replace(before, () => `${added}${before}`),
  );
  try {
    return compiled();
  } finally {
    writeFileSync(path, text);
  }
}

function compiled(): readonly string[] {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", copy, "--pretty", "false"], { encoding: "utf8", stdio: "pipe" });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return stdout
      .split("\n")
      .flatMap((line) => /^(?:.*\/)?(src\/[^(]+)\((\d+),/.exec(line)?.slice(1).join(":") ?? [])
      .toSorted();
  }
}

/** How often each file is named. */
function byFile(places: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(places, (place) => place.split(":")[0] as string)).map(([file, all]) => [
      file,
      all?.length ?? 0,
    ]),
  );
}

test("the tree as it stands compiles", () => {
  expect(compiled()).toEqual([]);
});

test("of one more kind of change the compiler names where it is applied, undone, written and told", () => {
  const added = '  "message.edited": { seq: number; text: string };\n';
  expect(byFile(refusedWith("src/state/changes.ts", "  // Files\n", added))).toEqual({
    "src/logs/sqlite/write.ts": 1,
    "src/operations/follow.ts": 1,
    "src/state/apply.ts": 2,
  });
});

test("of one more operation it names what it is refused with, who may call it, what it is about, and what the client says of it in each language", () => {
  const places = refusedWith(
    "src/contract/operations.ts",
    "  hello: { input",
    "  edit: { input: { id: string }; output: Nothing };\n",
  );
  expect(byFile(places)).toEqual({
    "src/client/language/en.ts": 1,
    "src/client/language/id-about.ts": 1,
    "src/client/language/id.ts": 1,
    "src/contract/refusals.ts": 5,
    "src/operations/index.ts": 2,
    "src/protocol/about.ts": 1,
  });
});

test("of one more item between realms it names where it is read, taken, answered, and told to older realms", () => {
  const added = '  | { readonly kind: "edit"; readonly id: string }\n';
  expect(byFile(refusedWith("src/contract/items.ts", '  | { readonly kind: "heads"', added))).toEqual({
    "src/operations/federation/accept.ts": 1,
    "src/operations/federation/results.ts": 1,
    "src/realms/read-items.ts": 1,
    "src/realms/legacy.ts": 1,
  });
});

test("of one more code it names the dialects' texts and the languages that have no words for it", () => {
  const added = '  "too-late": "too late for that",\n';
  expect(byFile(refusedWith("src/contract/codes.ts", '  "not-member":', added))).toEqual({
    "src/client/language/en.ts": 1,
    "src/client/language/id.ts": 1,
    "src/protocol/dialects/basic.ts": 1,
  });
});

test("a refusal that the contract does not list is no answer of an operation", () => {
  const places = [
    ["files/lists.ts", '  if (!file || mine.length === 0) return new Failure("file-not-found");\n', "if (!file) "],
    ["federation/realms.ts", '    if (!reader) return new Failure("user-not-found", name);\n', "if (!reader) "],
    ["people/sessions.ts", "  const right = await passwords.verify(verified, password);\n", "if (!user) return () => "],
    ["messages/send.ts", "  if (before) return isAgain", "if (before) "],
  ] as const;
  for (const [file, before, start] of places) {
    const path = `src/operations/${file}`;
    const refused = refusedWith(path, before, `${start}return new Failure("checksum");\n`);
    expect(Object.keys(byFile(refused)), file).toEqual([path]);
  }
});

test("a text of a code that the row's operation is not refused with is none", () => {
  const basic = "src/protocol/dialects/basic.ts";
  expect(byFile(refusedWith(basic, '"bad-credentials": "User Tidak Ada"', 'quota: "Penuh", '))).toEqual({ [basic]: 1 });
  const shared = refusedWith(basic, '  "realm-not-found": "Realm/User', '  checksum: "Realm/User tidak cocok",\n');
  expect(byFile(shared)).toEqual({ [basic]: 3 });
});

test("of one more event it names where it becomes JSON, and where the client shows it", () => {
  const added = '  | { readonly kind: "edit"; readonly id: string }\n';
  expect(byFile(refusedWith("src/contract/event.ts", '  | { readonly kind: "presence"', added))).toEqual({
    "src/client/render.ts": 1,
    "src/protocol/events.ts": 1,
  });
});
