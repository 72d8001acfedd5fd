/**
 * A world from a seed: a realm of three nodes on one store, another of one server, people of both who write to each other, and what
 * befalls nodes, store and network. Every letter that was acknowledged is there in the end in both realms, once, and of each writer in
 * his order.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../../../src/state/state.ts";
import { Chance } from "../chance.ts";
import { House, portOf } from "../house.ts";
import { writeKey } from "../key.ts";
import { Machine } from "../machine.ts";
import type { Outcome } from "../run.ts";
import type { Schedule } from "../schedule.ts";
import { befall, LONGEST_MS } from "./befalling.ts";
import { Node } from "./node.ts";
import { surroundings } from "./surroundings.ts";
import { Writer } from "./writer.ts";

/** How far the nodes' clocks are ahead, in ms. */
const DRIFTS_MS = [0, 600_000, -600_000];

/** Looks, 2 s apart, until nothing may wait any more. */
const LOOKS = 400;
const LOOK_MS = 2000;

const GROUP = "lintas";

export async function world(seed: number): Promise<Outcome> {
  const { trace, chance, schedule, weather, network, store, folder, note } = surroundings(seed);
  const key = join(folder, "nodes.key");
  writeKey(key, chance);
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
    await schedule.over(Promise.all([...nodes.map((node) => node.start()), house.start()]));
    for (const writer of writers) await schedule.over(writer.register());
    await schedule.until(schedule.now + 5000);
    await schedule.over(here[0]?.ask(`addgroup ${GROUP}`));
    await schedule.over(here[1]?.ask(`joingroup ${GROUP}`));
    for (const writer of there) await schedule.over(writer.ask(`joingroup ${GROUP}@a`));
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
    await schedule.over(Promise.all(writing));
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
