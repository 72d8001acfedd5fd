/** Colours of names can be read on black and on white, and are the same everywhere. */
import chalk from "chalk";
import fc from "fast-check";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { luminance, nameColours, named, rgb } from "../../src/client/colour.ts";

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
      expect(nameColours).toContain(colour(named(name, "x")));
      expect(named(name, "x")).toBe(named(name, "x"));
    }),
  );
  expect(colour(named("Alice"))).toBe(colour(named("alice", "other")));
  const used = new Set(Array.from({ length: 500 }, (_, i) => colour(named(`user${i}`))));
  expect(used.size).toBe(nameColours.length);
});
