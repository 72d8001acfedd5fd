/** PostgreSQL goes, or the node is told to stop, at some moment of the node's start: it ends, and says why. */
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { canFillDisk } from "../support/disk.ts";
import type { Engine } from "../support/engine.ts";
import { testFolder } from "../support/folder.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { holdCommits, isCommitHeld } from "../support/obrol-schema.ts";
import { newUser } from "../support/people.ts";
import { begin, QUICK, run } from "../support/program.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { chatServer, cleanEnv, type LocalServer, startServer } from "../support/server.ts";
import { startedEngine } from "../support/started-engine.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

/** What a node is started with that has not been there before, its way to PostgreSQL, and a connection and arguments past that. */
async function place(of: Pick<Engine, "database" | "host" | "port">) {
  const folder = testFolder();
  const direct = await of.database();
  const url = new URL(direct);
  const database = new Client({ connectionString: direct });
  database.on("error", () => {});
  await database.connect();
  onTestFinished(() => database.end().catch(() => {}));
  const way = await FaultyProxy.before(of);
  url.host = `${way.host}:${way.port}`;
  const seed = join(folder, "seed.json");
  writeFileSync(
    seed,
    JSON.stringify({ users: [{ username: "alice", name: "Alice", country: "ID", password: "rahasia" }], groups: [] }),
  );
  const folders = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  const rest = ["--realm", "kota", "--port", "0", ...QUICK, ...folders, "--seed-users", seed];
  return { folder, way, database, args: ["--store", url.href, ...rest], past: ["--store", direct, ...rest] };
}

/** On a machine that is busy PostgreSQL may not answer in time. */
function startsAtLast(args: readonly string[]): Promise<LocalServer> {
  return until("it starts", () => startServer(args).catch(() => undefined));
}

/** Starts a node that comes to where it waits, again where PostgreSQL has not answered in time before. */
async function waitingNode(
  { args, folder }: { readonly args: readonly string[]; readonly folder: string },
  waits: () => Promise<boolean>,
): Promise<ReturnType<typeof begin>> {
  let node: ReturnType<typeof begin> | undefined;
  return until("it waits", async () => {
    if (!node) {
      const begun = begin(args, { folder });
      node = begun;
      void begun.ended.then(() => {
        if (node === begun) node = undefined;
      });
    }
    return (await waits()) && node;
  });
}

/** A node was there, and the next one's first turn keeps something, which PostgreSQL waits with until the gate is opened. */
async function heldAtFirstTurn() {
  const there = await place(await engine());
  const { database, args } = there;
  const before = await startsAtLast(args.slice(0, -2));
  await newUser(before, "bob");
  await before.stop();
  await holdCommits(database);
  const node = await waitingNode(there, () => isCommitHeld(database));
  return { ...there, node };
}

const inOneLine = /^chat-server: --store: .+\n$/m;

test("a node that cannot go on while its first turn is in doubt ends with a line, and leaves what it holds", async () => {
  const { node, way, database, args } = await heldAtFirstTurn();
  await database.query("UPDATE obrol.log SET nonce = 'another'");
  way.cut();
  const { code, stderr } = await node.ended;
  expect(stderr).toMatch(inOneLine);
  expect(stderr).toContain("the store has lost what this node has seen of it");
  expect(code).toBe(1);
  expect((await database.query("SELECT FROM obrol.leases")).rowCount).toBe(0);
  await database.query("SELECT pg_advisory_unlock(42)");
  await (await startsAtLast(args)).stop();
});

test("a node whose PostgreSQL goes for ever while its first turn is in doubt ends with a line", async () => {
  const { node, way } = await heldAtFirstTurn();
  way.refuse(true);
  way.cut();
  const { code, stderr } = await node.ended;
  expect(stderr).toMatch(inOneLine);
  expect(code).toBe(1);
});

