/** All nodes of a realm have the same in memory, whatever was asked for on them. */
import { expect, it } from "vitest";
import { twins } from "./twins.ts";

it.each([1, 2, 3])(
  "whatever people and operators ask for, all nodes have the same in the end, and what is loaded anew, in the world of seed %i",
  async (seed) => {
    expect((await twins(seed, 200)).broken).toBeUndefined();
  },
);
