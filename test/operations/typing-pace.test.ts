/** How often it is passed on that somebody types; by a clock of the test. */
import { expect, test } from "vitest";
import { TypingPace } from "../../src/operations/services/typing-pace.ts";
import type { Group, Party } from "../../src/state/entities.ts";

const [alice, bob] = [1, 2].map((id) => ({ id }) as Party) as [Party, Party];
const kelas = { id: 2, members: new Map() } as unknown as Group;

function pace(): { pace: TypingPace; clock: { now: number; load: boolean } } {
  const clock = { now: 0, load: false };
  return { pace: new TypingPace({ elapsed: () => clock.now, isUnderLoad: () => clock.load }), clock };
}

/** Whether it is passed on, which it is then. */
function tells(typing: TypingPace, by: Party, to: Party | Group): boolean {
  const may = typing.mayTell(by, to);
  if (may) typing.note(by, to);
  return may;
}

test("who types is passed on once in three seconds, in each conversation", () => {
  const { pace: typing, clock } = pace();
  expect([tells(typing, alice, bob), tells(typing, alice, bob), tells(typing, alice, kelas)]).toEqual([
    true,
    false,
    true,
  ]);
  expect(tells(typing, bob, alice)).toBe(true);
  clock.now = 2999;
  expect(tells(typing, alice, bob)).toBe(false);
  clock.now = 3000;
  expect([tells(typing, alice, bob), tells(typing, alice, bob)]).toEqual([true, false]);
});

test("under load it is passed on to nobody, and counts as not typed", () => {
  const { pace: typing, clock } = pace();
  clock.load = true;
  expect(tells(typing, alice, bob)).toBe(false);
  clock.load = false;
  expect(tells(typing, alice, bob)).toBe(true);
});

test("where very many were told, nobody is told for a while", () => {
  const { pace: typing, clock } = pace();
  typing.told(10_000);
  expect(tells(typing, alice, bob)).toBe(false);
  clock.now = 3900;
  expect(tells(typing, alice, bob)).toBe(false);
  clock.now = 4100;
  expect(tells(typing, alice, bob)).toBe(true);
});

test("another realm passes on no more than it may, which costs others nothing", () => {
  const { pace: typing, clock } = pace();
  const taken = Array.from({ length: 100 }, () => typing.takeFrom("rumah"));
  expect(taken.filter(Boolean)).toHaveLength(50);
  expect([typing.takeFrom("kampus"), tells(typing, alice, bob)]).toEqual([true, true]);
  clock.now = 100;
  expect(Array.from({ length: 100 }, () => typing.takeFrom("rumah")).filter(Boolean)).toHaveLength(5);
});

test("what a group's home tells of somebody here counts once, and only if he has typed", () => {
  const { pace: typing } = pace();
  expect(typing.mayComeBack(alice, kelas)).toBe(false);
  tells(typing, alice, kelas);
  expect(typing.mayComeBack(alice, kelas)).toBe(true);
  typing.cameBack(alice, kelas);
  expect(typing.mayComeBack(alice, kelas)).toBe(false);
});

test("who types everywhere at once is not kept track of without end", () => {
  const { pace: typing, clock } = pace();
  const people = Array.from({ length: 30_000 }, (_, id) => ({ id }) as Party);
  expect(people.filter((one) => tells(typing, alice, one))).toHaveLength(20_000);
  clock.now = 3000;
  expect(tells(typing, bob, alice)).toBe(true);
});
