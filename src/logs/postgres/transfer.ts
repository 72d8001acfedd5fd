/** All that a realm has, from a SQLite database into an empty store, and from a store into a new SQLite database. */
import type { DatabaseSync } from "node:sqlite";
import { agreed } from "./agreed.ts";
import { attended } from "./attended.ts";
import { EngineClient, rowOf } from "./client.ts";
import { copyIn, copyOut } from "./copy.ts";
import { FORMAT } from "./entry.ts";
import { LEASE_MS } from "./held-leases.ts";
import { ORDER } from "./keeping.ts";
import { migrate, migrations, versionThere } from "./schema.ts";

/** How many of what were copied. */
export interface Copied {
  readonly users: number;
  readonly sessions: number;
  readonly groups: number;
  readonly messages: number;
  readonly files: number;
  readonly realms: number;
}

/** What is there is not what is wanted: in one line. */
export class UnfitStore extends Error {}

/**
 * Fills an empty store, all of it or nothing. A node that has begun on the empty one cannot go on, and reads it anew when it is
 * started again.
 * @param db of this version, which nobody else writes. @param key of the realm, in PEM
 * @throws UnfitStore, EngineError, Error of PostgreSQL or of SQLite
 */
export async function bringIn(url: string, db: DatabaseSync, key: string | undefined): Promise<Copied> {
  return withClient(url, async (client) => {
    await migrate(client.raw);
    await client.run({ text: "BEGIN" }, ORDER);
    await refuseUsed(client);
    await copyIn(db, client.raw);
    if (key !== undefined) await agreed(client, "realm_key", key);
    // One place is left out: whoever was before it sees that he has missed something.
    await client.run({
      text: `INSERT INTO log (place, nonce, node, format, messages, time, changes)
        SELECT coalesce(max(place), 0) + 2, 'import', 0, $1, 0, extract(epoch FROM clock_timestamp()) * 1000, '[]' FROM log`,
      values: [FORMAT],
    });
    const copied = await counted(client);
    await client.run({ text: "COMMIT" });
    return copied;
  });
}

/**
 * Copies a store as it is at one moment, while its nodes go on.
 * @param db of this version and otherwise empty, within a transaction
 * @returns also the realm's key in PEM, if a node has made one, and how many nodes are there
 * @throws as `bringIn`
 */
export async function bringOut(
  url: string,
  db: DatabaseSync,
): Promise<{ readonly copied: Copied; readonly key: string | undefined; readonly nodes: number }> {
  return withClient(url, async (client) => {
    await refuseOther(client);
    await client.run({ text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" });
    await copyOut(client.raw, db);
    const copied = await counted(client);
    const [key] = await client.run({ text: "SELECT value FROM facts WHERE name = 'realm_key'" });
    const nodes = await nodesThere(client);
    await client.run({ text: "ROLLBACK" });
    const found = key?.rows[0] as { readonly value: Buffer } | undefined;
    return { copied, key: found?.value.toString(), nodes: nodes.length };
  });
}

/** @throws UnfitStore where there are no tables of this version */
export async function refuseOther(client: EngineClient): Promise<void> {
  const version = await versionThere(client.raw);
  if (version === undefined) throw new UnfitStore("no node was ever started on it");
  if (version < migrations.length) throw new UnfitStore("is of an older version: start a node of this one on it first");
  if (version > migrations.length) throw new UnfitStore("was written by a newer version of this program");
}

/** Does something on a connection of its own. @throws EngineError, and as `work` */
export async function withClient<T>(url: string, work: (client: EngineClient) => Promise<T>): Promise<T> {
  const client = await EngineClient.connect(url, { idle_in_transaction_session_timeout: "0" });
  try {
    return await attended({ url, client }, () => work(client));
  } finally {
    // Where something has failed, what was begun is undone with the session.
    await client.close();
  }
}

/** @throws UnfitStore */
async function refuseUsed(client: EngineClient): Promise<void> {
  const [name] = await nodesThere(client);
  if (name !== undefined) throw new UnfitStore(`the node ${name} uses it, or did some seconds ago`);
  const { users, messages } = await counted(client);
  if (users + messages > 0) throw new UnfitStore(`is not empty: ${users} users, ${messages} messages are there`);
}

/** The names of those that have said of late that they are there. @throws EngineError */
async function nodesThere(client: EngineClient): Promise<readonly string[]> {
  const [result] = await client.run({
    text: "SELECT name FROM nodes WHERE seen > clock_timestamp() - make_interval(secs => $1) ORDER BY id",
    values: [LEASE_MS / 1000],
  });
  return (result?.rows ?? []).map(({ name }) => String(name));
}

/** What was withdrawn or deleted is none of them. @throws EngineError */
async function counted(client: EngineClient): Promise<Copied> {
  const [result] = await client.run({
    text: `SELECT (SELECT count(*) FROM users WHERE realm IS NULL AND gone = 0) AS users,
      (SELECT count(*) FROM sessions) AS sessions,
      (SELECT count(*) FROM groups WHERE realm IS NULL AND gone = 0) AS groups,
      (SELECT count(*) FROM messages WHERE conversation > 0) AS messages,
      (SELECT count(*) FROM files WHERE gone = 0 AND stored <> '') AS files,
      (SELECT count(*) FROM realms WHERE ended = 0) AS realms`,
  });
  return rowOf<Copied>(result);
}
