/**
 * A world from a seed: people and operators ask three nodes for all kinds of things, while all kinds of things befall these. Once it
 * has come to rest all nodes are alike. Contents of files are written by the machine's own clock, and what is in them is not looked
 * at, so the same seed is not quite the same world.
 */
import { hash } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Change } from "../../../src/state/changes.ts";
import type { State } from "../../../src/state/state.ts";
import { Chance } from "../chance.ts";
import { House, portOf } from "../house.ts";
import { writeKey } from "../key.ts";
import { Line } from "../line.ts";
import { Machine } from "../machine.ts";
import { GROUPS, PASSWORDS, PEOPLE, Requests } from "../requests.ts";
import type { Outcome } from "../run.ts";
import type { Schedule } from "../schedule.ts";
import { different } from "./alike.ts";
import { befall, LONGEST_MS } from "./befalling.ts";
import { besides } from "./beside.ts";
import { Courier } from "./courier.ts";
import { Folder } from "./folder.ts";
import { Node } from "./node.ts";
import type { Store } from "./store.ts";
import { surroundings } from "./surroundings.ts";

const NODES = 3;
const DAY_MS = 86_400_000;

const OPERATOR = "bos";
const OPERATORS_TOKEN = "00000000-0000-4000-8000-0000000000b0";

/** How many tokens people use; with fewer than the least somebody logs in. */
const LEAST_TOKENS = 4;
const MOST_TOKENS = 12;

/** In ms: nothing more comes if nothing was kept for so long; it is given up after so long. */
const QUIET_MS = 25_000;
const RESTLESS_MS = 1_200_000;

/** How often it is looked, and after how many ms again, for what should be over. */
const LOOKS = 100;
const LOOK_MS = 730;

/** How often something befalls them between two requests, in one world and another. */
const FAULTS = [0.03, 0.03, 0.1];

/** How many of the requests are files that are sent or fetched as raw bytes. */
const FILES = 0.15;

export interface Twins extends Outcome {
  /** The turns that were kept. */
  readonly turns: readonly (readonly Change[])[];
}

