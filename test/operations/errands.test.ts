/** Who asked for an errand is told when that one is done. */
import { expect, test } from "vitest";
import type { Later } from "../../src/contract/result.ts";
import { ErrandsDone } from "../../src/operations/services/errands.ts";
import { memoryState } from "../support/state.ts";

function toldOf(later: Later<number>): number[] {
  const told: number[] = [];
  later.whenSettled((finish) => told.push(finish() as number));
  return told;
}

test("an announcement that begins in the turn in which another ends waits for its own end", () => {
  const state = memoryState(1000);
  const errands = new ErrandsDone(state.users, () => {});
  state.follow(errands);
  const first = state.errands.announce("satu", 0);
  const firstTold = toldOf(errands.result(first, (done) => done));
  void state.commit();
  state.errands.end(first, 3);
  const second = state.errands.announce("dua", 0);
  const secondTold = toldOf(errands.result(second, (done) => done));
  void state.commit();
  expect(firstTold).toEqual([3]);
  expect(secondTold).toEqual([]);
  state.errands.end(second, 5);
  void state.commit();
  expect(secondTold).toEqual([5]);
});

test("an announcement that was undone is not told what became of the next one", () => {
  const state = memoryState(1000);
  const errands = new ErrandsDone(state.users, () => {});
  state.follow(errands);
  const mark = state.mark();
  const undoneTold = toldOf(errands.result(state.errands.announce("satu", 0), (done) => done));
  state.revert(mark);
  const next = state.errands.announce("dua", 0);
  const nextTold = toldOf(errands.result(next, (done) => done));
  state.errands.end(next, 5);
  void state.commit();
  expect(undoneTold).toEqual([]);
  expect(nextTold).toEqual([5]);
});
