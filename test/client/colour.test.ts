/** Colours of names can be read on black and on white, and are the same everywhere. */
import chalk from "chalk";
import fc from "fast-check";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { inNameColour, luminance, nameColours, rgb } from "../../src/client/colour.ts";

/** WCAG 2.2, contrast ratio. */
function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

beforeEach(() => {
  const { level } = chalk;
  chalk.level = 2;
  onTestFinished(() => {
    chalk.level = level;
  });
});

test("each stands off black and off white by 3.9 at least", () => {
  expect(nameColours.length).toBeGreaterThan(12);
  for (const number of nameColours) {
    const light = luminance(rgb(number));
    expect([number, contrast(light, 0) >= 3.9, contrast(light, 1) >= 3.9]).toEqual([number, true, true]);
  }
});

test("luminance and the numbers of colours are those of the documents", () => {
  expect(luminance([0, 0, 0])).toBe(0);
  expect(luminance([255, 255, 255])).toBeCloseTo(1);
  expect(luminance([255, 0, 0])).toBeCloseTo(0.2126);
  expect([rgb(16), rgb(231), rgb(196), rgb(46), rgb(21), rgb(67)]).toEqual([
    [0, 0, 0],
    [255, 255, 255],
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [95, 135, 175],
  ]);
});

test("a name has one colour, in any case, whatever is coloured with it; names have all of them", () => {
  const colour = (text: string): number => Number(text.split(/[;m]/)[2]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (name) => {
      expect(nameColours).toContain(colour(inNameColour(name, "x")));
      expect(inNameColour(name, "x")).toBe(inNameColour(name, "x"));
    }),
  );
  expect(colour(inNameColour("Alice"))).toBe(colour(inNameColour("alice", "other")));
  const used = new Set(Array.from({ length: 500 }, (_, i) => colour(inNameColour(`user${i}`))));
  expect(used.size).toBe(nameColours.length);
});

/** xterm's own sixteen colours, by the numbers that say them (XTerm-col.ad). */
const SIXTEEN: ReadonlyMap<number, readonly [number, number, number]> = new Map([
  [30, [0, 0, 0]],
  [31, [205, 0, 0]],
  [32, [0, 205, 0]],
  [33, [205, 205, 0]],
  [34, [0, 0, 238]],
  [35, [205, 0, 205]],
  [36, [0, 205, 205]],
  [37, [229, 229, 229]],
  [90, [127, 127, 127]],
  [91, [255, 0, 0]],
  [92, [0, 255, 0]],
  [93, [255, 255, 0]],
  [94, [92, 92, 255]],
  [95, [255, 0, 255]],
  [96, [0, 255, 255]],
  [97, [255, 255, 255]],
]);

const people = Array.from({ length: 500 }, (_, i) => `user${i}`);

test("on a terminal of sixteen colours a name has one of those, and each stands off black and off white", () => {
  chalk.level = 1;
  const used = new Set<number>();
  for (const name of people) {
    const [before, coloured = "", after] = inNameColour(name).split("\u001b");
    const [, number, text] = /^\[(\d+)m(.*)$/.exec(coloured) ?? [];
    expect([before, text, after]).toEqual(["", name, "[39m"]);
    const channels = SIXTEEN.get(Number(number));
    expect([name, number, channels]).not.toEqual([name, number, undefined]);
    const light = luminance(channels as readonly [number, number, number]);
    // WCAG 2.2, 1.4.11: 3 to 1.
    expect([number, contrast(light, 0) >= 3, contrast(light, 1) >= 3]).toEqual([number, true, true]);
    used.add(Number(number));
  }
  // Two people seldom have the same one.
  expect(used.size).toBeGreaterThanOrEqual(5);
});

test("a name has the same colour in any case and each time, on a terminal of sixteen colours too", () => {
  chalk.level = 1;
  for (const name of people) expect(inNameColour(name.toUpperCase(), "x")).toBe(inNameColour(name, "x"));
});

test("on a terminal of more colours a name has one of the 256, on one of none it has none", () => {
  chalk.level = 3;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what it looks for
  for (const name of people) expect(inNameColour(name)).toMatch(/^\u001b\[38;5;\d+m/);
  chalk.level = 0;
  for (const name of people) expect(inNameColour(name)).toBe(name);
});
