/**
 * A world from a seed: a realm of three nodes on one store, another of one server, people of both who write to each other, and what
 * befalls nodes, store and network. Every letter that was acknowledged is there in the end in both realms, once, and of each writer in
 * his order.
 */
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { State } from "../../../src/state/state.ts";
import { Chance } from "../chance.ts";
import { House, portOf } from "../house.ts";
import { Machine } from "../machine.ts";
import { Network } from "../network.ts";
import type { Outcome } from "../run.ts";
import { Schedule } from "../schedule.ts";
import { Node } from "./node.ts";
import { Store } from "./store.ts";
import { Writer } from "./writer.ts";

/** DER of an Ed25519 key before its 32 bytes (RFC 8410, section 7). */
const KEY_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** How far the nodes' clocks are ahead, in ms. */
const DRIFTS_MS = [0, 600_000, -600_000];

/** How long, in ms, a fault may last: longer than a lease. */
const SHORTEST_MS = 50;
const LONGEST_MS = 7000;

/** Looks, 2 s apart, until nothing may wait any more. */
const LOOKS = 400;
const LOOK_MS = 2000;

const GROUP = "lintas";

interface Stage {
  readonly nodes: readonly Node[];
  readonly network: Network;
  readonly store: Store;
  readonly weather: { latency: number; piece: number };
  readonly schedule: Schedule;
  readonly chance: Chance;
}

