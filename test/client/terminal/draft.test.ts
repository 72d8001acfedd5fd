/** A text and the place in it, against the plainest model there is: a string that is cut into clusters anew each time. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Draft } from "../../../src/client/terminal/draft.ts";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const clustersOf = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);

class Model {
  text = "";
  /** UTF-16 units before the cursor, always at the border of a cluster. */
  units = 0;

  get at(): number {
    return clustersOf(this.text.slice(0, this.units)).length;
  }

  insert(text: string): void {
    this.#become(this.text.slice(0, this.units) + text, this.text.slice(this.units));
  }

  remove(to: number): string {
    const place = clustersOf(this.text).slice(0, to).join("").length;
    const [from, end] = place < this.units ? [place, this.units] : [this.units, place];
    const gone = this.text.slice(from, end);
    this.#become(this.text.slice(0, from), this.text.slice(end));
    return gone;
  }

  moveTo(place: number): void {
    this.units = clustersOf(this.text).slice(0, Math.max(0, place)).join("").length;
  }

  /** The cursor stands behind `before`, or behind the cluster that its end has become part of. */
  #become(before: string, after: string): void {
    this.text = before + after;
    this.units = 0;
    for (const cluster of clustersOf(this.text)) {
      if (this.units >= before.length) break;
      this.units += cluster.length;
    }
  }
}

type Step = { readonly insert: string } | { readonly remove: number } | { readonly move: number };

const usual = [
  "a",
  "b",
  " ",
  "\n",
  "日",
  "本",
  "e\u0301",
  "\u0301",
  "👩‍👩‍👧",
  "👍🏽",
  "🇮🇩",
  "한",
  "ᄒ",
  "ᅡ",
  "ᆫ",
  "नि",
  "❤️",
];

const steps = (alphabet: readonly string[]): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      fc.array(fc.constantFrom(...alphabet), { minLength: 1, maxLength: 4 }).map((some) => ({ insert: some.join("") })),
      fc.integer({ min: -3, max: 3 }).map((remove) => ({ remove })),
      fc.integer({ min: -3, max: 3 }).map((move) => ({ move })),
    ),
    { maxLength: 25, size: "max" },
  );

function follow(list: readonly Step[]): void {
  const draft = new Draft();
  const model = new Model();
  for (const step of list) {
    if ("insert" in step) {
      draft.insert(step.insert);
      model.insert(step.insert);
    } else if ("remove" in step) {
      const to = Math.max(0, Math.min(draft.clusters.length, draft.at + step.remove));
      expect(draft.remove(to)).toBe(model.remove(to));
    } else {
      model.moveTo(Math.min(draft.clusters.length, draft.at + step.move));
      draft.moveTo(draft.at + step.move);
    }
    expect(draft.clusters).toEqual(clustersOf(model.text));
    expect(draft.at).toBe(model.at);
    expect(draft.text).toBe(model.text);
    expect(draft.before + draft.after).toBe(model.text);
    expect(draft.isEmpty).toBe(model.text === "");
  }
}

test("however a text is written, taken out and moved in, it is cut into characters as a whole text is", () => {
  fc.assert(fc.property(steps(usual), follow), { numRuns: 300 });
});

test("so it is where halves of flags and joiners of their own are typed", () => {
  const odd = ["🇮", "🇩", "\u200d", "👩", "👧", "a", "\n"];
  fc.assert(fc.property(steps(odd), follow), { numRuns: 300 });
});

test("half a flag in front of flags makes other flags of all", () => {
  const draft = new Draft();
  draft.set("🇮🇩🇫🇷", "");
  draft.insert("🇸");
  expect(draft.clusters).toEqual(clustersOf("🇸🇮🇩🇫🇷"));
});

