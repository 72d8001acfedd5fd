/** Widths, and the rows of a line: graphemes, inert texts, layout. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { graphemes, shownCluster, truncate, widthOf } from "../../../src/client/terminal/graphemes.ts";
import { inert } from "../../../src/client/terminal/inert.ts";
import { layOut, within } from "../../../src/client/terminal/layout.ts";
import { anyCharacter } from "../../support/any-character.ts";

test.each([
  ["halo", 4],
  ["日本", 4],
  ["👩‍👩‍👧", 2],
  ["👍🏽", 2],
  ["🇮🇩", 2],
  ["❤️", 2],
  ["e\u0301", 1],
  ["한", 2],
  ["\u001b[31mred\u001b[39m", 3],
  ["", 0],
])("%s takes %i columns", (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

test("a tab in the line being typed takes two columns, and what acts on a terminal is named", () => {
  expect(shownCluster("\t")).toBe("  ");
  expect(shownCluster("\u0007")).toBe("\\u0007");
  expect(shownCluster("日")).toBe("日");
});

test.each([
  ["halo", 4, "halo"],
  ["halo!", 4, "hal…"],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日…"],
  ["a👩‍👩‍👧b", 3, "a…"],
  ["halo", 1, "…"],
  ["halo", 0, ""],
])("%s in %i columns is %s", (text, columns, short) => {
  expect(truncate(text, columns)).toBe(short);
});

describe("inert:", () => {
  test.each([
    ["colours", "\u001b[31mred", "\\u001b[31mred"],
    ["a title", "\u001b]0;x\u0007", "\\u001b]0;x\\u0007"],
    ["an eight-bit sequence", "\u009b2J", "\\u009b2J"],
    ["a carriage return and a backspace", "a\rb\bc", "a\\u000db\\u0008c"],
    ["text turned around", "\u202Eabc\u2066", "\\u202eabc\\u2066"],
    ["separators of lines", "a\u2028b\u2029\u0085", "a\\u2028b\\u2029\\u0085"],
    ["DEL and NUL", "\u007f\u0000", "\\u007f\\u0000"],
  ])("%s", (_what, text, shown) => {
    expect(inert(text)).toBe(shown);
  });

  test("everything that people write stays as it is", () => {
    const text = "halo\tdunia\n日本 👩‍👩‍👧 e\u0301 नमस्ते שלום مرحبا ❤️";
    expect(inert(text)).toBe(text);
  });

  test("of no text anything is left that moves, colours or turns", () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (text) => {
        expect(inert(text)).not.toMatch(/[\p{Cc}--[\n\t]]|\p{Bidi_Control}|[\u2028\u2029]/v);
        expect(inert(inert(text))).toBe(inert(text));
      }),
      { numRuns: 300 },
    );
  });
});

const pieces = ["a", "b", " ", "\n", "\t", "日", "e\u0301", "👩‍👩‍👧", "🇮🇩", "한", "नि", "❤️", "\u0007", "\u200b"];
const clusters = fc.array(fc.constantFrom(...pieces), { maxLength: 80, size: "max" });

test("no row is wider than the terminal, no character is lost, the cursor stands inside", () => {
  fc.assert(
    fc.property(
      clusters,
      fc.nat(),
      fc.integer({ min: 8, max: 40 }),
      fc.constantFrom("› ", "", "#dev › ", "\u001b[1m日 › \u001b[22m"),
      (some, cut, columns, prompt) => {
        const at = cut % (some.length + 1);
        const { rows, cursor } = layOut(prompt, some, at, columns);
        for (const row of rows) {
          expect(widthOf(row)).toBeLessThanOrEqual(columns);
          expect(row).not.toContain("\n");
        }
        const shown = some.map((one) => (one === "\n" ? "" : shownCluster(one)));
        expect(rows.join("")).toBe(prompt + shown.join(""));
        expect(cursor.column).toBeLessThan(columns);
        expect(rows[cursor.row]?.startsWith(cursor.before)).toBe(true);
        expect(widthOf(cursor.before)).toBe(cursor.column);
        // What stands before the cursor is what stands before it in the text.
        const above = rows.slice(0, cursor.row).join("");
        expect(above + cursor.before).toBe(prompt + shown.slice(0, at).join(""));
      },
    ),
    { numRuns: 300 },
  );
});

test("moving the cursor changes no row, but behind a full one", () => {
  fc.assert(
    fc.property(clusters, fc.integer({ min: 8, max: 40 }), (some, columns) => {
      const layouts = some.map((_, at) => layOut("› ", some, at, columns).rows.filter((row) => row !== ""));
      for (const [at, rows] of layouts.entries()) {
        // One without columns wraps with the cursor before it.
        if (widthOf(shownCluster(some[at] as string)) > 0 || some[at] === "\n") {
          expect(rows.join("\n")).toBe(layouts[0]?.join("\n"));
        }
      }
    }),
    // Each of many layouts: one for every place of the cursor.
    { numRuns: 40 },
  );
});

test("behind a full row the cursor stands in the next", () => {
  const { rows, cursor } = layOut("› ", graphemes("abcdefgh"), 8, 10);
  expect(rows).toEqual(["› abcdefgh", ""]);
  expect(cursor).toEqual({ row: 1, column: 0, before: "" });
});

test("a wide character that has no room at the end of a row stands in the next", () => {
  expect(layOut("› ", graphemes("abcdefg日"), 0, 10).rows).toEqual(["› abcdefg", "日"]);
});

test("of more rows than there is room for those around the cursor are shown", () => {
  fc.assert(
    fc.property(clusters, fc.nat(), fc.integer({ min: 1, max: 6 }), (some, cut, room) => {
      const whole = layOut("› ", some, cut % (some.length + 1), 8);
      const part = within(whole, room);
      expect(part.rows.length).toBe(Math.min(room, whole.rows.length));
      expect(part.rows[part.cursor.row]).toBe(whole.rows[whole.cursor.row]);
      const first = whole.cursor.row - part.cursor.row;
      expect(part.rows).toEqual(whole.rows.slice(first, first + part.rows.length));
    }),
  );
});

test("the end of a line as other systems write it ends a row too", () => {
  expect(layOut("", graphemes("a\r\nb"), 0, 10).rows).toEqual(["a", "b"]);
});
