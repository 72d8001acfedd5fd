/** What nodes tell each other of their turns is nobody else's, and does not stay. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { OVERWRITE } from "../../src/logs/postgres/heard.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { connected } from "../support/obrol-schema.ts";
import { history, newUser, ok } from "../support/people.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

test("what was said once leaves the queue of PostgreSQL's notifications", async () => {
  const running = await engine();
  const { url, node } = await clusterOn(running);
  const [a, b] = [await node(), await node()];
  const { client: alice } = await newUser(a, "alice");
  const { client: bob } = await newUser(b, "bob");
  const queue = join(running.folder, "data", "pg_notify");
  const isThere = (): boolean =>
    readdirSync(queue).some((name) => readFileSync(join(queue, name)).includes("rahasia-dapur"));
  const database = await connected(url);
  onTestFinished(() => database.end());
  await ok(alice.request("send bob rahasia-dapur"));
  await until("he hears it", async () => (await history(bob, "alice")).length > 0);
  // PostgreSQL writes it to its disk as it needs the memory.
  await database.query(OVERWRITE.text.replace("(1, 70)", "(1, 20)"));
  expect(isThere()).toBe(true);
  await until("it is gone", async () => {
    await database.query(OVERWRITE.text);
    return !isThere();
  });
});

test("who may connect to the database, and no more, is told nothing", async () => {
  const { url, node } = await clusterOn(await engine());
  const [a, b] = [await node(), await node()];
  const { client: alice } = await newUser(a, "alice");
  const { client: bob } = await newUser(b, "bob");
  const database = await connected(url);
  onTestFinished(() => database.end());
  const heard: unknown[] = [];
  database.on("notification", (one) => heard.push(one));
  await database.query("LISTEN obrol; LISTEN obrol_nobody; LISTEN obrol_seized");
  await ok(alice.request("send bob halo"));
  await until("he hears it", async () => (await history(bob, "alice")).length > 0);
  await database.query("SELECT 1");
  expect(heard).toEqual([]);
});
