/** README.md and PROTOCOL.md say what the code does. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { codes } from "../src/contract/codes.ts";
import { dialectNamed, dialectNames } from "../src/protocol/dialects/index.ts";
import { document, documents } from "./support/documents.ts";

const root = new URL("..", import.meta.url).pathname;

/** What README says between two of its headings. */
function section(from: string, to: string): string {
  const { is } = document("README.md");
  const [start, end] = [is.indexOf(`\n${from}\n`), is.indexOf(`\n${to}\n`)];
  expect(start).toBeGreaterThan(0);
  expect(end).toBeGreaterThan(start);
  return is.slice(start, end);
}

/** What stands between backticks. */
function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, word]) => word as string);
}

/** Files of src are named without it. */
function pathOf(file: string): string {
  return join(root, file.startsWith("test/") ? "" : "src", file);
}

test.each(documents)("the tables of %s are those of the code (npm run documents)", (name) => {
  const { is, wanted } = document(name);
  expect(is).toBe(wanted);
});

test("PROTOCOL.md has every request of every dialect, and every code", () => {
  const { is } = document("PROTOCOL.md");
  for (const name of dialectNames) {
    for (const { pattern } of dialectNamed(name).rows) expect(is).toContain(`\`${pattern.source}\``);
  }
  for (const code of Object.keys(codes)) expect(is).toContain(`\`${code}\``);
});

test("every code that PROTOCOL.md names is one that the server knows", () => {
  const { is } = document("PROTOCOL.md");
  const named = [...is.matchAll(/→ `([a-z-]+)`/g)].map(([, code]) => code);
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((code) => !Object.hasOwn(codes, code as string))).toEqual([]);
});

test("the files and tests that README names are there", () => {
  const named = quoted(section("## How it is built", "### Dependencies")).filter((word) =>
    /^[\w-]+\/[\w./-]+\.ts$|^test\/\w+$/.test(word),
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((file) => !existsSync(pathOf(file)))).toEqual([]);
});

test("README follows a message through functions that are there", () => {
  const rows = section("### One message, from a socket to another realm", "### Map of src")
    .split("\n")
    .filter((line) => line.includes(".ts` | `"));
  expect(rows.length).toBeGreaterThan(5);
  const missing = rows.flatMap((row) => {
    const [files = "", functions = ""] = row.split(" | ").slice(1);
    const texts = quoted(files).map((file) => readFileSync(pathOf(file), "utf8"));
    return quoted(functions).filter((name) => !texts.some((text) => text.includes(` ${name}(`)));
  });
  expect(missing).toEqual([]);
});

test("each file that README's map names is in its room", () => {
  const rooms = section("### Map of src", "### What always holds").split("\n- **").slice(1);
  expect(rooms.length).toBeGreaterThan(10);
  const missing = rooms.flatMap((text) => {
    const room = text.slice(0, text.indexOf("/"));
    const there = new Set(globSync("**", { cwd: join(root, "src", room) }).map((path) => basename(path, ".ts")));
    const named = quoted(text).filter((word) => /^[a-z][a-z-]*\/?$/.test(word));
    return named.filter((word) => !there.has(word.replace("/", ""))).map((word) => `${room}: ${word}`);
  });
  expect(missing).toEqual([]);
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchors(name: string): ReadonlySet<string> {
  const headings = [...document(name).is.matchAll(/^#{1,6} (.+)$/gm)].map(([, title]) => title as string);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replace(/ /g, "-"),
    ),
  );
}

test.each(documents)("every link of %s to a section leads to one", (name) => {
  const links = [...document(name).is.matchAll(/\]\(([\w.]*)#([\w-]+)\)/g)];
  expect(links.length).toBeGreaterThan(3);
  const broken = links.filter(([, file, anchor]) => !anchors(file || name).has(anchor as string));
  expect(broken.map(([link]) => link)).toEqual([]);
});

test("every section of a document that a comment names is there", () => {
  const titles = new Map(
    documents.map((name) => [name, new Set([...document(name).is.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title))]),
  );
  const named = globSync("src/**/*.ts", { cwd: root }).flatMap((file) => {
    const comments = readFileSync(join(root, file), "utf8").replace(/\n\s*(?:\*|\/\/) ?/g, " ");
    const found = [...comments.matchAll(/(README|PROTOCOL)(?:\.md)?, "([^"]+)"(?: and "([^"]+)")?/g)];
    return found.flatMap(([, name, ...sections]) =>
      sections.filter(Boolean).map((title) => ({ file, name: `${name}.md` as const, title })),
    );
  });
  expect(named.length).toBeGreaterThan(10);
  const missing = named.filter(({ name, title }) => !titles.get(name as (typeof documents)[number])?.has(title));
  expect(missing).toEqual([]);
});
