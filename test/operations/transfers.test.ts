/** Which uploads and downloads are under way. */
import { expect, test } from "vitest";
import { Transfers } from "../../src/operations/services/transfers.ts";
import type { Party } from "../../src/state/entities.ts";

test("an upload whose end is done again does not end the one that goes on with it", async () => {
  const transfers = new Transfers();
  const owner = { id: 1 } as Party;
  const first = { owner, key: "1-a", size: 3 };
  const second = { ...first, stop: () => setImmediate(() => transfers.end(second)) };
  transfers.begin(first);
  transfers.end(first);
  transfers.begin(second);
  transfers.end(first);
  expect([transfers.isReceiving("1-a"), transfers.countOf(owner)]).toEqual([true, 1]);
  await transfers.stop("1-a");
  expect([transfers.isReceiving("1-a"), transfers.countOf(owner)]).toEqual([false, 0]);
});
