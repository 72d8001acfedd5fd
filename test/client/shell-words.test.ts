/** A typed line as words: what a shell would make of blanks, quotes and backslashes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitWords } from "../../src/client/shell-words.ts";

test.each([
  ["blanks and tabs stand between words, also before and after them", " sendfile\tbob  a.txt ", "sendfile|bob|a.txt"],
  ["an empty line has none", "", ""],
  ["blanks alone are none either", " \t ", ""],
  ["quotes keep blanks together", `sendfile bob "my notes.pdf" 'a b'`, "sendfile|bob|my notes.pdf|a b"],
  ["quotes may begin inside a word", `~/"my notes".pdf a'b c'd`, "~/my notes.pdf|ab cd"],
  ["one kind of quote keeps the other", `"it's" 'say "hi"'`, `it's|say "hi"`],
  ["a backslash takes the next character as it is", String.raw`my\ notes.pdf \"a\\b`, String.raw`my notes.pdf|"a\b`],
  ["in double quotes it is for quotes and itself", String.raw`"a\"b\\c\d"`, String.raw`a"b\c\d`],
  ["in single quotes it is a character", "'a\\b\\'", "a\\b\\"],
  ["what is not closed reaches to the end", `sendfile bob "my notes.pdf`, "sendfile|bob|my notes.pdf"],
  ["also with single quotes", `sendfile bob it's here.pdf`, "sendfile|bob|its here.pdf"],
  ["a backslash at the end is nothing", "a b\\", "a|b"],
  ["other scripts and emoji are characters", "sendfile бob 会議　資料 \\😀", "sendfile|бob|会議|資料|😀"],
])("%s", (_, line, words) => {
  expect(splitWords(line).join("|")).toBe(words);
});

test("an empty pair of quotes is a word", () => {
  expect(splitWords(`sendfile bob ""`)).toEqual(["sendfile", "bob", ""]);
});

test("whatever words there are, quoted they come back", () => {
  const quotes: readonly ((word: string) => string)[] = [
    (word) => `'${word.replaceAll("'", `'\\''`)}'`,
    (word) => `"${word.replace(/["\\]/g, "\\$&")}"`,
  ];
  const word = fc.string({ unit: fc.constantFrom("a", "é", "😀", " ", '"', "'", "\\", "\t", "\n") });
  const quoted = fc.array(fc.tuple(word, fc.constantFrom(...quotes)));
  fc.assert(
    fc.property(quoted, (list) => {
      const line = list.map(([text, quote]) => quote(text)).join(" ");
      expect(splitWords(line)).toEqual(list.map(([text]) => text));
    }),
  );
});

test("any line is read, without one word lost that needs no quotes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (line) => {
      const words = splitWords(line);
      if (!/["'\\]/.test(line)) expect(words).toEqual(line.split(/\s+/).filter(Boolean));
    }),
  );
});

test("a long line of quotes takes no time", { timeout: 5000 }, () => {
  expect(splitWords(`"${"\\a'".repeat(30_000)}`)).toHaveLength(1);
  expect(splitWords(`'"`.repeat(30_001)).length).toBeGreaterThan(0);
});
