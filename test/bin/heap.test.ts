/** When a server that has become quiet collects its garbage. */
import { expect, test } from "vitest";
import { QuietHeap } from "../../src/bin/heap.ts";

const MB = 2 ** 20;

/** A millisecond of CPU at each. */
function looksOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

test("a heap that has grown is collected once nothing is done, and not again before it has grown", () => {
  const heap = new QuietHeap();
  const looks = [200, 400, 410, 420].map((cpu) => heap.isWorth({ total: 56 * MB, used: 24 * MB, cpu }));
  expect(looks).toEqual([false, false, false, true]);
  heap.collected({ total: 40 * MB, used: 20 * MB, cpu: 450 });
  expect(looksOf(20).some((cpu) => heap.isWorth({ total: 55 * MB, used: 24 * MB, cpu: 450 + cpu }))).toBe(false);
  expect(heap.isWorth({ total: 56 * MB, used: 24 * MB, cpu: 470 })).toBe(true);
});

test("one that has become smaller by itself counts from there", () => {
  const heap = new QuietHeap();
  heap.collected({ total: 100 * MB, used: 20 * MB, cpu: 0 });
  expect(looksOf(20).some((cpu) => heap.isWorth({ total: 30 * MB, used: 20 * MB, cpu }))).toBe(false);
  expect(heap.isWorth({ total: 46 * MB, used: 20 * MB, cpu: 21 })).toBe(true);
});

test("one that grows again at once is not collected again at once", () => {
  const heap = new QuietHeap();
  heap.collected({ total: 20 * MB, used: 20 * MB, cpu: 0 });
  expect(looksOf(9).some((cpu) => heap.isWorth({ total: 60 * MB, used: 20 * MB, cpu }))).toBe(false);
  expect(heap.isWorth({ total: 60 * MB, used: 20 * MB, cpu: 10 })).toBe(true);
});

test("nobody waits for a large one", () => {
  const heap = new QuietHeap();
  expect([0, 1, 2, 3].some((cpu) => heap.isWorth({ total: 400 * MB, used: 300 * MB, cpu }))).toBe(false);
});
