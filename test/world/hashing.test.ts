/** Hashing in a process of its own. */
import { type Argon2Parameters, argon2Sync } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { Hashing } from "../../src/world/hashing.ts";
import { until } from "../support/until.ts";

/** @param memory KiB */
function parametersOf(password: string, memory: number): Argon2Parameters {
  const nonce = Buffer.from("0123456789abcdef");
  return { message: password, nonce, memory, passes: 2, parallelism: 1, tagLength: 32 };
}

const costly = parametersOf("rahasia", 19_456);
const wanted = argon2Sync("argon2id", costly);

/** Ends with the test, whatever it has started. */
function hashing(idleMs = 60_000): Hashing {
  const one = new Hashing(idleMs);
  onTestFinished(() => {
    if (one.pid !== undefined) process.kill(one.pid, "SIGKILL");
  });
  return one;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("gives what this process would", async () => {
  const one = hashing();
  const other = parametersOf("lain", 10_000);
  expect(await Promise.all([one.compute(costly), one.compute(other)])).toEqual([wanted, argon2Sync("argon2id", other)]);
  expect(one.pid).not.toBe(process.pid);
});

test("starts no process for a cheap one", async () => {
  const one = hashing();
  const cheap = parametersOf("rahasia", 64);
  expect(await one.compute(cheap)).toEqual(argon2Sync("argon2id", cheap));
  expect(one.pid).toBeUndefined();
});

test("computes again what a process was at that was killed", async () => {
  const one = hashing();
  const asked = Array.from({ length: 5 }, () => one.compute(costly));
  const killed = one.pid as number;
  process.kill(killed, "SIGKILL");
  expect(await Promise.all(asked)).toEqual(asked.map(() => wanted));
  expect(one.pid).not.toBe(killed);
});

test("computes in this process what two were killed at", async () => {
  const one = hashing();
  const asked = one.compute(costly);
  const killed = one.pid as number;
  process.kill(killed, "SIGKILL");
  const next = await until("there is another", () => (one.pid === killed ? undefined : one.pid));
  process.kill(next, "SIGKILL");
  expect(await asked).toEqual(wanted);
});

test("says what is wrong with parameters that are not allowed", async () => {
  await expect(hashing().compute({ ...costly, nonce: Buffer.from("short") })).rejects.toThrow("nonce");
});

test("ends the process when there was no work for a while, and starts one again", async () => {
  const one = hashing(0);
  await one.compute(costly);
  await until("it has none", () => one.pid === undefined);
  const asked = one.compute(costly);
  const pid = one.pid as number;
  expect(await asked).toEqual(wanted);
  await until("it has ended", () => !isAlive(pid));
});
