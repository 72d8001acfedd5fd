/** Ten faults from a seed: `npm run test:nodes` has a hundred, `npm run siege:nodes` a thousand. */
import { expect, test } from "vitest";
import { besiege } from "./siege.ts";

test("whatever befalls nodes and their PostgreSQL, what was acknowledged is there, once, in its order, and told", async () => {
  const happened: string[] = [];
  const { wrongs, messages } = await besiege({ seed: 17, faults: 10, longest: 400 }, (line) => happened.push(line));
  expect(wrongs, happened.join("\n")).toEqual([]);
  expect(messages).toBeGreaterThan(10);
});
