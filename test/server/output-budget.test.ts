/** Room for large replies among all connections: who gets it, who waits, and who is let go to make some. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LARGE, STALL_MS } from "../../src/server/limits.ts";
import type { Account } from "../../src/server/output-account.ts";
import { OutputBudget } from "../../src/server/output-budget.ts";
import { machine, type World } from "../../src/world/world.ts";

const MOST = 64 * LARGE;
/** What is left for large replies. */
const ROOM = 32 * LARGE;

/** A budget in a world whose clock and turns go on as told. */
function house(): {
  budget: OutputBudget;
  open(name: string): Account;
  /** Who has been told that there is room, or let go, in order. */
  told: string[];
  turn(): void;
  turns(): void;
  pass(ms: number): void;
} {
  let now = 0;
  let queue: (() => void)[] = [];
  const told: string[] = [];
  const world: World = { ...machine, elapsed: () => now, soon: (then) => void queue.push(then) };
  const budget = new OutputBudget(() => MOST, world);
  const turn = (): void => {
    const due = queue;
    queue = [];
    for (const then of due) then();
  };
  return {
    budget,
    told,
    open: (name) =>
      budget.open({ onRoom: () => void told.push(`${name} may`), onTooSlow: () => void told.push(`${name} goes`) }),
    turn,
    turns: () => {
      while (queue.length > 0) turn();
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

test("who asks for room when there is none waits, and the first who waits goes first", () => {
  const { budget, open, told, turns } = house();
  const [alice, bob, carol, dora] = ["alice", "bob", "carol", "dora"].map(open) as [Account, Account, Account, Account];
  expect(alice.take(ROOM)).toBe(true);
  expect([bob.take(ROOM), carol.take(LARGE), dora.take(0)]).toEqual([false, false, true]);
  turns();
  expect([told, budget.waiting, budget.held]).toEqual([[], 2, ROOM]);
  alice.free();
  turns();
  // Carol's would have had room first, but bob has waited longer.
  expect([told, budget.waiting, budget.held]).toEqual([["bob may"], 1, ROOM]);
  expect(bob.take(ROOM)).toBe(true);
  bob.free();
  turns();
  expect([told, budget.waiting, budget.held]).toEqual([["bob may", "carol may"], 0, LARGE]);
});

test("those who wait are served one a turn", () => {
  const { open, told, turn } = house();
  const first = open("first");
  first.take(ROOM);
  for (const name of ["a", "b", "c"]) open(name).take(LARGE);
  first.free();
  turn();
  expect(told).toEqual(["a may"]);
  turn();
  expect(told).toEqual(["a may", "b may"]);
});

test("a reply that has become smaller gives back the rest, and one that has become larger waits again, before the others", () => {
  const { budget, open, told, turns } = house();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map(open) as [Account, Account, Account];
  alice.take(ROOM);
  bob.take(10 * LARGE);
  carol.take(LARGE);
  alice.free();
  turns();
  alice.take(0);
  expect(bob.take(5 * LARGE)).toBe(true);
  expect(budget.held).toBe(6 * LARGE);
  expect(bob.take(ROOM)).toBe(false);
  expect(budget.held).toBe(LARGE);
  carol.free();
  turns();
  expect(told).toEqual(["bob may", "carol may", "bob may"]);
});

test("a reply that is larger than all there is goes when it is the only large one", () => {
  const { open, told, turns } = house();
  const [alice, bob] = [open("alice"), open("bob")];
  alice.take(LARGE);
  expect(bob.take(10 * MOST)).toBe(false);
  alice.free();
  turns();
  expect(told).toEqual(["bob may"]);
  expect(bob.take(10 * MOST)).toBe(true);
  alice.hold(1);
  turns();
  expect(told).toEqual(["bob may"]);
});

test("who is gone waits no more and holds nothing", () => {
  const { budget, open, told, turns } = house();
  const [alice, bob, carol] = ["alice", "bob", "carol"].map(open) as [Account, Account, Account];
  alice.take(ROOM);
  alice.hold(100);
  bob.take(ROOM);
  carol.take(LARGE);
  bob.close();
  alice.close();
  alice.hold(100);
  turns();
  expect([told, budget.held, budget.waiting]).toEqual([["carol may"], LARGE, 0]);
});

test("if somebody waits, those who have read nothing for a while make room, the slowest first, and no more than is wanted", () => {
  const { budget, open, told, turns, pass } = house();
  const [slowest, slow, quick, waits] = ["slowest", "slow", "quick", "waits"].map(open) as [
    Account,
    Account,
    Account,
    Account,
  ];
  slow.take(12 * LARGE);
  slowest.take(12 * LARGE);
  quick.take(8 * LARGE);
  pass(10);
  slow.move();
  pass(2 * STALL_MS);
  quick.move();
  budget.check();
  expect(told).toEqual([]);
  waits.take(10 * LARGE);
  budget.check();
  turns();
  expect(told).toEqual(["slowest goes", "waits may"]);
});

test("nobody is let go who still reads, whoever waits", () => {
  const { budget, open, told, pass } = house();
  const [alice, bob] = [open("alice"), open("bob")];
  alice.take(ROOM);
  bob.take(LARGE);
  for (let i = 0; i < 10; i++) {
    pass(STALL_MS - 1);
    budget.check();
    alice.move();
  }
  expect(told).toEqual([]);
});

test("events beyond what is kept for them cost the slowest of the large his connection, or else who has most of them", () => {
  const { budget, open, told, turns, pass } = house();
  const [large, larger, some, most] = ["large", "larger", "some", "most"].map(open) as [
    Account,
    Account,
    Account,
    Account,
  ];
  large.take(ROOM / 2);
  pass(1);
  larger.take(ROOM / 2);
  some.hold(32 * LARGE);
  turns();
  expect(told).toEqual([]);
  some.hold(32 * LARGE + 1);
  turns();
  expect(told).toEqual(["large goes"]);
  larger.free();
  some.hold(LARGE - 1);
  for (let i = 0; i < 70; i++) open(`one of many ${i}`).hold(LARGE - 2);
  turns();
  expect(told.slice(0, 2)).toEqual(["large goes", "some goes"]);
  most.hold(1);
  expect(budget.held).toBeLessThanOrEqual(MOST);
});

test("whatever they ask for, hold, and leave: at the end of a turn the sum is within the limit, and the sum of what they hold", () => {
  const step = fc.record({
    who: fc.nat(7),
    does: fc.constantFrom("take", "hold", "free", "move", "leave", "check"),
    bytes: fc.nat(40).map((n) => n * LARGE),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { budget, open, turns, pass } = house();
      const accounts = Array.from({ length: 8 }, (_, i) => open(String(i)));
      for (const { who, does, bytes } of steps) {
        const one = accounts[who] as Account;
        pass(STALL_MS / 3);
        if (does === "take" && one.wants === 0) one.take(bytes);
        if (does === "hold") one.hold(bytes / 8);
        if (does === "free") one.free();
        if (does === "move") one.move();
        if (does === "leave") {
          one.close();
          accounts[who] = open(String(who));
        }
        if (does === "check") budget.check();
        turns();
        expect(budget.held).toBeLessThanOrEqual(MOST);
        expect(budget.held).toBe(accounts.reduce((sum, { held }) => sum + held, 0));
        expect(budget.waiting).toBe(accounts.filter(({ wants }) => wants > 0).length);
      }
      for (const one of accounts) one.close();
      turns();
      expect([budget.held, budget.waiting]).toEqual([0, 0]);
    }),
  );
});
