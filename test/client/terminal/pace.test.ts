/** How much a terminal takes, with a clock that a test moves. */
import fc from "fast-check";
import { beforeEach, expect, test, vi } from "vitest";
import { Pace } from "../../../src/client/terminal/pace.ts";
import type { ScreenText } from "../../../src/client/terminal/screen.ts";

let now = 0;

beforeEach(() => {
  now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  return () => clock.mockRestore();
});

/** @param each ms that the terminal takes for a text */
function pace(each: number, frames = 60): Pace {
  const one = new Pace();
  for (let i = 0; i < frames; i++) {
    const texts = one.allowed;
    one.measure(texts, () => {
      now += each * texts;
    });
  }
  return one;
}

const texts = (count: number, of = "#dev"): ScreenText[] =>
  Array.from({ length: count }, (_, i) => ({ text: `${i}`, of }));

test("a fast terminal is given up to 20,000 texts at once, a slow one not fewer than 20", () => {
  expect(pace(0.000_01).allowed).toBe(20_000);
  expect(pace(1000).allowed).toBe(20);
});

test("one is given what it takes in half of a sixtieth of a second", () => {
  expect(pace(0.1).allowed).toBeGreaterThanOrEqual(75);
  expect(pace(0.1).allowed).toBeLessThanOrEqual(85);
});

test("how long a few texts take says nothing", () => {
  const one = new Pace();
  const before = one.allowed;
  one.measure(3, () => {
    now += 1000;
  });
  expect(one.allowed).toBe(before);
});

test("a second's worth of texts waits, nothing of it is left out", () => {
  const one = new Pace();
  const waiting = texts(10_000);
  one.bound(waiting);
  expect(waiting.length).toBe(10_000);
  expect(one.leftOut().size).toBe(0);
});

test("of more the oldest are left out and counted by what they were of, once", () => {
  const one = pace(1000);
  const waiting = [...texts(1000, "#dev"), ...texts(1000, "#ops")];
  one.bound(waiting);
  expect(waiting.length).toBe(900);
  expect(waiting.every(({ of }) => of === "#ops")).toBe(true);
  expect(Object.fromEntries(one.leftOut())).toEqual({ "#dev": 1000, "#ops": 100 });
  expect(one.leftOut().size).toBe(0);
});

test("what may not be left out is not; the rest keeps its order, and nothing goes uncounted", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(undefined, "#dev", "bob"), { maxLength: 4000, size: "max" }), (list) => {
      const one = pace(1000);
      const all: ScreenText[] = list.map((of, i) => ({ text: `${i}`, ...(of !== undefined && { of }) }));
      const waiting = [...all];
      one.bound(waiting);
      expect(waiting.filter(({ of }) => of === undefined)).toEqual(all.filter(({ of }) => of === undefined));
      const places = waiting.map(({ text }) => Number(text));
      expect(places).toEqual([...places].sort((a, b) => a - b));
      const counted = [...one.leftOut().values()].reduce((sum, count) => sum + count, 0);
      expect(counted + waiting.length).toBe(all.length);
    }),
    { numRuns: 30 },
  );
});
