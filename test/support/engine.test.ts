/** The real PostgreSQL that other tests run against: what they let it go through, it goes through. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, lstatSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { ENGINE_PASSWORD } from "./engine.ts";
import { testFolder } from "./folder.ts";
import { installedPrograms, nativeFolder, programsIn } from "./postgres-programs.ts";
import { isGone } from "./process-children.ts";
import { freshDatabase, startedEngine, startedStandby } from "./started-engine.ts";
import { folderOf, unprivileged } from "./unprivileged.ts";
import { until } from "./until.ts";

/** Ended with the test, or by the engine. */
async function connected(url: string, password = ""): Promise<Client> {
  const connectionString = Object.assign(new URL(url), { password }).href;
  const client = new Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

/** Whoever runs the engine in root's place gets there. */
function openFolder(): string {
  const folder = testFolder();
  chmodSync(folder, 0o711);
  return folder;
}

async function first(client: Client, sql: string): Promise<unknown> {
  const { rows } = await client.query<[unknown]>({ text: sql, rowMode: "array" });
  return rows[0]?.[0];
}

test("an engine answers, keeps to itself, and leaves no process and no folder behind", async () => {
  const within = openFolder();
  const engine = await startedEngine({ folder: within, binaries: "embedded" });
  const client = await connected(engine.url);
  expect(await first(client, "SELECT version()")).toMatch(/^PostgreSQL 18\./);
  expect(await first(client, "SELECT current_setting('fsync')")).toBe("on");
  expect(await first(client, "SELECT lower('É') || current_setting('server_encoding')")).toBe("éUTF8");
  expect(engine.port).toBeLessThan(32_768);
  expect(readdirSync(within)).toEqual([basename(engine.folder)]);
  const { pid } = engine;
  await engine.stop();
  expect(isGone(pid)).toBe(true);
  expect(readdirSync(within)).toEqual([]);
});

test.skipIf(installedPrograms() === undefined)("so does the one that the system has", async () => {
  const engine = await startedEngine({ binaries: "installed" });
  const client = await connected(engine.url);
  expect(await first(client, "SELECT version()")).toMatch(/^PostgreSQL \d+/);
  await client.query("CREATE TABLE kept AS SELECT 1 AS one");
  const standby = await startedStandby(engine, "second");
  const reader = await connected(standby.url);
  expect(await first(reader, "SELECT one FROM kept")).toBe(1);
});

test("an engine that wants a password takes none but its own", async () => {
  const engine = await startedEngine({ password: true });
  await expect(connected(engine.url, "other")).rejects.toThrow("password authentication failed");
  expect(await first(await connected(await engine.database("one"), ENGINE_PASSWORD), "SELECT current_database()")).toBe(
    "one",
  );
});

test("what was committed before a crash is there after it, and what was not is not", async () => {
  const engine = await startedEngine();
  const client = await connected(engine.url);
  await client.query("CREATE TABLE kept (word text)");
  await client.query("INSERT INTO kept VALUES ('said')");
  await client.query("BEGIN; INSERT INTO kept VALUES ('unsaid')");
  let isLost = false;
  client.on("end", () => (isLost = true));
  await engine.crash();
  await until("the connection is lost", () => isLost);
  expect(engine.pid).toBe(0);
  await expect(connected(engine.url)).rejects.toThrow("ECONNREFUSED");
  await engine.restart();
  const again = await connected(engine.url);
  expect(await first(again, "SELECT string_agg(word, ' ') FROM kept")).toBe("said");
  expect(engine.log()).toContain("database system was not properly shut down");
});

test("an engine that is ended in order has nothing to recover, and one may start it again", async () => {
  const engine = await startedEngine({ configuration: { work_mem: "5MB" } });
  await engine.configure("lock_timeout", "1234ms");
  await engine.restart();
  const client = await connected(engine.url);
  expect(await first(client, "SELECT current_setting('work_mem') || current_setting('lock_timeout')")).toBe(
    "5MB1234ms",
  );
  expect(engine.log()).not.toContain("not properly shut down");
});

test("nothing is answered by a frozen engine, until it is thawed", async () => {
  const engine = await startedEngine();
  const client = await connected(engine.url);
  await engine.freeze();
  let answered = 0;
  const asked = first(client, "SELECT 1").finally(() => answered++);
  const late = connected(engine.url).finally(() => answered++);
  // The system takes connections and bytes in its name, so that there is nothing to wait for: it would answer within this.
  const other = await startedEngine();
  await connected(other.url);
  expect(answered).toBe(0);
  engine.thaw();
  expect(await asked).toBe(1);
  await late;
});

test("a frozen engine can be crashed, and stopped", async () => {
  const engine = await startedEngine();
  await engine.freeze();
  await engine.crash();
  await engine.restart();
  await engine.freeze();
  const { pid } = engine;
  await engine.stop();
  expect(isGone(pid)).toBe(true);
});

test("a standby follows, lets commits wait for it, and takes writes once it is promoted", async () => {
  const engine = await startedEngine();
  const client = await connected(engine.url);
  await client.query("CREATE TABLE kept (number int)");
  const standby = await startedStandby(engine, "second");
  await engine.configure("synchronous_standby_names", "second");
  const writer = await connected(engine.url);
  await writer.query("INSERT INTO kept VALUES (1)");
  const reader = await connected(standby.url);
  await expect(reader.query("INSERT INTO kept VALUES (2)")).rejects.toThrow("read-only transaction");
  await until("the standby shows the row", async () => (await first(reader, "SELECT count(*)::int FROM kept")) === 1);

  await standby.freeze();
  const waiting = writer.query("INSERT INTO kept VALUES (3)");
  await until("the commit waits", async () => {
    return (await first(client, "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'SyncRep'")) === 1;
  });
  standby.thaw();
  await waiting;

  await engine.crash();
  await standby.promote();
  await reader.query("INSERT INTO kept VALUES (4)");
  expect(await first(reader, "SELECT string_agg(number::text, ' ' ORDER BY number) FROM kept")).toBe("1 3 4");
});

test("programs that cannot be run where they are, closed to others and without their links, are copied", () => {
  const user = unprivileged();
  const closed = join(testFolder(), "native");
  cpSync(nativeFolder(), closed, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  const folder = folderOf(user);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const programs = programsIn(closed, user, join(folder, "copy"));
  expect(programs).toBe(join(folder, "copy", "bin"));
  const said = execFileSync(join(programs, "initdb"), ["--version"], { ...user, cwd: folder, encoding: "utf8" });
  expect(said).toMatch(/PostgreSQL/);
});

test("an engine that does not start says why, and leaves nothing behind", async () => {
  const within = openFolder();
  const configuration = { shared_buffers: "much" };
  await expect(startedEngine({ folder: within, configuration })).rejects.toThrow('invalid value for parameter "shared');
  expect(readdirSync(within)).toEqual([]);
});

test("each test has an empty database of its own", async () => {
  const urls = await Promise.all([freshDatabase(), freshDatabase()]);
  for (const url of urls) {
    const client = await connected(url);
    await client.query("CREATE TABLE mine ()");
  }
});

test("an engine ends when the process that has started it is killed, also a frozen one", async () => {
  const within = openFolder();
  const script = `
    import { startEngine } from ${JSON.stringify(new URL("engine.ts", import.meta.url).href)};
    const engine = await startEngine({ folder: ${JSON.stringify(within)} });
    await engine.freeze();
    console.log(engine.pid);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  await until("the engine is gone", () => isGone(Number(said.toString())));
  await until("its folder is gone", () => readdirSync(within).length === 0);
});
