/** Two servers that are linked, and what a message between them costs. */
import { join } from "node:path";
import { isOk } from "../../src/connection/errors.ts";
import { Wire } from "../../src/connection/wire.ts";
import { newUser, ok } from "../support/people.ts";
import { startProcess } from "../support/server.ts";
import { across, type Figure, range } from "./load.ts";
import { obrol, type Running, residentMb } from "./servers.ts";

const UNDER_WAY = 512;
const QUEUED = 100_000;

export interface Cost {
  /** Resident memory of the server, MB. */
  readonly memory: number;
  /** The 99th of a hundred round trips of a message here, ms. */
  readonly p99: number;
}

/**
 * What a realm that is down costs its neighbour: after 100,000 messages to a user here, and after
 * 100,000 more that wait for that realm.
 */
export async function outage(): Promise<{ before: Cost; during: Cost }> {
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
    times.sort((a, b) => a - b);
    return { memory: residentMb(here.pid), p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
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
export async function betweenRealms(): Promise<Figure> {
  const bench = (realm: string): ReturnType<typeof obrol> =>
    obrol(realm, (folder) => ["--realm", realm, "--data", join(folder, "data")]);
  const here = await bench("here").start(["s0"]);
  const there = await bench("there").start(["r0"]);
  await link(here, there);
  const figure = await across(bench("here"), here, there, "there", UNDER_WAY);
  await here.stop();
  await there.stop();
  return figure;
}

async function link(here: Running, there: Running): Promise<void> {
  const client = await Wire.connect({ host: "127.0.0.1", port: here.port });
  const reply = await client.request(`addrealm there 127.0.0.1 ${there.port}`);
  if (!isOk(reply) || reply["state"] !== "linked") throw new Error(`not linked: ${JSON.stringify(reply)}`);
  client.close();
}