test("a text that is set has the cursor at its end, or behind what was given", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...usual)), fc.nat(), (some, cut) => {
      const text = some.join("");
      const clusters = clustersOf(text);
      const draft = new Draft();
      draft.set(text);
      expect(draft.at).toBe(clusters.length);
      const at = cut % (clusters.length + 1);
      draft.set(text, clusters.slice(0, at).join(""));
      expect(draft.at).toBe(at);
    }),
  );
});

/** `ab|c` is a text with the cursor in it. */
function draftOf(line: string): Draft {
  const draft = new Draft();
  const [before = "", after = ""] = line.split("|");
  draft.set(before + after, before);
  return draft;
}

const lineOf = ({ before, after }: Draft): string => `${before}|${after}`;

describe("a word, its beginning and its end:", () => {
  test.each([
    ["one two|", "one |two", "one two|"],
    ["one |two", "|one two", "one two|"],
    ["one, |two", "|one, two", "one, two|"],
    ["o|ne  two", "|one  two", "one|  two"],
    ["one|  two", "|one  two", "one  two|"],
    ["ab_1-c|d e", "ab_1-|cd e", "ab_1-cd| e"],
    ["Cafe\u0301 日|本!", "Cafe\u0301 |日本!", "Cafe\u0301 日本|!"],
    ["one\n|two", "|one\ntwo", "one\ntwo|"],
    ["|", "|", "|"],
  ])("%s", (line, start, end) => {
    const draft = draftOf(line);
    draft.moveTo(draft.wordStart);
    expect(lineOf(draft)).toBe(start);
    const other = draftOf(line);
    other.moveTo(other.wordEnd);
    expect(lineOf(other)).toBe(end);
  });
});

test.each([
  ["send /tmp/a.txt|", "send |/tmp/a.txt"],
  ["send  |", "|send  "],
  ["one\ntwo|", "one\n|two"],
  ["|one", "|one"],
])("the run without blanks before the cursor: %s", (line, start) => {
  const draft = draftOf(line);
  draft.moveTo(draft.blankStart);
  expect(lineOf(draft)).toBe(start);
});

test.each([
  ["one\nt|wo\nthree", 4, 7],
  ["|one\ntwo", 0, 3],
  ["one|\ntwo", 0, 3],
  ["one\n|\ntwo", 4, 4],
  ["|\n", 0, 0],
  ["\n|", 1, 1],
])("the line that the cursor is in: %j", (line, start, end) => {
  expect(draftOf(line).line).toEqual({ start, end });
});

test.each([
  ["abc\nde|", -1, "ab|c\nde"],
  ["ab\ncde|", -1, "ab|\ncde"],
  ["日本\nab|c", -1, "日|本\nabc"],
  ["日本\na|bc", -1, "|日本\nabc"],
  ["ab|c\n日本", 1, "abc\n日|本"],
  ["a|\n\nb", 1, "a\n|\nb"],
  ["a\n|\nb", -1, "|a\n\nb"],
  ["\n|", -1, "|\n"],
  ["a|b\n", 1, "ab\n|"],
] as const)("from %j a line up (-1) or down (1), %i, is the same column", (line, by, to) => {
  const draft = draftOf(line);
  expect(draft.moveLine(by)).toBe(true);
  expect(lineOf(draft)).toBe(to);
});

test("above the first line and below the last there is none", () => {
  const draft = draftOf("a|b\ncd");
  expect(draft.moveLine(-1)).toBe(false);
  expect(lineOf(draft)).toBe("a|b\ncd");
  draft.moveLine(1);
  expect(draft.moveLine(1)).toBe(false);
  expect(lineOf(draft)).toBe("ab\nc|d");
});

test.each([
  ["ab|", "ba|"],
  ["a|bc", "ba|c"],
  ["a日|👩‍👩‍👧", "a👩‍👩‍👧日|"],
  ["|ab", "|ab"],
  ["a|", "a|"],
  ["x\na|", "x\na|"],
])("two characters change places: %j", (line, to) => {
  const draft = draftOf(line);
  draft.transpose();
  expect(lineOf(draft)).toBe(to);
});
