/** A node's own copy is damaged on its disk: the node makes it anew, as soon as it finds that out, or at its next start. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { found } from "../search/support.ts";
import { FLIP } from "../support/flips.ts";
import { testFolder } from "../support/folder.ts";
import { type Cluster, clusterOn, engineOfFile } from "../support/nodes.ts";
import { connected } from "../support/obrol-schema.ts";
import { history, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile();

const TEXTS = ["satu", "dua", "tiga", "empat"];

/** What a node reads at its start, and the table of all tables. */
const READ_AT_START = ["users", "conversations", "facts", "sqlite_schema"];

/** bob is to read what alice has sent him, and was in a group with her; the node that has the copy does not run. */
async function copied(): Promise<{ cluster: Cluster; alice: Person; data: string; copy: string }> {
  const cluster = await clusterOn(await engine());
  const first = await cluster.node();
  const alice = await newUser(first, "alice");
  await newUser(first, "bob");
  await ok(alice.client.request("addgroup kelas"));
  await sendTogether(alice, TEXTS);
  const data = testFolder();
  await (await cluster.node("--data", data)).end();
  return { cluster, alice, data, copy: join(data, "replica.db") };
}

/** In one turn, so that they are kept in one piece. */
async function sendTogether({ client }: Person, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => ok(client.request(`send bob ${text}`))));
}

function sql(copy: string, statement: string): void {
  const db = new DatabaseSync(copy);
  db.exec(statement);
  db.close();
}

/** Nothing of a table's first page is as it was. */
function spoil(copy: string, table: string): void {
  const db = new DatabaseSync(copy, { readOnly: true });
  const { size } = db.prepare("SELECT page_size AS size FROM pragma_page_size").get() as { size: number };
  const root = db.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = ?").get(table);
  db.close();
  const { page } = (root ?? { page: 1 }) as { page: number };
  // The first page begins with what says that this is a database, and how far it is.
  const from = page === 1 ? 100 : 0;
  change(copy, (page - 1) * size + from, size - from);
}

/** One byte of a text that stands in the copy is not as it was. */
function flip(copy: string, text: string): void {
  const at = readFileSync(copy).indexOf(text);
  expect(at).toBeGreaterThan(0);
  change(copy, at, 1);
}

function change(copy: string, from: number, count: number): void {
  const bytes = readFileSync(copy).subarray(from, from + count);
  const file = openSync(copy, "r+");
  writeSync(
    file,
    bytes.map((byte) => byte ^ FLIP),
    0,
    count,
    from,
  );
  closeSync(file);
}

async function bobReads(node: TestServer): Promise<readonly string[]> {
  return history((await loggedIn(node, "bob")).client, "alice");
}

/** The node makes its copy anew as it starts, and says why; nothing is lost. */
async function remade(cluster: Cluster, data: string, why: string, texts: readonly string[]): Promise<void> {
  const node = await cluster.node("--data", data);
  expect(node.log()).toMatch(new RegExp(`warn copy-rebuilt .*reason=.*${why}`));
  expect(await bobReads(node)).toEqual(texts);
}

const LATER = ["lima", "enam", "tujuh"];

/** A node whose copy is damaged in a message that it does not read at its start: others have followed. */
async function startedOnDamaged(): Promise<{ cluster: Cluster; data: string; node: TestServer }> {
  const { cluster, alice, data, copy } = await copied();
  await sendTogether(alice, LATER);
  await (await cluster.node("--data", data)).end();
  flip(copy, "tiga");
  const node = await cluster.node("--data", data);
  expect(node.log()).not.toContain("copy-rebuilt");
  return { cluster, data, node };
}

test("a copy of which a page is damaged is made anew at the start, whatever was in it, and the node says why", async () => {
  const { cluster, data, copy } = await copied();
  for (const table of READ_AT_START) {
    spoil(copy, table);
    const node = await cluster.node("--data", data);
    expect(node.log(), table).toMatch(/warn copy-rebuilt .*reason=.*damaged/);
    expect(await bobReads(node), table).toEqual(TEXTS);
    await node.end();
  }
  const sound = await cluster.node("--data", data);
  expect(sound.log()).not.toContain("copy-rebuilt");
});

test("so is one in which a row is not what the program has written", async () => {
  const { cluster, data, copy } = await copied();
  sql(copy, "INSERT INTO realms (key, name, results) VALUES ('a', 'a', '[')");
  await remade(cluster, data, "JSON", TEXTS);
});

test("so is one that what it lacks cannot be written into", async () => {
  const { cluster, alice, data, copy } = await copied();
  await ok(alice.client.request("send bob lima"));
  spoil(copy, "messages");
  await remade(cluster, data, "damaged", [...TEXTS, "lima"]);
});

test("so is one of which the newest messages cannot be read", async () => {
  const { cluster, data, copy } = await copied();
  flip(copy, "tiga");
  await remade(cluster, data, "damaged", TEXTS);
});

test("where the store itself has such a row, the copy is made anew once, and the start fails in one line", async () => {
  const { cluster, data, copy } = await copied();
  spoil(copy, "users");
  const client = await connected(cluster.url);
  await client.query("INSERT INTO obrol.realms (key, name, results) VALUES ('a', 'a', '[')");
  await client.end();
  await expect(cluster.node("--data", data)).rejects.toThrow(/^.*JSON.*$/);
});

test("damage that is found when a message is read stops the node, and its next start makes the copy anew", async () => {
  const { cluster, data, node } = await startedOnDamaged();
  const { client } = await loggedIn(node, "bob");
  const answer = await client.request("history alice").catch(() => undefined);
  expect(answer?.status).not.toBe("OK");
  await stopped(node);
  expect(await bobReads(await cluster.node("--data", data))).toEqual([...TEXTS, ...LATER]);
});

test("so does damage that only the process finds that makes the index for search", async () => {
  const { cluster, data, node } = await startedOnDamaged();
  const { client } = await loggedIn(node, "bob");
  const answer = await client.request("search tujuh").catch(() => undefined);
  expect(answer?.status === "OK" && answer["behind"] !== true).toBe(false);
  await stopped(node);
  expect(node.log().match(/warn search-stopped .*reason=.*damaged/g)).toHaveLength(1);
  const again = await cluster.node("--data", data);
  expect(await bobReads(again)).toEqual([...TEXTS, ...LATER]);
  expect(await found((await loggedIn(again, "bob")).client, "tiga")).toEqual(["tiga"]);
});

test("so does damage that is found when something is written", async () => {
  const { cluster, alice, data, copy } = await copied();
  spoil(copy, "conversations_by_second");
  const node = await cluster.node("--data", data);
  expect(node.log()).not.toContain("copy-rebuilt");
  await ok(alice.client.request("send alice untuk aku"));
  await stopped(node);
  const again = await cluster.node("--data", data);
  expect(await history((await loggedIn(again, "alice")).client, "alice")).toEqual(["untuk aku"]);
});

/** It stops when it has found the damage, and says so. */
async function stopped(node: TestServer): Promise<void> {
  await until("it is found out", () => /error store-lost .*reason=.*damaged/.test(node.log()));
  await node.end();
}
