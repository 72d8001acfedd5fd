/** What waits for an older server waits for an operator, and he is reminded. */
import { beforeEach, describe, expect, test } from "vitest";
import { Age } from "../../src/realms/age.ts";
import { type MovableWorld, movableWorld } from "../support/movable-world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let world: MovableWorld;
let reminders: number;
const remind = (): void => void reminders++;

beforeEach(() => {
  world = movableWorld();
  reminders = 0;
});

describe("what waits", () => {
  test("is given up of a realm that has linked or may link plainly, as soon as its time is over", () => {
    expect(new Age(world, true, remind).hasHadItsTime).toBe(true);
    const age = new Age(world, false, remind);
    age.fits();
    expect(age.hasHadItsTime).toBe(true);
  });

  test("is not given up in the first ten minutes of one that is not known to be older, and then is", () => {
    const age = new Age(world, false, remind);
    world.move(9 * MINUTE_MS);
    expect(age.hasHadItsTime).toBe(false);
    world.move(MINUTE_MS);
    expect(age.hasHadItsTime).toBe(true);
  });

  test("is never given up of one that is older, until it has linked", () => {
    const age = new Age(world, false, remind);
    age.isFound();
    world.move(1000 * 24 * HOUR_MS);
    expect(age.hasHadItsTime).toBe(false);
    age.fits();
    expect(age.hasHadItsTime).toBe(true);
  });
});

test("of one that is met anew it is not known, and what waits for it waits as for any other", () => {
  const age = new Age(world, false, remind);
  age.isFound();
  world.move(60 * MINUTE_MS);
  age.isMetAnew();
  expect([age.isOlder, age.hasHadItsTime]).toEqual([false, false]);
  world.move(10 * MINUTE_MS);
  expect(age.hasHadItsTime).toBe(true);
});

describe("the operator", () => {
  test("is told at once, and once a day, however often it is found", () => {
    const age = new Age(world, false, remind);
    age.look();
    expect(reminders).toBe(0);
    age.isFound();
    expect(reminders).toBe(1);
    for (let hour = 1; hour < 24; hour++) {
      world.move(HOUR_MS);
      age.isFound();
      age.look();
    }
    expect(reminders).toBe(1);
    world.move(HOUR_MS);
    age.look();
    expect(reminders).toBe(2);
  });

  test("is told of it no more once it has linked, and anew if it is older again", () => {
    const age = new Age(world, false, remind);
    age.isFound();
    age.fits();
    world.move(25 * HOUR_MS);
    age.look();
    expect(reminders).toBe(1);
    age.isFound();
    expect(reminders).toBe(2);
  });
});
