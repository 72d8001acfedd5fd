/** What is executed again after a turn was lost, and what is done of it though the connection is gone. */
import { expect, test } from "vitest";
import { Repeats } from "../../src/server/repeats.ts";

test("what was asked in a lost turn comes before what had waited behind it, and that before what was to be executed again", () => {
  const repeats = new Repeats(true);
  const end = (): void => {};
  repeats.putOff("tiga");
  repeats.note("satu");
  expect(repeats.lose(1, true)).toBe(true);
  expect(repeats.arrive(end)).toBe(false);
  expect([repeats.next(), repeats.next(), repeats.next(), repeats.next()]).toEqual(["satu", end, "tiga", undefined]);
});

test("what had waited has its end though the connection is gone, and nothing else is executed", () => {
  const repeats = new Repeats(true);
  const end = (): void => {};
  repeats.note("satu");
  repeats.lose(1, true);
  repeats.arrive(end);
  expect(repeats.clear()).toEqual([end]);
  expect(repeats.isEmpty).toBe(true);
});

test("a turn in which more was answered than is known of is not done again, nor one that is lost again and again", () => {
  const repeats = new Repeats(true);
  repeats.note("satu");
  expect(repeats.lose(2, false)).toBe(false);
  repeats.settle();
  const again = [1, 2, 3, 4].map(() => {
    repeats.next();
    repeats.note("satu");
    return repeats.lose(1, false);
  });
  expect(again).toEqual([true, true, true, false]);
});
