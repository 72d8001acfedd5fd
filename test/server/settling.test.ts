/** A first line without a blank one behind it: when it is a request, and when more of it is still to come. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SETTLE_MS } from "../../src/protocol/frames.ts";
import { Input } from "../../src/server/input.ts";
import { HeldBytes, type ServerLimits } from "../../src/server/limits.ts";
import { machine } from "../../src/world/world.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a pause of the sender means that the line is one; a pause of the server does not", () => {
  let paused = true;
  const requests: unknown[] = [];
  const limits = { maxAnonymousRequest: 1000, maxRequest: 1000 } as ServerLimits;
  const input = new Input({
    world: machine,
    framing: "auto",
    limits,
    held: new HeldBytes(() => 1000),
    limit: () => 1000,
    isPaused: () => paused,
    onMore: () => {
      for (let frame = input.next(); frame; frame = input.next()) requests.push(frame);
    },
  });
  input.push(Buffer.from("send bob satu\n"));
  expect(input.next()).toBe(undefined);
  vi.advanceTimersByTime(10 * SETTLE_MS);
  paused = false;
  vi.advanceTimersByTime(SETTLE_MS);
  expect(requests).toEqual([]);
  vi.advanceTimersByTime(SETTLE_MS);
  expect(requests).toMatchObject([{ text: "send bob satu" }]);
  input.close();
});
