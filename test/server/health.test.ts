/** When a server counts as well, and what asking costs: a probe a second, whoever asks and how often. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { Health } from "../../src/server/health.ts";
import { State } from "../../src/state/state.ts";
import { Turn } from "../../src/state/turn.ts";
import { machine } from "../../src/world/world.ts";

/** A state whose log does as it is told, in a time that only passes when it is let. */
function house() {
  let elapsed = 0;
  const world = { ...machine, elapsed: () => elapsed, after: () => ({ unref() {} }), cancel() {} };
  const log = new MemoryLog(1000);
  const disk = { commits: 0, failure: "", full: false, isCutOff: false };
  const state = new State({
    pages: log.pages,
    load: (into) => log.load(into),
    tidy: () => log.tidy(),
    close: () => {},
    commit(changes) {
      disk.commits++;
      if (disk.failure !== "") throw new Error(disk.failure);
      log.commit(changes);
    },
  });
  const turn = new Turn(state, world, () => {});
  const health = new Health({
    world,
    model: state,
    turn,
    isFull: () => disk.full,
    isCutOff: () => disk.isCutOff,
  });
  turn.follow(health);
  const pass = (ms: number): void => {
    elapsed += ms;
  };
  return { state, turn, health, disk, pass, look: () => health.look() };
}

test("who asks while nothing is kept has something kept, once in a second", async () => {
  const { look, disk, pass } = house();
  expect(await Promise.all(Array.from({ length: 100 }, look))).toEqual(Array.from({ length: 100 }, () => undefined));
  expect(disk.commits).toBe(1);
  pass(999);
  expect(await look()).toBeUndefined();
  expect(disk.commits).toBe(1);
  pass(1);
  expect(await look()).toBeUndefined();
  expect(disk.commits).toBe(2);
});

test("where something was kept just now nothing else is", async () => {
  const { look, disk, state, turn } = house();
  state.users.add({ name: "alice", fullName: "alice", country: "", password: "", created: 1 });
  turn.schedule();
  await nextTurn();
  expect(await look()).toBeUndefined();
  expect(disk.commits).toBe(1);
});

test("a probe that is not kept says why, and is tried again in a second", async () => {
  const { look, disk, pass } = house();
  disk.failure = "database or disk is full";
  expect(await look()).toBe("commit failed: database or disk is full");
  disk.failure = "";
  expect(await look()).toBe("commit failed: database or disk is full");
  expect(disk.commits).toBe(1);
  pass(1000);
  expect(await look()).toBeUndefined();
});

test("nothing is asked of a disk that messages find no room on, and nothing of a server that stops", async () => {
  const { look, disk, health } = house();
  disk.full = true;
  expect(await look()).toBe("disk full");
  disk.full = false;
  health.stop();
  expect(await look()).toBe("stopping");
  expect(disk.commits).toBe(0);
});

test("a disk that is dead is noticed by a watchdog, which nobody else has asked, and one that is full is no reason to start anew", async () => {
  const { health, disk, pass } = house();
  expect(await health.keeps(15_000)).toBe(true);
  disk.failure = "input/output error";
  pass(14_999);
  expect(await health.keeps(15_000), "what was kept then still counts").toBe(true);
  pass(1);
  expect(await health.keeps(15_000)).toBe(false);
  disk.failure = "";
  disk.full = true;
  pass(15_000);
  expect(await health.keeps(15_000)).toBe(true);
});

test("who asks for the watchdog and who asks for the page go by the same probe", async () => {
  const { look, health, disk } = house();
  expect(await health.keeps(15_000)).toBe(true);
  expect(await look()).toBeUndefined();
  expect(disk.commits).toBe(1);
});

test("a node that cannot reach its store is not well, whatever was kept just now, and is again once it can", async () => {
  const { look, disk } = house();
  expect(await look()).toBeUndefined();
  disk.isCutOff = true;
  expect(await look()).toBe("store lost");
  expect(disk.commits).toBe(1);
  disk.isCutOff = false;
  expect(await look()).toBeUndefined();
});