test("a node that is told to stop while its first turn is in doubt stops", async () => {
  const { node, way } = await heldAtFirstTurn();
  way.freeze(true);
  node.kill("SIGTERM");
  expect(await node.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("chat-server:") });
});

/** A node that waits for another one that migrates. */
async function behindMigration() {
  const there = await place(await engine());
  const { database } = there;
  await database.query("SELECT pg_advisory_lock(478694305644)");
  const waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = $1";
  const { rows } = await database.query<{ oid: number }>(
    "SELECT oid FROM pg_database WHERE datname = current_database()",
  );
  const node = await waitingNode(there, async () => (await database.query(waiting, [rows[0]?.oid])).rowCount === 1);
  return { ...there, node };
}

test("a node that waits for one that migrates stops when it is told to", async () => {
  const { node } = await behindMigration();
  node.kill("SIGTERM");
  expect(await node.ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("chat-server:") });
});

test("a node that waits for one that migrates ends with a line when PostgreSQL is frozen, and waits on as long as it is not", async () => {
  const { node, way, database } = await behindMigration();
  await until("it has looked whether PostgreSQL is there", async () => {
    const looks =
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT FROM pg_stat%$1'";
    return (await database.query(looks)).rowCount === 1;
  });
  way.freeze(true);
  const { code, stderr } = await node.ended;
  expect(stderr).toMatch(inOneLine);
  expect(code).toBe(1);
});

test("wherever in a start its PostgreSQL falls silent, the node ends with an error and lets go of its folders", async () => {
  const whole = await place(await engine());
  await (await startsAtLast(whole.args)).stop();
  const { passed } = whole.way;
  const parts = Array.from({ length: 8 }, (_, i) => Math.floor((passed * (i + 0.5)) / 10));
  await Promise.all(
    parts.map(async (bytes) => {
      const { folder, way, args, past } = await place(await engine());
      way.freezeAfter(bytes).catch(() => {});
      const failure = await startServer(args).then(
        // What it says last it says when it listens.
        (server) => server.stop().then(() => undefined),
        (error: unknown) => error as Error,
      );
      if (failure) expect(failure.message).toMatch(/PostgreSQL|connection|Connection|timeout|answer/);
      expect(readdirSync(folder, { recursive: true })).not.toContain("data/replica.db.new");
      await (await startsAtLast(past)).stop();
    }),
  );
});

test.skipIf(!canFillDisk)(
  "a node whose disk is too full for its copy ends with a line, and nothing is left",
  async () => {
    const { folder, past } = await place(await engine());
    const { status, stderr } = spawnSync("prlimit", ["--fsize=65536", process.execPath, chatServer, ...past], {
      cwd: folder,
      encoding: "utf8",
      env: cleanEnv(),
    });
    expect(stderr).toMatch(/^chat-server: --store: .*(full|disk|I\/O).*\n$/m);
    expect(status).toBe(1);
    expect(readdirSync(join(folder, "data")).filter((name) => name.startsWith("replica"))).toEqual([]);
    await (await startsAtLast(past)).stop();
  },
);

test("a node is told to stop while PostgreSQL is frozen: it stops", async () => {
  const own = await startedEngine();
  const cluster = await clusterOn(own);
  const node = await cluster.process();
  const { client } = await newUser(node, "alice");
  await newUser(node, "bob");
  await own.freeze();
  const answer = client.request("send bob halo").catch(() => undefined);
  expect(await node.kill("SIGTERM")).toBe(0);
  await answer;
  own.thaw();
});

test("a node whose store has what it cannot read ends with a line", async () => {
  const there = await place(await engine());
  await (await startsAtLast(there.args)).stop();
  await there.database.query("INSERT INTO obrol.realms (key, name, results) VALUES ('a', 'a', '[')");
  rmSync(join(there.folder, "data", "replica.db"));
  const { code, stderr } = await run(there.args, there);
  expect(stderr).toMatch(/^chat-server: .+\n$/m);
  expect(code).toBe(1);
});
