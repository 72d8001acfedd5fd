/** How far a transfer is, in words: sizes, times, rates, a bar that fits, and lines for scripts. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { progressBar, progressJson, progressLine, Rate } from "../../../src/client/files/progress.ts";
import { formatBytes, formatDuration } from "../../../src/client/format.ts";

const MIB = 1024 ** 2;
const half = { direction: "upload", name: "a.iso", hashing: false, done: 5 * MIB, size: 10 * MIB } as const;

test.each([
  [0, "0 B"],
  [1, "1 B"],
  [999, "999 B"],
  [1000, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [10 * 1024, "10.0 KiB"],
  [210 * MIB, "210 MiB"],
  [1.25 * 1024 ** 3, "1.3 GiB"],
  [4 * 1024 ** 4, "4.0 TiB"],
])("%i bytes are said as %s", (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  ["KiB", 1024],
  ["MiB", MIB],
  ["GiB", 1024 ** 3],
])("three digits are enough just below the next unit, too: %s", (_, unit) => {
  for (const bytes of [99.94, 99.96, 999.4, 999.6, 999.99, 1000.1]) {
    expect(formatBytes(Math.floor(bytes * unit))).toMatch(/^(\d{1,3}|\d{1,2}\.\d) [KMGT]iB$/);
  }
});

test.each([
  [0, "0:00"],
  [0.2, "0:01"],
  [8, "0:08"],
  [59.5, "1:00"],
  [754, "12:34"],
  [3599.1, "1:00:00"],
  [3723, "1:02:03"],
  [360_000, "100:00:00"],
])("%d seconds are said as %s", (seconds, words) => {
  expect(formatDuration(seconds)).toBe(words);
});

test("a rate is what it has been lately, and settles on a new one", () => {
  const rate = new Rate(1000, 0);
  expect(rate.sample(1100, 100)).toBe(0);
  expect(rate.sample(2000, 1000)).toBe(1000);
  expect(rate.sample(2001, 1001)).toBe(1000);
  const next = rate.sample(2000 + 9000, 2000);
  expect(next).toBeGreaterThan(1000);
  expect(next).toBeLessThan(9000);
  let done = 11_000;
  let last = next;
  for (let now = 3000; now <= 30_000; now += 1000) {
    done += 9000;
    last = rate.sample(done, now);
  }
  expect(last).toBeCloseTo(9000, -1);
});

test("what was there before is no speed", () => {
  const rate = new Rate(500 * MIB, 0);
  expect(rate.sample(500 * MIB + 1000, 1000)).toBe(1000);
});

test("a line says the name, how much, how fast and how long it will take", () => {
  expect(progressLine(half, "a.iso", MIB)).toBe("a.iso 50% 5.0 MiB of 10.0 MiB 1.0 MiB/s 0:05");
  expect(progressLine(half, "a.iso", 0)).toBe("a.iso 50% 5.0 MiB of 10.0 MiB");
  expect(progressLine({ ...half, hashing: true }, "a.iso", MIB)).toBe("a.iso 50% 5.0 MiB of 10.0 MiB reading");
});

test("an empty file is whole from the start", () => {
  expect(progressLine({ ...half, done: 0, size: 0 }, "a.iso", 0)).toBe("a.iso 100% 0 B of 0 B");
  expect(progressBar({ ...half, done: 0, size: 0 }, "a.iso", 0, 80)).toContain("█".repeat(20));
});

test("99.9 percent are not all of it", () => {
  const nearly = { ...half, done: half.size - 1 };
  expect(progressLine(nearly, "a.iso", 0)).toContain(" 99% ");
  expect(progressBar(nearly, "a.iso", 0, 80)).toContain(`${"█".repeat(19)}░`);
});

test("a bar has room for less where the terminal is narrow", () => {
  const bars = [80, 60, 24].map((columns) => progressBar(half, "a-rather-long-name.iso", MIB, columns));
  expect(bars).toEqual([
    "a-rather-long-name.iso 50% 1.0 MiB/s 0:05",
    "a-rather-long-name.iso 50% 1.0 MiB/s 0:05",
    "a-ra… 50% 1.0 MiB/s 0:05",
  ]);
  expect(progressBar(half, "a.iso", MIB, 80)).toBe("a.iso ██████████░░░░░░░░░░ 50% 5.0 MiB of 10.0 MiB 1.0 MiB/s 0:05");
});

const progresses = fc
  .tuple(fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean())
  .map(([a, b, hashing]) => ({ ...half, hashing, done: Math.min(a, b), size: Math.max(a, b) }));

test("a bar is never wider than the terminal", () => {
  fc.assert(
    fc.property(
      progresses,
      fc.string({ unit: "grapheme-ascii", minLength: 1 }),
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.integer({ min: 1, max: 200 }),
      (progress, name, rate, columns) => {
        expect(progressBar(progress, name, rate, columns).length).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

test("a name whose characters take two columns each does not make it wider", () => {
  // The bar and its figures take one column a character, each of these two.
  const widthOf = (text: string): number =>
    Array.from(text, (char) => (char > "\u3000" ? 2 : 1)).reduce((a, b) => a + b, 0);
  for (const columns of [20, 30, 40, 60, 80]) {
    expect(widthOf(progressBar(half, "会議の資料".repeat(4), MIB, columns))).toBeLessThanOrEqual(columns);
  }
});

test("a name is not cut inside a character", () => {
  for (let columns = 20; columns < 60; columns++) {
    expect(progressBar(half, "😀".repeat(20), MIB, columns).isWellFormed()).toBe(true);
  }
});

test("a script reads one object a line, whatever the name is", () => {
  const name = 'a "b"\n\u001b[2J.iso';
  const said = progressJson({ ...half, name }, "running");
  expect(said).not.toContain("\n");
  expect(JSON.parse(said)).toEqual({
    type: "transfer",
    v: 1,
    direction: "upload",
    name,
    state: "running",
    done: 5 * MIB,
    size: 10 * MIB,
  });
  expect(JSON.parse(progressJson({ ...half, hashing: true }, "running"))).toMatchObject({ state: "reading" });
});
