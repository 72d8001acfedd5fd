/** Whether one more message may be taken: room on the disk, and the day's number of its sender. */
import { expect, test } from "vitest";
import { Intake } from "../../src/operations/services/intake.ts";
import type { User } from "../../src/state/entities.ts";

const DAY_MS = 24 * 3600_000;
const alice = { id: 1 } as User;
const bob = { id: 2 } as User;

/** A message of a user, who is not refused it. @returns why he is */
function take(intake: Intake, sender: User, count: number): ReturnType<Intake["refusal"]> {
  const refused = intake.refusal(sender, count);
  if (!refused) intake.count(sender, count);
  return refused;
}

test("messages are refused while the disk has less room than is kept for other things, and taken again when it has", () => {
  let free: number | undefined = 101;
  const told: boolean[] = [];
  const intake = new Intake({
    quota: () => Number.POSITIVE_INFINITY,
    reserve: () => 100,
    free: () => free,
    now: () => 0,
    onChange: (isFull) => void told.push(isFull),
  });
  expect(take(intake, alice, 1)).toBeUndefined();
  free = 99;
  // Nobody has looked since.
  expect(take(intake, alice, 1)).toBeUndefined();
  intake.look();
  intake.look();
  expect([take(intake, alice, 1)?.code, intake.isFull]).toEqual(["disk-full", true]);
  free = 100;
  intake.look();
  expect([take(intake, alice, 1), intake.isFull]).toEqual([undefined, false]);
  // A disk that does not say how full it is refuses nothing: writing to it will tell.
  free = undefined;
  intake.look();
  expect(intake.isFull).toBe(false);
  expect(told).toEqual([true, false]);
});

test("messages that come between two looks are counted with their bytes, and the next look tells what they took", () => {
  const told: boolean[] = [];
  const intake = new Intake({
    quota: () => Number.POSITIVE_INFINITY,
    reserve: () => 100_000,
    free: () => 200_000,
    now: () => 0,
    onChange: (isFull) => void told.push(isFull),
  });
  for (let i = 0; i < 10; i++) intake.fill("halo");
  expect(intake.isFull).toBe(false);
  intake.fill("é".repeat(15_000));
  expect(take(intake, alice, 1)?.code).toBe("disk-full");
  intake.look();
  expect([take(intake, alice, 1), told]).toEqual([undefined, [true, false]]);
});

test("a day's number of messages is each user's own, and counted anew at midnight UTC", () => {
  let now = 5 * DAY_MS + 1000;
  const intake = new Intake({
    quota: () => 3,
    reserve: () => 100,
    free: () => undefined,
    now: () => now,
    onChange: () => {},
  });
  expect([take(intake, alice, 2), intake.refusal(alice, 1)]).toEqual([undefined, undefined]);
  // All of it or nothing: one more is still free.
  expect(take(intake, alice, 2)).toMatchObject({ code: "quota", retry: DAY_MS / 1000 - 1 });
  expect(take(intake, alice, 1)).toBeUndefined();
  expect(take(intake, alice, 1)?.code).toBe("quota");
  expect(take(intake, bob, 3)).toBeUndefined();
  now = 6 * DAY_MS;
  expect(take(intake, alice, 3)).toBeUndefined();
  expect(take(intake, alice, 1)).toMatchObject({ code: "quota", retry: DAY_MS / 1000 });
});

test("what is sent in a turn that is undone is as if it had not been sent", () => {
  const intake = new Intake({
    quota: () => 2,
    reserve: () => 100,
    free: () => undefined,
    now: () => 0,
    onChange: () => {},
  });
  take(intake, alice, 1);
  intake.kept();
  take(intake, alice, 1);
  expect(take(intake, alice, 1)?.code).toBe("quota");
  intake.undone();
  expect([take(intake, alice, 1), take(intake, alice, 1)?.code]).toEqual([undefined, "quota"]);
});
