/** A store URL with several hosts: the one is used that takes writes, whichever it is now. */
import { expect, test } from "vitest";
import { Client } from "../../src/connection/client.ts";
import { hostsIn } from "../../src/logs/postgres/hosts.ts";
import type { Engine } from "../support/engine.ts";
import { freePort } from "../support/free-port.ts";
import { clusterOn } from "../support/nodes.ts";
import { history, loggedIn, newUser, PASSWORD } from "../support/people.ts";
import { startedEngine, startedStandby } from "../support/started-engine.ts";
import { until } from "../support/until.ts";

test.each([
  ["postgres://u@a/d", ["postgres://u@a/d"]],
  [
    "postgres://u:p@a,b/d?sslmode=require",
    ["postgres://u:p@a/d?sslmode=require", "postgres://u:p@b/d?sslmode=require"],
  ],
  ["postgres://a:5432,[::1]:5433,c", ["postgres://a:5432", "postgres://[::1]:5433", "postgres://c"]],
  ["postgres:///d?host=a,b", ["postgres:///d?host=a,b"]],
  ["bukan,url", ["bukan,url"]],
])("the hosts of %s", (url, hosts) => {
  expect(hostsIn(url)).toEqual(hosts);
});

/** The same database on several engines. */
async function onAll(...engines: readonly Engine[]): Promise<string> {
  const url = new URL(await (engines.at(-1) as Engine).database());
  const hosts = engines.map(({ host, port }) => `${host}:${port}`).join(",");
  return `postgres://${url.username}@${hosts}${url.pathname}`;
}

test("a standby and who is not there are passed over; once it is promoted, it is the one", async () => {
  const first = await startedEngine();
  const standby = await startedStandby(first, "kedua");
  await first.configure("synchronous_standby_names", "kedua");
  const nowhere = { host: "127.0.0.1", port: await freePort() } as Engine;
  const { process } = await clusterOn({ database: () => onAll(nowhere, standby, first) });
  const node = await process();
  await newUser(node, "alice");
  await newUser(node, "bob");
  const { host, port } = node;
  const alice = await Client.connect({ host, port, user: "alice", password: PASSWORD });
  await alice.send("bob", "sebelum");
  await first.crash();
  await standby.promote();
  await until("it is acknowledged", () => alice.send("bob", "sesudah", "satu").catch(() => undefined));
  await alice.close();
  const bob = await loggedIn(node, "bob");
  expect(await history(bob.client, "alice")).toEqual(["sebelum", "sesudah"]);
});

test("where none takes writes, it is said why of each", async () => {
  const engine = await startedEngine({ configuration: { default_transaction_read_only: "on" } });
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port},127.0.0.1:${engine.port}/postgres`;
  const { node } = await clusterOn({ database: () => Promise.resolve(url) });
  await expect(node()).rejects.toThrow(
    `--store: 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}; 127.0.0.1:${engine.port}: it is read-only`,
  );
});
