/** All members of a group come back at once, as after a cut of the network: what it costs, and what others notice. */
import { setTimeout } from "node:timers/promises";
import { startProcess } from "../support/server.ts";
import { filled, tokenOf } from "./fill.ts";
import { range } from "./load.ts";
import { inTurns, Person } from "./person.ts";
import { Pinging } from "./pinging.ts";
import { cpuSeconds, openFiles, residentMb } from "./processes.ts";
import { onDisk } from "./rounds.ts";
import { LIFTED } from "./servers.ts";
import { show, shown, shownTimes } from "./table.ts";

const MEMBERS = [1000, 2500, 5000, 10_000];
/** Connections that are being opened at once: of more the system drops some. */
const OPENING = 400;
const PATIENCE_MS = 60_000;
const LOOK_MS = 50;

export async function reconnect(): Promise<void> {
  const rows = [];
  for (const members of MEMBERS) rows.push(await back(members));
  show(
    "All members of a group reconnect at once, and watch",
    [
      "members",
      "until all are there, s",
      "CPU, s",
      "for each, µs",
      "going, for each, µs",
      "ping of others p50, ms",
      "p99, ms",
      "RSS, MB",
    ],
    rows,
  );
}

async function back(members: number): Promise<readonly string[]> {
  // One more, who is in no group.
  const { data, remove } = await filled({ users: members + 1, members });
  const server = await startProcess(["--data", data, ...LIFTED]);
  try {
    const crowd = new Crowd(server.port, members);
    const empty = openFiles(server.pid);
    await crowd.come();
    crowd.leave();
    await gone(server.pid, empty);
    const enter = { say: `resume ${tokenOf(members)}\r\n\r\n`, answered: "OK" };
    const pinging = await Pinging.begin(server.port, { enter, ping: onDisk.ping });
    const before = { cpu: cpuSeconds(server.pid), time: performance.now() };
    await crowd.come();
    const seconds = (performance.now() - before.time) / 1000;
    const cpu = cpuSeconds(server.pid) - before.cpu;
    const pings = shownTimes(await pinging.end());
    const memory = residentMb(server.pid);
    const there = crowd.leave();
    const each = shown((cpu / there) * 1e6, 0);
    const going = cpuSeconds(server.pid);
    await gone(server.pid, empty);
    const eachGoing = shown(((cpuSeconds(server.pid) - going) / there) * 1e6, 0);
    const all = members.toLocaleString("en");
    const who = there === members ? all : `${there.toLocaleString("en")} of ${all}, then it was late`;
    return [who, shown(seconds, 1), shown(cpu, 2), each, eachGoing, ...pings, shown(memory, 0)];
  } finally {
    await server.stop();
    remove();
  }
}

/** Resolves when the server has no more files and connections open than this. */
async function gone(pid: number, before: number): Promise<void> {
  while (openFiles(pid) > before) await setTimeout(LOOK_MS);
}

/** The members, who come and go together. */
class Crowd {
  readonly #port: number;
  readonly #members: number;
  readonly #there: Person[] = [];

  constructor(port: number, members: number) {
    this.#port = port;
    this.#members = members;
  }

  /** Resolves when all of them watch, or when that takes too long: whoever has not begun then stays away. */
  async come(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    const enter = async (i: number): Promise<void> => {
      if (performance.now() > end) return;
      const person = await Person.come(this.#port);
      await person.say({ say: `resume ${tokenOf(i)}\r\n\r\nwatch on\r\n\r\n`, answered: '"watching":true' });
      this.#there.push(person);
    };
    await inTurns(range(this.#members), enter, OPENING);
  }

  /** @returns how many were there */
  leave(): number {
    for (const person of this.#there) person.leave();
    return this.#there.splice(0).length;
  }
}
