/** README.md and PROTOCOL.md say what the code does. */
import { expect, test } from "vitest";
import { codes } from "../src/contract/codes.ts";
import { dialectNamed, dialectNames } from "../src/protocol/dialects/index.ts";
import { document, documents } from "./support/documents.ts";

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
