/** Nodes of several versions on one PostgreSQL: what a node does where another version has written. */
import { Client as Database } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { FORMAT } from "../../src/logs/postgres/entry.ts";
import { migrations } from "../../src/logs/postgres/schema.ts";
import { type Cluster, clusterOn, engineOfFile } from "../support/nodes.ts";
import { inbox, loggedIn, newUser, ok } from "../support/people.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

const NEWER = FORMAT + 1;

async function database({ url }: Cluster): Promise<Database> {
  const client = new Database({ connectionString: url, options: "-c search_path=obrol" });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** As another node keeps a turn, and wakes the others. @returns its place */
async function keep(on: Database, format: number, changes: string): Promise<number> {
  const { rows } = await on.query<{ place: string }>(
    `INSERT INTO log (place, nonce, node, format, messages, time, changes)
     SELECT max(place) + 1, '99-' || max(place), 99, $1, 0, 0, $2 FROM log RETURNING place`,
    [format, changes],
  );
  await on.query("NOTIFY obrol");
  return Number(rows[0]?.place);
}

test("a node goes on with what another has written in the oldest format that is read", async () => {
  const cluster = await clusterOn(await engine());
  const node = await cluster.node();
  const { client } = await newUser(node, "alice");
  const written = '{"is":"party.added","id":900,"name":"dewi","realm":"desa","fullName":"Dewi"}';
  await keep(await database(cluster), 1, `[${written}]`);
  await until("it is known", async () => (await client.request("info dewi@desa")).code !== "user-not-found");
  await ok(client.request("send alice halo"));
});

test("a node that meets an entry of a newer format says so and ends, and nothing is lost", async () => {
  const cluster = await clusterOn(await engine());
  const node = await cluster.process("--data", `${cluster.uploads}-old`);
  await newUser(node, "alice");
  const { client: bob } = await newUser(node, "bob");
  await ok(bob.request("send alice sebelum"));
  const postgres = await database(cluster);
  const place = await keep(postgres, NEWER, '[{"is":"belum.ada"}]');
  const ended = await node.kill("SIGCONT");
  const why = `entry ${place} has format ${NEWER}, this program reads 1 to ${FORMAT}`;
  expect(ended).toBe(1);
  expect(node.log()).toContain(why);
  // Started again it begins with what the tables have, and not with what it could not read.
  const again = await cluster.node("--data", `${cluster.uploads}-old`);
  const { client: alice } = await loggedIn(again, "alice");
  expect(await inbox(alice, "all")).toEqual(["sebelum"]);
});

test("a node does not start on tables that are too new for it, and leaves them as they are", async () => {
  const cluster = await clusterOn(await engine());
  const node = await cluster.node();
  await newUser(node, "alice");
  await node.end();
  const postgres = await database(cluster);
  const next = migrations.length + 1;
  await postgres.query("UPDATE schema_version SET version = $1, oldest = $1", [next]);
  const kept = async (): Promise<unknown> =>
    (
      await postgres.query(
        "SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM nodes), version FROM schema_version",
      )
    ).rows;
  const before = await kept();
  await expect(cluster.node()).rejects.toThrow(
    `--store: was written by a newer version of this program (its format is ${next}, this program knows ${next - 1})`,
  );
  expect(await kept()).toEqual(before);
  // Where it has only added what this one need not know, it goes on.
  await postgres.query("UPDATE schema_version SET oldest = $1", [next - 1]);
  const other = await cluster.node();
  await loggedIn(other, "alice");
});
