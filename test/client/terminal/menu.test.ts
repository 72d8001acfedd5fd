/** The rows of what could be put in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { widthOf } from "../../../src/client/terminal/graphemes.ts";
import { type Candidate, Menu } from "../../../src/client/terminal/menu.ts";

const plain = (row: string): string => row;
const marked = (row: string): string => `>${row}`;
const numbered = (count: number): Candidate[] => Array.from({ length: count }, (_, i) => ({ text: `name${i} ` }));

test("each stands in a row, with what it is about in a column of its own", () => {
  const menu = new Menu(
    [{ text: "send ", about: "to somebody" }, { text: "日本 ", about: "a place" }, { text: "x" }],
    0,
  );
  expect(menu.rows(40, plain)).toEqual(["  send  to somebody", "  日本  a place", "  x"]);
});

test("eight rows at the most, and how many there are in all", () => {
  expect(new Menu(numbered(8), 0).rows(40, plain).length).toBe(8);
  const rows = new Menu(numbered(30), 0).rows(40, plain);
  expect(rows.length).toBe(8);
  expect(rows.at(-1)).toBe("  … 30 in all");
});

test("the one that is chosen is always shown, and it alone is marked", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.constantFrom(1 as const, -1 as const), { minLength: 1, maxLength: 60, size: "max" }),
      (count, moves) => {
        const menu = new Menu(numbered(count), 0);
        for (const by of moves) {
          const chosen = menu.move(by);
          expect(menu.chosen).toBe(chosen);
          const rows = menu.rows(40, marked);
          expect(rows.length).toBeLessThanOrEqual(8);
          expect(rows.filter((row) => row.startsWith(">"))).toEqual([`>  ${chosen.text.trimEnd()}`]);
        }
      },
    ),
  );
});

test("after the last comes the first, before the first the last", () => {
  const menu = new Menu(numbered(3), 0);
  expect(menu.chosen).toBeUndefined();
  expect(menu.move(-1).text).toBe("name2 ");
  expect(menu.move(1).text).toBe("name0 ");
  expect(menu.move(-1).text).toBe("name2 ");
});

test("no row is as wide as the terminal, whatever is in it", () => {
  const word = fc.array(fc.constantFrom("a", "日", "👩‍👩‍👧", "e\u0301", "\u001b[31m", " ", "\u202e"), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(
      fc.array(fc.record({ text: word.map((all) => all.join("")), about: word.map((all) => all.join("")) }), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.integer({ min: 4, max: 60 }),
      (candidates, columns) => {
        for (const row of new Menu(candidates, 0).rows(columns, plain)) {
          expect(widthOf(row)).toBeLessThan(columns);
          for (const unsafe of ["\u001b", "\u202e"]) expect(row).not.toContain(unsafe);
        }
      },
    ),
  );
});

test("a name with the end of a line in it is one row", () => {
  const [row] = new Menu([{ text: "a\nb\tc", about: "d\ne" }], 0).rows(40, plain);
  expect(row).not.toContain("\n");
  expect(row).not.toContain("\t");
});
