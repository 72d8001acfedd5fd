/** What is said wraps at words and goes on below where it began; what is copied as a whole stays whole. */
import { stripVTControlCharacters } from "node:util";
import chalk from "chalk";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { widthOf } from "../../../src/client/terminal/graphemes.ts";
import { hung } from "../../../src/client/terminal/hanging.ts";
import { CUT, HANG } from "../../../src/client/terminal/marks.ts";

const HEAD = "05:41 bob: ";

/** The rows of what bob says. */
function said(text: string, columns = 40): string[] {
  return hung(HEAD + HANG + text.replaceAll("\n", `\n${HANG}`), columns).split("\n");
}

describe("what is said", () => {
  test.each([
    ["in one row, where it fits", "halo", ["05:41 bob: halo"]],
    [
      "at words",
      "satu dua tiga empat lima enam tujuh delapan",
      ["05:41 bob: satu dua tiga empat lima", "           enam tujuh delapan"],
    ],
    [
      "with its own lines, and the blanks that they begin with",
      "a\n  b\nsatu dua tiga empat lima enam tujuh",
      ["05:41 bob: a", "             b", "           satu dua tiga empat lima", "           enam tujuh"],
    ],
    [
      "between characters that are written without blanks, and no row begins with what closes one",
      "今日は天気がいいですね。明日も「晴れ」だといいのですが、どうでしょうか。",
      [
        "05:41 bob: 今日は天気がいいですね。明日",
        "           も「晴れ」だといいのですが、",
        "           どうでしょうか。",
      ],
    ],
    [
      "with a link in a row of its own, where it fits into one",
      "lihat https://example.org/a/b/c/d ya",
      ["05:41 bob: lihat", "           https://example.org/a/b/c/d", "           ya"],
    ],
    [
      "with a longer link whole, for the terminal to wrap",
      `lihat https://example.org/${"x".repeat(30)} ya`,
      ["05:41 bob: lihat", `           https://example.org/${"x".repeat(30)} ya`],
    ],
    [
      "with other long words filling the rows",
      "é".repeat(40),
      [`05:41 bob: ${"é".repeat(28)}`, `           ${"é".repeat(12)}`],
    ],
    [
      "without cutting what people see as one",
      "👩‍👩‍👧".repeat(16),
      [`05:41 bob: ${"👩‍👩‍👧".repeat(14)}`, `           ${"👩‍👩‍👧".repeat(2)}`],
    ],
    [
      "with a tab as wide as it is there",
      "satu\tdua\ttiga\tsembilan",
      ["05:41 bob: satu\tdua\ttiga", "           sembilan"],
    ],
  ])("stands %s", (_, text, rows) => {
    expect(said(text)).toEqual(rows);
  });

  test("goes on near the edge, where what stands before it takes half of the window", () => {
    const head = `05:41 ${"x".repeat(20)}: `;
    expect(hung(`${head}${HANG}satu dua tiga empat`, 40)).toBe(`${head}satu dua\n    tiga empat`);
  });

  test("goes on at the edge where nothing hangs, as a sentence of ours does", () => {
    const { level } = chalk;
    onTestFinished(() => {
      chalk.level = level;
    });
    chalk.level = 1;
    const sentence = "no conversation is open, and halo is no command";
    expect(hung(sentence, 40)).toBe("no conversation is open, and halo is no\ncommand");
    expect(hung(chalk.red(sentence), 40).split("\n").map(stripVTControlCharacters)).toEqual([
      "no conversation is open, and halo is no",
      "command",
    ]);
    expect(hung("x".repeat(90), 40)).toBe("x".repeat(90));
    expect(hung(`${"kata ".repeat(7)}${"k".repeat(5)}`, 40)).toBe(`${"kata ".repeat(7)}${"k".repeat(5)}`);
  });

  test("is left as it is where it begins with a blank: it was laid out, or is to be copied", () => {
    const command = "  printf 'invited CODE NAME PASSWORD' | nc -N HOST PORT";
    expect(hung(`satu\n${command}\n${chalk.dim(command)}`, 40)).toBe(`satu\n${command}\n${chalk.dim(command)}`);
  });

  test("stays within the window, whole and in its order, but for words that are copied as a whole", () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom("a", "kata", "panjang-sekali", "会議", "「語」、", "🙂", "👩‍👩‍👧", "né"),
        fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\p{C}\s]/gu, "")),
      ),
    );
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 60 }), (all, columns) => {
        const text = all.filter((word) => word !== "").join(" ");
        const rows = said(text, columns);
        expect(rows.join("").replaceAll(" ", "")).toBe((HEAD + text).replaceAll(" ", ""));
        const wide = rows.filter((row) => widthOf(row) >= columns);
        for (const row of wide) expect(row).toMatch(new RegExp(`[!-~]{${columns - 1 - HEAD.length},}`));
      }),
    );
  });
});

test.each([
  ["halo", 20, "↪ bob: halo"],
  ["satu dua tiga empat", 20, "↪ bob: satu dua ti…"],
  ["会議会議会議会議", 20, "↪ bob: 会議会議会…"],
  ["👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 20, "↪ bob: 👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧…"],
  ["halo", 2, "…"],
])("what is answered, %s, is one row of %i columns", (text, columns, row) => {
  expect(hung(`${CUT}…${CUT}↪ bob: ${text}`, columns)).toBe(row);
});

describe("colour", () => {
  beforeEach(() => {
    const { level } = chalk;
    chalk.level = 1;
    onTestFinished(() => {
      chalk.level = level;
    });
  });

  test("goes on in the next row, and does not fill what is free before it", () => {
    const [first, second, ...more] = said(chalk.inverse("satu dua tiga empat lima enam tujuh"));
    expect([first, second, more]).toEqual([
      "05:41 bob: \u001b[7msatu dua tiga empat lima\u001b[0m",
      "           \u001b[7menam tujuh\u001b[27m",
      [],
    ]);
  });

  test("ends behind what is cut", () => {
    expect(hung(chalk.dim(`${CUT}...${CUT}satu dua`), 8)).toBe("\u001b[2msatu...\u001b[22m");
  });

  test("takes no room, and breaks no word", () => {
    const plain = "satu dua tiga empat (lima) enam tujuh";
    const rows = said(plain.replace("lima", chalk.yellow.bold("lima"))).map(stripVTControlCharacters);
    expect(rows).toEqual(said(plain));
  });
});
