/**
 * Nodes on one PostgreSQL: what a message costs all of them and PostgreSQL together, beside one server on its own disk; what they
 * cost while nobody says anything, and how soon one is ready.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { type Engine, startEngine } from "../support/engine.ts";
import { DELIVERY, deliveryCells } from "./deliveries.ts";
import { idle } from "./idle.ts";
import { group, PINGER, pairs, range } from "./load.ts";
import { oneByOne, showLone } from "./lone.ts";
import { inRounds, onDisk, withServer } from "./rounds.ts";
import { type Bench, obrol, type Running } from "./servers.ts";
import { starting } from "./starting.ts";
import { show } from "./table.ts";

const PAIRS = 16;
const MEMBERS = 400;
/** The client of PostgreSQL gets faster as it is used, too: the last of them count. */
const COMMITS = 3000;
const COUNTED = 1000;

export async function nodes(): Promise<void> {
  const engine = await startEngine({ folder: tmpdir() });
  try {
    const benches = [onDisk, ...[1, 3].map((count) => cluster(engine, count))];
    const users = [PINGER, ...range(PAIRS).flatMap((i) => [`r${i}`, `s${i}`])];
    const ofPairs = await inRounds(benches, (bench) =>
      withServer(bench, { users }, (server) => pairs(bench, server, PAIRS)),
    );
    show(
      `${PAIRS} pairs, 64 messages of 60 bytes under way each; processor time of all nodes and PostgreSQL`,
      ["servers", ...DELIVERY],
      [...ofPairs].map(([{ name }, figures]) => [name, ...deliveryCells(figures)]),
    );
    const members = ["s0", ...range(MEMBERS).map((i) => `r${i}`)];
    const ofGroup = await inRounds(benches, (bench) =>
      withServer(bench, { users: [PINGER, ...members], members }, (server) => group(bench, server, MEMBERS)),
    );
    show(
      `one speaker, 64 messages of 60 bytes under way, ${MEMBERS} members`,
      ["servers", ...DELIVERY],
      [...ofGroup].map(([{ name }, figures]) => [name, ...deliveryCells(figures)]),
    );
    const lone = await inRounds(benches, (bench) =>
      withServer(bench, { users: ["s0", "r0"] }, (server) => oneByOne(bench, server)),
    );
    showLone(
      "A lone message, from its speaker to its listener, who is on another node",
      ["one row, one commit of PostgreSQL", await commitTimes(engine)],
      lone,
    );
    await idle(cluster(engine, 3));
    await starting(engine);
  } finally {
    await engine.stop();
  }
}

/** So many nodes on a fresh database; whoever comes is on each in turn. */
function cluster(engine: Engine, count: number): Bench {
  const name = `obrol, ${count} ${count === 1 ? "node" : "nodes"} on PostgreSQL`;
  return {
    ...obrol(name, () => []),
    async start(users, members) {
      const url = await engine.database();
      const uploads = mkdtempSync(join(tmpdir(), "obrol-bench-"));
      const node = obrol(name, (folder) => [
        ...["--store", url, "--realm", "kota", "--data", join(folder, "data"), "--uploads", uploads],
      ]);
      const first = await node.start(users, members);
      const started: Running[] = [first];
      for (const _ of range(count - 1)) started.push(await node.start(users, members));
      return {
        port: first.port,
        pid: first.pid,
        nodes: {
          ports: started.map(({ port }) => port),
          pids: started.slice(1).map(({ pid }) => pid),
          engine: engine.pid,
          url,
        },
        async stop() {
          for (const one of started) await one.stop();
        },
      };
    },
  };
}

async function commitTimes(engine: Engine): Promise<readonly number[]> {
  const client = new Client({ connectionString: await engine.database() });
  await client.connect();
  try {
    await client.query("CREATE TABLE rows (n bigint primary key, text text)");
    const times: number[] = [];
    for (const n of range(COMMITS)) {
      const begun = performance.now();
      await client.query({ name: "row", text: "INSERT INTO rows VALUES ($1, $2)", values: [n, "x".repeat(60)] });
      times.push(performance.now() - begun);
    }
    return times.slice(-COUNTED);
  } finally {
    await client.end();
  }
}
