/** Lists in columns: never wider than the window where that can be, and what must be whole is whole. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Column, inPairs, table } from "../../src/client/table.ts";
import { widthOf } from "../../src/client/terminal/graphemes.ts";

const ID = "01a1fc92-5ef7-7000-8000-080000b221e3";

function lines(text: string): string[] {
  return text.split("\n");
}

describe("a list", () => {
  test("has its columns below their titles, two blanks between them, none at the end", () => {
    const heads = [{ title: "user" }, { title: "full name" }, { title: "" }];
    const rows = [
      ["alice", "Alice Wati", "online"],
      ["bob", "", "offline"],
      ["carl", "Carl", ""],
    ];
    expect(lines(table(heads, rows))).toEqual([
      "user   full name",
      "alice  Alice Wati  online",
      "bob                offline",
      "carl   Carl",
    ]);
  });

  test("leaves out a column that nobody has anything in", () => {
    const heads = [{ title: "a" }, { title: "b" }, { title: "c" }];
    expect(table(heads, [["1", "", "3"]])).toBe("a  c\n1  3");
  });

  test("of wide characters is as straight as any", () => {
    const heads = [{ title: "name" }, { title: "what" }];
    const rows = [
      ["日本語", "x"],
      ["👩‍👩‍👧", "x"],
      ["e\u0301", "x"],
      ["abcdef", "x"],
    ];
    const places = lines(table(heads, rows))
      .slice(1)
      .map((line) => widthOf(line.slice(0, line.lastIndexOf("x"))));
    expect(new Set(places)).toEqual(new Set([8]));
  });

  test("that is too wide loses of its widest column first, and says so", () => {
    const heads = [{ title: "name", whole: true }, { title: "text" }, { title: "why" }];
    const text = table(heads, [["alice", "satu dua tiga empat lima", "terputus!"]], 30);
    expect(lines(text)).toEqual(["name   text          why", "alice  satu dua ti…  terputus!"]);
  });

  test("that is too narrow for all has what a row is about first, and the rest on lines of their own", () => {
    const heads = [{ title: "session", whole: true }, { title: "since" }];
    const text = table(heads, [[ID, "2026-11-21 05:26"]], 30);
    expect(lines(text)).toEqual(["session", "  since", ID, "  2026-11-21 05:26"]);
  });
});

test("what is known of one thing stands behind its name, and goes on below where it began", () => {
  const facts = [
    ["owner", "alice"],
    ["members", ""],
    ["rules", "access open, history all, posting open, listed yes"],
  ] as const;
  expect(inPairs(facts).split("\n")).toEqual([
    "owner    alice",
    "members",
    "rules    access open, history all, posting open, listed yes",
  ]);
  expect(inPairs(facts, 40).split("\n")).toEqual([
    "owner    alice",
    "members",
    "rules    access open, history all,",
    "         posting open, listed yes",
  ]);
});

/** Texts of every kind, which have no line ends and act on no terminal. */
const word = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(text)),
  fc.constantFrom("", ID, "日本語のとても長い名前です", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", "e\u0301".repeat(20)),
);
const list = fc.integer({ min: 1, max: 6 }).chain((count) =>
  fc.record({
    heads: fc.array(
      fc.record({
        title: fc.constantFrom("", "user", "last used", "percakapan"),
        whole: fc.boolean(),
      }) as fc.Arbitrary<Column>,
      { minLength: count, maxLength: count },
    ),
    rows: fc.array(fc.array(word, { minLength: count, maxLength: count }), { maxLength: 5 }),
  }),
);

test("whatever is in it, what must be whole is there in one piece, in any window", () => {
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 200 }), ({ heads, rows }, columns) => {
      const text = table(heads, rows, columns);
      for (const row of rows) {
        row.forEach((field, i) => {
          if (heads[i]?.whole) expect(text).toContain(field.trimEnd());
        });
      }
    }),
  );
});

test("no line of it is wider than the window, but for what must be whole and is wider by itself", () => {
  fc.assert(
    fc.property(list, fc.integer({ min: 16, max: 200 }), ({ heads, rows }, columns) => {
      const whole = rows.flatMap((row) => row.filter((_, i) => heads[i]?.whole));
      const least = Math.max(columns, ...whole.map((field) => widthOf(field) + 2), "percakapan".length + 2);
      for (const line of lines(table(heads, rows, columns))) expect(widthOf(line)).toBeLessThanOrEqual(least);
    }),
    { numRuns: 500 },
  );
});

test("without a window nothing of it is cut, and each row is a line", () => {
  fc.assert(
    fc.property(list, ({ heads, rows }) => {
      const text = table(heads, rows);
      const titles = heads.some(({ title }) => title !== "") ? 1 : 0;
      if (rows.some((row) => row.some((field) => field !== ""))) expect(lines(text)).toHaveLength(rows.length + titles);
      for (const field of rows.flat()) expect(text).toContain(field.trimEnd());
    }),
  );
});
