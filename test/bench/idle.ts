/** What nodes cost that have nothing to do: they look whether the others are there, and what has had its time. */
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { Wire } from "../../src/connection/wire.ts";
import { ok } from "../support/people.ts";
import { range } from "./load.ts";
import { allCpuSeconds, cpuSeconds } from "./processes.ts";
import type { Bench, Running } from "./servers.ts";
import { show, shown } from "./table.ts";

const SECONDS = 15;
const WATCHERS = 100;

export async function idle(cluster: Bench): Promise<void> {
  const users = range(WATCHERS).map((i) => `w${i}`);
  const server = await cluster.start(users);
  try {
    const rows = [["nobody", ...(await costOf(server))]];
    const wires = await Promise.all(users.map((user, i) => watching(portOf(server, i), user)));
    rows.push([`${WATCHERS} who watch`, ...(await costOf(server))]);
    for (const wire of wires) wire.close();
    show(
      `${cluster.name}, for ${SECONDS} s in which nobody says anything`,
      ["connected", "CPU a second of a node, ms", "of PostgreSQL, ms", "transactions a second"],
      rows,
    );
  } finally {
    await server.stop();
  }
}

function portOf({ port, nodes }: Running, i: number): number {
  const ports = nodes?.ports ?? [port];
  return ports[i % ports.length] as number;
}

async function watching(port: number, user: string): Promise<Wire> {
  const wire = await Wire.connect({ host: "127.0.0.1", port });
  await ok(wire.request(`auth ${user} x`));
  await ok(wire.request("watch on"));
  return wire;
}

async function costOf({ pid, nodes }: Running): Promise<readonly string[]> {
  if (!nodes) throw new Error("these are no nodes");
  const pids = [pid, ...nodes.pids];
  // What they have done before is over, and counted.
  await pause(3000);
  const client = new Client({ connectionString: nodes.url });
  await client.connect();
  try {
    const look = async (): Promise<readonly [cpu: number, engine: number, transactions: number]> => {
      const { rows } = await client.query<{ count: string }>(
        "SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()",
      );
      return [pids.reduce((sum, one) => sum + cpuSeconds(one), 0), allCpuSeconds(nodes.engine), Number(rows[0]?.count)];
    };
    const before = await look();
    await pause(SECONDS * 1000);
    const after = await look();
    const [cpu, ofEngine, transactions] = after.map((value, i) => (value - (before[i] as number)) / SECONDS);
    return [
      shown(((cpu as number) / pids.length) * 1000, 1),
      shown((ofEngine as number) * 1000, 1),
      shown(transactions, 1),
    ];
  } finally {
    await client.end();
  }
}
