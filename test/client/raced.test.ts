/** Waiting for something again and again, unless something else ends. */
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { racedWith } from "../../src/client/raced.ts";

test("it settles as what is waited for, until the other ends: then it rejects as that", async () => {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const orEnd = racedWith(end);
  expect(await orEnd(Promise.resolve(1))).toBe(1);
  await expect(orEnd(Promise.reject(new Error("own")))).rejects.toThrow("own");
  const waiting = orEnd(new Promise(() => {}));
  reject(new Error("over"));
  await expect(waiting).rejects.toThrow("over");
  await expect(orEnd(Promise.resolve(1))).rejects.toThrow("over");
});

test("nobody need be waiting when it ends, nor when something fails later", async () => {
  const { promise: end, reject } = Promise.withResolvers<never>();
  const later = Promise.withResolvers<never>();
  const waiting = racedWith(end)(later.promise);
  reject(new Error("over"));
  await expect(waiting).rejects.toThrow("over");
  later.reject(new Error("late"));
  await turn();
});