/** @param count how many requests there are. @param isLinked whether there is another realm */
export async function twins(seed: number, count: number, isLinked = seed % 3 === 0): Promise<Twins> {
  const { trace, chance, schedule, weather, network, store, folder, note } = surroundings(seed);
  let folders = 0;
  const newFolder = (): string => {
    const path = join(folder, `copy${++folders}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  const files = new Folder(join(folder, "files"));
  const key = join(folder, "nodes.key");
  writeKey(key, chance);
  const ports = Array.from({ length: NODES }, (_, i) => portOf(0) + 100 + i);
  network.balance(portOf(0), ports);
  const harshness = chance.one(FAULTS);
  const days = chance.isIn(0.5) ? ["--message-days", "3"] : [];
  const nodes = ports.map((port, i) => {
    const place = ["--realm", "a", "--host", "127.0.0.1", "--port", String(port), "--realm-key", key];
    const rules = ["--memory", "--login-timeout", "1d", "--admin", OPERATOR, "--plain-links", "b"];
    const times = ["--file-days", "5", "--erase-days", "1", ...days];
    const args = [...place, ...rules, ...times, "--uploads", join(folder, "unused")];
    return new Node(`a${i}`, {
      seed,
      args,
      network,
      store,
      drift: i * 1000,
      trace: note,
      folder: newFolder,
      files: files.path,
    });
  });
  const cast = { realms: 2, users: 2, mutual: false };
  const house = isLinked ? await House.of(1, cast, folder, network, new Chance(seed, 5), note) : undefined;
  const people = new Machine("people", network, new Chance(seed, 6));
  const requests = new Requests(new Chance(seed, 7), isLinked ? ["b"] : []);
  const courier = new Courier({ machine: people, ports, chance: new Chance(seed, 9), trace: note });
  const lines = new Map<number, Line>();
  const tokens: string[] = [];
  const lineTo = (port: number): Line => {
    const known = lines.get(port);
    if (known && !known.isLost && chance.isIn(0.98)) return known;
    known?.close();
    const line = new Line({ world: people, port, onEvent: (event) => requests.learn(event) });
    lines.set(port, line);
    return line;
  };
  const ask = async (port: number, request: string): Promise<void> => {
    const reply = await lineTo(port).ask(request);
    note(`to ${port}: ${request} -> ${JSON.stringify(reply)}`);
    if (!reply) return;
    requests.learn(reply);
    courier.learn(reply);
    if (typeof reply["tokenid"] === "string") tokens.push(reply["tokenid"]);
    if (tokens.length > MOST_TOKENS) tokens.shift();
    if (reply["code"] !== "no-session") return;
    const ended = tokens.findIndex((token) => request.includes(token));
    if (ended >= 0) tokens.splice(ended, 1);
  };
  const asked = (): string => {
    if (tokens.length >= LEAST_TOKENS && chance.isIn(0.95)) return requests.next(chance.one(tokens), OPERATORS_TOKEN);
    const [name, password] = [chance.one(PEOPLE), chance.one(PASSWORDS)];
    return chance.isIn(0.3) ? `register ${name} ${password} ${name} id` : `auth ${name} ${password}`;
  };
  try {
    store.keep(undefined, operatorAt(people.now()));
    await schedule.over(Promise.all([...nodes.map((node) => node.start()), house?.start()]));
    await populate(schedule, chance, ports, isLinked, tokens, ask);
    const everywhere = [...ports, ...(isLinked ? [portOf(1), portOf(1)] : [])];
    for (let n = 0; n < count; n++) {
      void ask(chance.one(everywhere), asked());
      files.look(people.now());
      if (tokens.length > 0 && chance.isIn(FILES)) void carry(courier, chance.one(tokens), chance);
      if (chance.isIn(0.3)) await schedule.until(schedule.now + chance.one([1, 5, 50, 700]));
      if (chance.isIn(harshness)) note(`* ${befall({ nodes, network, store, weather, schedule, chance })}`);
      if (!chance.isIn(0.005)) continue;
      files.date(people.now());
      schedule.skipped += chance.one([0.1, 1, 4]) * DAY_MS;
    }
    await schedule.until(schedule.now + LONGEST_MS);
    Object.assign(weather, { latency: 1, piece: 1e6 });
    store.latency = 1;
    if (chance.isIn(0.5)) for (const line of lines.values()) line.close();
    if (chance.isIn(0.3)) schedule.skipped += 8 * DAY_MS;
    await rest(schedule, store, nodes);
    const faults = nodes.flatMap((node) => [...node.wrong, ...(node.log?.wrong ?? [])]);
    const [fault] = [...faults, ...(house?.faults ?? [])];
    const broken =
      fault ??
      courier.wrong[0] ??
      (nodes.every(({ starts }) => starts === 1) ? files.open : undefined) ??
      (await unsettled(schedule, nodes)) ??
      different(nodes, store, newFolder, new Chance(seed, 8)) ??
      files.wrong(nodes[0]?.model as State) ??
      (await emptied(schedule, store, nodes, files));
    return { broken, trace, turns: store.turns };
  } catch (error) {
    return { broken: String((error as Error).stack), trace, turns: store.turns };
  } finally {
    for (const line of lines.values()) line.close();
    people.die();
    for (const node of nodes) node.crash();
    house?.crash(false);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function carry(courier: Courier, token: string, chance: Chance): Promise<void> {
  const to = chance.isIn(0.6) ? chance.one(PEOPLE) : `#${chance.one(GROUPS)}`;
  if (chance.isIn(0.6)) await courier.upload(token, to);
  else if (chance.isIn(0.5)) await courier.download(token);
  else await courier.exportAll(token);
}

/**
 * One node after all others. @returns what is in the folder of files that should not be
 */
async function emptied(
  schedule: Schedule,
  store: Store,
  nodes: readonly Node[],
  files: Folder,
): Promise<string | undefined> {
  for (const node of nodes) node.crash();
  await schedule.until(schedule.now + LONGEST_MS);
  files.age();
  const [first] = nodes as [Node];
  await schedule.over(first.start());
  await rest(schedule, store, [first]);
  return files.left(first.model as State);
}

/** The account of an operator, which nobody could register, and a session. */
function operatorAt(time: number): readonly Change[] {
  const name = { name: OPERATOR, fullName: "Bos", country: "id" };
  return [
    { is: "user.added", id: 1, ...name, password: "", time },
    {
      ...({ is: "session.opened", id: 1, user: 1, time } as const),
      ...{ hash: hash("sha256", OPERATORS_TOKEN, "base64"), address: "", client: "" },
    },
  ];
}

/** Some people have accounts, and are in groups. */
async function populate(
  schedule: Schedule,
  chance: Chance,
  ports: readonly number[],
  isLinked: boolean,
  tokens: readonly string[],
  ask: (port: number, request: string) => Promise<void>,
): Promise<void> {
  const [first, second] = ports as [number, number];
  for (const name of PEOPLE) {
    for (const port of isLinked ? [first, portOf(1)] : [first]) {
      if (chance.isIn(0.7)) await schedule.over(ask(port, `register ${name} ${PASSWORDS[0]} ${name} id`));
    }
  }
  await schedule.until(schedule.now + 3000);
  for (const group of GROUPS) {
    await schedule.over(ask(first, `addgroup ${chance.one(tokens)} ${group}`));
    for (const token of tokens) if (chance.isIn(0.7)) void ask(second, `joingroup ${token} ${group}`);
  }
  await schedule.until(schedule.now + 1000);
}

/**
 * Links are never quiet, and searching is done by the machine's own clock: what is found once, and then not, is nothing.
 * @returns what nodes have beside the model and should not, after some looks
 */
async function unsettled(schedule: Schedule, nodes: readonly Node[]): Promise<string | undefined> {
  let found: string | undefined;
  for (let looks = 0; looks < LOOKS; looks++) {
    found = besides(nodes);
    if (found === undefined) return undefined;
    await schedule.until(schedule.now + LOOK_MS);
    await pause(1);
  }
  return found;
}

/** Time passes until every node runs and nothing more is kept. @throws Error if that takes too long */
async function rest(schedule: Schedule, store: Store, nodes: readonly Node[]): Promise<void> {
  const end = schedule.now + RESTLESS_MS;
  let { place } = store;
  for (let since = schedule.now; schedule.now - since < QUIET_MS || nodes.some(({ model }) => !model); ) {
    if (schedule.now > end) throw new Error(`it does not come to rest: ${JSON.stringify(store.turns.slice(-5))}`);
    await schedule.until(schedule.now + 1000);
    if (store.place !== place) since = schedule.now;
    place = store.place;
  }
}