export async function world(seed: number): Promise<Outcome> {
  const trace: string[] = [];
  const chance = new Chance(seed, 1);
  const schedule = new Schedule();
  const weather = { latency: 1, piece: 1e6 };
  const winds = new Chance(seed, 2);
  const latency = (): number => winds.below(weather.latency + 1);
  const network = new Network(schedule, { latency, piece: () => weather.piece }, new Chance(seed, 3));
  const store = new Store(new Chance(seed, 4), schedule);
  const folder = mkdtempSync(join(tmpdir(), "obrol-simulator-"));
  const note = (line: string): void => void trace.push(`${schedule.now.toFixed(0).padStart(7)} ${line}`);
  const key = join(folder, "nodes.key");
  const pem = createPrivateKey({ key: Buffer.concat([KEY_HEAD, chance.bytes(32)]), format: "der", type: "pkcs8" });
  writeFileSync(key, pem.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
  const ports = DRIFTS_MS.map((_, i) => portOf(0) + 100 + i);
  network.balance(portOf(0), ports);
  const nodes = DRIFTS_MS.map((drift, i) => {
    const place = ["--realm", "a", "--host", "127.0.0.1", "--port", String(ports[i]), "--realm-key", key];
    const args = [
      "--memory",
      ...place,
      "--uploads",
      join(folder, `a${i}`),
      "--plain-links",
      "b",
      "--login-timeout",
      "1d",
    ];
    return new Node(`a${i}`, { seed, args, network, store, drift, trace: note });
  });
  const house = await House.of(1, { realms: 2, users: 2, mutual: false }, folder, network, new Chance(seed, 5), note);
  const writerAt = (realm: number) => (name: string, i: number) =>
    new Writer(name, new Machine(name, network, new Chance(seed, 10 * (realm + 1) + i)), portOf(realm));
  const here = ["s0", "s1"].map(writerAt(0));
  const there = ["d0", "d1"].map(writerAt(1));
  const writers = [...here, ...there];
  try {
    await over(schedule, Promise.all([...nodes.map((node) => node.start()), house.start()]));
    for (const writer of writers) await over(schedule, writer.register());
    await schedule.until(schedule.now + 5000);
    await over(schedule, here[0]?.ask(`addgroup ${GROUP}`));
    await over(schedule, here[1]?.ask(`joingroup ${GROUP}`));
    for (const writer of there) await over(schedule, writer.ask(`joingroup ${GROUP}@a`));
    await schedule.until(schedule.now + 1000);
    const pause = chance.one([60, 200, 400]);
    const writing = writers.map((writer, i) => {
      const others = here.includes(writer) ? ["d0@b", "d1@b", `#${GROUP}`] : ["s0@a", "s1@a", `#${GROUP}@a`];
      return writer.write(others, new Chance(seed, 30 + i), pause);
    });
    const stage = { nodes, network, store, weather, schedule, chance };
    for (let left = chance.between(10, 40); left > 0; left--) {
      await schedule.until(schedule.now + chance.one([5, 50, 300, 700]));
      note(`* ${befall(stage)}`);
    }
    await schedule.until(schedule.now + LONGEST_MS);
    Object.assign(weather, { latency: 1, piece: 1e6 });
    store.latency = 1;
    for (const writer of writers) writer.isSilent = true;
    await over(schedule, Promise.all(writing));
    return { broken: await wrongOf(nodes, house, { here, there }, schedule), trace };
  } catch (error) {
    return { broken: String((error as Error).stack), trace };
  } finally {
    for (const writer of writers) writer.stop();
    for (const node of nodes) node.crash();
    house.crash(false);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Time passes until something is done. @throws Error if that takes too long */
async function over(schedule: Schedule, work: Promise<unknown> | undefined): Promise<void> {
  let isOver = false;
  void work?.then(() => (isOver = true));
  for (let i = 0; !isOver; i++) {
    if (i > 1000) throw new Error(`it does not go on: ${schedule.now}`);
    await schedule.until(schedule.now + 100);
  }
}

/** @returns what has happened, to a node or to all */
function befall({ nodes, network, store, weather, schedule, chance }: Stage): string {
  const node = chance.one(nodes);
  const { log, program, name } = node;
  const ms = Math.round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** chance.random());
  if (!log || program === undefined) return `${name} is down`;
  switch (chance.below(8)) {
    case 0:
      node.crash();
      schedule.after(ms, () => void node.start());
      return `${name} crashes, for ${ms} ms`;
    case 1:
    case 2:
      network.freeze(program);
      schedule.after(ms, () => network.thaw(program));
      return `${program} is frozen, for ${ms} ms`;
    case 3:
      network.cutAllOf(program);
      return `the connections of ${name} break`;
    case 4:
      network.cutOne();
      return "a connection breaks";
    case 5:
      log.isCutOff = true;
      schedule.after(ms, () => (log.isCutOff = false));
      return `${name} is cut off from the store, for ${ms} ms`;
    case 6:
      log.failing = chance.one([0.1, 0.3, 1]);
      schedule.after(ms, () => (log.failing = 0));
      return `of the turns of ${name} ${log.failing} go wrong, for ${ms} ms`;
    default:
      store.latency = chance.one([1, 5, 50, 400]);
      Object.assign(weather, { latency: chance.one([1, 5, 50, 400]), piece: chance.one([1e6, 1e6, 100, 7]) });
      return `latencies are ${store.latency} and ${weather.latency} ms`;
  }
}

interface Writers {
  readonly here: readonly Writer[];
  readonly there: readonly Writer[];
}

/** Once everything has come to rest. @returns undefined for nothing */
async function wrongOf(
  nodes: readonly Node[],
  house: House,
  { here, there }: Writers,
  schedule: Schedule,
): Promise<string | undefined> {
  const models = (): readonly (State | undefined)[] => [...nodes.map(({ model }) => model), house.model];
  for (let calm = 0, looks = 0; calm < 3; looks++) {
    if (looks === LOOKS) return "it does not come to rest";
    await schedule.until(schedule.now + LOOK_MS);
    calm = models().every((model) => model?.outbox.all.items === 0) ? calm + 1 : 0;
  }
  const [wrong] = [...here, ...there].flatMap(({ refused }) => refused);
  const [fault] = [...nodes.flatMap((node) => [...node.wrong, ...(node.log?.wrong ?? [])]), ...house.faults];
  if (wrong !== undefined || fault !== undefined) return wrong ?? fault;
  for (const { name, model } of nodes) {
    const lost = missing(name, "a", model as State, here, there);
    if (lost !== undefined) return lost;
  }
  return missing("b", "b", house.model as State, here, there);
}

/** The first letter that is not where it belongs. @param realm whose state it is */
function missing(
  place: string,
  realm: string,
  model: State,
  here: readonly Writer[],
  there: readonly Writer[],
): string | undefined {
  const said = new Map<string, string[]>();
  for (let seq = 1; seq <= model.messages.last; seq++) {
    const message = model.messages.get(seq);
    if (!message) continue;
    const { sender, text, conversation } = message;
    const { of } = conversation;
    const full = (one: { readonly name: string; readonly realm: string | undefined }): string =>
      `${one.name}@${one.realm ?? realm}`;
    const to = "members" in of ? `#${of.name}` : full(of.a === sender ? of.b : of.a);
    const key = `${full(sender)} to ${to}`;
    said.set(key, [...(said.get(key) ?? []), text]);
  }
  const all = [...here.map((one) => [one, "a"] as const), ...there.map((one) => [one, "b"] as const)];
  for (const [{ name, letters }, at] of all) {
    const written = Map.groupBy(letters, ({ to }) => `${name}@${at} to ${to.startsWith("#") ? `#${GROUP}` : to}`);
    for (const [key, its] of written) {
      const [shown, must] = [said.get(key) ?? [], its.map(({ text }) => text)];
      const i = must.findIndex((text, n) => shown[n] !== text);
      if (i >= 0) return `${place}: ${key}: letter ${i} is ${shown[i] ?? "none"}, not ${must[i]}`;
      if (shown.length > must.length) return `${place}: ${key}: nobody has written ${shown[must.length]}`;
    }
  }
  return undefined;
}
