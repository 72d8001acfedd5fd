/** Two servers that are linked, and what a message between them costs. */
import { join } from "node:path";
import { isOk } from "../../src/connection/errors.ts";
import { Wire } from "../../src/connection/wire.ts";
import { newUser, ok } from "../support/people.ts";
import { startProcess } from "../support/server.ts";
import { across, type Figure, PINGER, range } from "./load.ts";
import { residentMb } from "./processes.ts";
import { typical } from "./rounds.ts";
import { obrol, type Running } from "./servers.ts";
import { quantile, show, shown } from "./table.ts";

const ROUNDS = 3;
const UNDER_WAY = 512;
const QUEUED = 100_000;

interface Cost {
  /** Resident memory of the server, MB. */
  readonly memory: number;
  /** The 99th of a hundred round trips of a message here, ms. */
  readonly p99: number;
}

export async function realms(): Promise<void> {
  const figures: Figure[] = [];
  for (const _ of range(ROUNDS)) figures.push(await betweenRealms());
  const rows = [
    [
      "delivered/s",
      shown(
        typical(figures, ({ delivered }) => delivered),
        0,
      ),
    ],
    [
      "CPU each at the sender's server, µs",
      shown(
        typical(figures, ({ cpu }) => cpu),
        2,
      ),
    ],
  ];
  show(
    `A pair between two realms, ${UNDER_WAY} messages of 60 bytes under way, both on disk`,
    ["what", "figure"],
    rows,
  );
  const { before, during } = await outage();
  const row = (what: string, { memory, p99 }: Cost): string[] => [what, shown(memory, 0), shown(p99, 2)];
  show(
    "A realm that cannot be reached",
    ["waiting messages", "RSS, MB", "p99 of a message here, ms"],
    [row("none", before), row(QUEUED.toLocaleString("en"), during)],
  );
}

/**
 * What a realm that is down costs its neighbour: after 100,000 messages to a user here, and after
 * 100,000 more that wait for that realm.
 */
async function outage(): Promise<{ before: Cost; during: Cost }> {
  const here = await startProcess(["--realm", "here"]);
  const there = await startProcess(["--realm", "there"]);
  const [alice, carl, dora] = [await newUser(here, "alice"), await newUser(here, "carl"), await newUser(here, "dora")];
  await newUser(there, "bob");
  await ok(alice.client.request(`addrealm there 127.0.0.1 ${there.port}`));
  const flood = async (to: string): Promise<void> => {
    for (let i = 0; i < QUEUED; i += 1000) {
      await Promise.all(range(1000).map((j) => ok(alice.client.request(`send ${to} message ${i + j}`))));
    }
  };
  const cost = async (): Promise<Cost> => {
    const times: number[] = [];
    for (const _ of range(4000)) {
      const began = performance.now();
      await carl.client.request("send dora halo");
      times.push(performance.now() - began);
    }
    return { memory: residentMb(here.pid), p99: quantile(times, 0.99) };
  };
  await flood("carl");
  await cost();
  const before = await cost();
  await there.kill("SIGKILL");
  await flood("bob@there");
  // As before: what the flood has left to do is not what waiting costs.
  await cost();
  const during = await cost();
  for (const { client } of [alice, carl, dora]) client.close();
  await here.stop();
  return { before, during };
}

/** Both stores on disk. */
async function betweenRealms(): Promise<Figure> {
  const bench = (realm: string): ReturnType<typeof obrol> =>
    obrol(realm, (folder) => ["--realm", realm, "--data", join(folder, "data")]);
  const here = await bench("here").start(["s0", PINGER]);
  const there = await bench("there").start(["r0"]);
  await link(here, there);
  const figure = await across(bench("here"), here, there, "there", UNDER_WAY);
  await here.stop();
  await there.stop();
  return figure;
}

async function link(here: Running, there: Running): Promise<void> {
  const client = await Wire.connect({ host: "127.0.0.1", port: here.port });
  await ok(client.request("auth s0 x"));
  const reply = await client.request(`addrealm there 127.0.0.1 ${there.port}`);
  if (!isOk(reply) || reply["state"] !== "linked") throw new Error(`not linked: ${JSON.stringify(reply)}`);
  client.close();
}
