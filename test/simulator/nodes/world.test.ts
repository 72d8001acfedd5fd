/** A realm of several nodes and another realm, in worlds from seeds. */
import { expect, it } from "vitest";
import { world } from "./world.ts";

it.each([3, 5])(
  "what is acknowledged between realms is there, once and in order, in the world of seed %i",
  async (seed) => {
    expect((await world(seed)).broken).toBeUndefined();
  },
);

it("the same seed is the same world", async () => {
  const [one, other] = [await world(3), await world(3)];
  expect(one.trace).toEqual(other.trace);
  expect(one.trace.length).toBeGreaterThan(10);
});
