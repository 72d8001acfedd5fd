/** Load: people who speak and listen, and what the server takes for each message that reaches one. */
import { setTimeout as sleep } from "node:timers/promises";
import { company, type Person } from "./person.ts";
import { Pinging } from "./pinging.ts";
import { allCpuSeconds, allResidentMb, cpuSeconds } from "./processes.ts";
import type { Bench, Running } from "./servers.ts";

export interface Figure {
  /** Messages that reached a receiver, per second. */
  readonly delivered: number;
  /** Microseconds of the server's processor time for each; and of all its processes. */
  readonly cpu: number;
  readonly allCpu: number;
  /** How long somebody else waited for the answer to each of his pings, ms. */
  readonly pings: readonly number[];
  /** MB of resident memory of all processes at the end. */
  readonly memory: number;
}

export const TEXT = "a message of some sixty bytes, as people send them to people";
/** Somebody who only pings. */
export const PINGER = "n0";
const BATCH = 64;
/**
 * Nothing is measured before each node has delivered so many, for V8 compiles what is called often, some of it after thousands of
 * calls; nor before so many ms, but no later than so many.
 */
const WARM_UP = 100_000;
const WARM_UP_MS = { least: 500, most: 15_000 };
const MEASURE_MS = 2500;
const QUIET_MS = 200;

/** So many pairs, each speaker with 64 messages under way. */
export async function pairs(bench: Bench, server: Running, count: number): Promise<Figure> {
  const { speakers, listeners } = await company(bench, server, {
    speakers: range(count).map((i) => `s${i}`),
    listeners: range(count).map((i) => `r${i}`),
  });
  return measure(bench, server, listeners, speakers, (i) => bench.send(`r${i}`, TEXT));
}

/** One speaker with 64 messages under way, to a group of so many members; fewer where that would be more than 25,600 deliveries. */
export async function group(bench: Bench, server: Running, members: number): Promise<Figure> {
  const come = await company(bench, server, {
    speakers: ["s0"],
    listeners: range(members).map((i) => `r${i}`),
  });
  const speaker = come.speakers[0] as Person;
  await speaker.say(bench.joinGroup("g", true));
  for (const listener of come.listeners) await listener.say(bench.joinGroup("g", false));
  const batch = Math.max(1, Math.min(BATCH, Math.floor((400 * BATCH) / members)));
  return measure(bench, server, come.listeners, [speaker], () => bench.sendGroup("g", TEXT), batch);
}

/** One pair: the speaker at one server, with so many messages under way, the listener at the other. */
export async function across(
  bench: Bench,
  here: Running,
  there: Running,
  realm: string,
  batch: number,
): Promise<Figure> {
  const { listeners } = await company(bench, there, { speakers: [], listeners: ["r0"] });
  const { speakers } = await company(bench, here, { speakers: ["s0"], listeners: [] });
  return measure(bench, here, listeners, speakers, () => bench.send(`r0@${realm}`, TEXT), batch);
}

async function measure(
  bench: Bench,
  server: Running,
  listeners: readonly Person[],
  speakers: readonly Person[],
  message: (speaker: number) => string,
  batch = BATCH,
): Promise<Figure> {
  await quiet([...listeners, ...speakers]);
  for (const listener of listeners) listener.count(bench.messageEnd(TEXT));
  for (const [i, speaker] of speakers.entries()) {
    speaker.pipeline(message(i).repeat(batch) + bench.barrier, bench.answers(batch), bench.answerEnd);
  }
  await warm(listeners, WARM_UP * (server.nodes?.ports.length ?? 1));
  const pinging = await Pinging.begin(server.port, { enter: bench.enter(PINGER), ping: bench.ping });
  const now = () => ({
    frames: total(listeners),
    cpu: cpuOf(server, cpuSeconds),
    allCpu: cpuOf(server, allCpuSeconds),
    time: performance.now(),
  });
  const before = now();
  await sleep(MEASURE_MS);
  const after = now();
  const pings = await pinging.end();
  const memory = allResidentMb(server.pid);
  for (const person of [...listeners, ...speakers]) person.leave();
  const frames = after.frames - before.frames;
  return {
    delivered: frames / ((after.time - before.time) / 1000),
    cpu: ((after.cpu - before.cpu) / frames) * 1e6,
    allCpu: ((after.allCpu - before.allCpu) / frames) * 1e6,
    pings,
    memory,
  };
}

async function warm(listeners: readonly Person[], deliveries: number): Promise<void> {
  const begun = performance.now();
  await sleep(WARM_UP_MS.least);
  while (total(listeners) < deliveries && performance.now() - begun < WARM_UP_MS.most) await sleep(QUIET_MS);
}

/** Of all nodes and of what they share. */
function cpuOf({ pid, nodes }: Running, seconds: (pid: number) => number): number {
  const engine = nodes ? allCpuSeconds(nodes.engine) : 0;
  return [pid, ...(nodes?.pids ?? [])].reduce((sum, one) => sum + seconds(one), engine);
}

/** Joins and presence are still being told: they must not be counted. */
async function quiet(people: readonly Person[]): Promise<void> {
  let before = -1;
  for (;;) {
    const bytes = people.reduce((sum, person) => sum + person.received, 0);
    if (bytes === before) return;
    before = bytes;
    await sleep(QUIET_MS);
  }
}

function total(people: readonly Person[]): number {
  return people.reduce((sum, person) => sum + person.frames, 0);
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
