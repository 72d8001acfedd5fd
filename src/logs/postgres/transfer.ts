/**
 * Moves a whole realm: from a SQLite database into an empty store (import), and from a store into a new SQLite database (export).
 */
import type { DatabaseSync } from "node:sqlite";
import { agreed } from "./agreed.ts";
import { attended } from "./attended.ts";
import { EngineClient, rowOf } from "./client.ts";
import { copyIn, copyOut } from "./copy.ts";
import { FORMAT } from "./entry.ts";
import { LEASE_MS } from "./held-leases.ts";
import { ORDER } from "./keeping.ts";
import { migrate, migrations, versionThere } from "./schema.ts";

/** How many there were of each. */
export interface Copied {
  readonly users: number;
  readonly sessions: number;
  readonly groups: number;
  readonly messages: number;
  readonly files: number;
  readonly realms: number;
}

/** The store cannot be used for this, for a reason that the message says in one line. */
export class UnfitStore extends Error {}

/**
 * Fills an empty store, in one transaction. A node that was started while it was empty cannot go on; started again, it copies
 * everything.
 * @param db of this version; nobody else must write it. @param key the realm's private key, in PEM
 * @throws UnfitStore, EngineError, Error of PostgreSQL or of SQLite
 */
export async function bringIn(url: string, db: DatabaseSync, key: string | undefined): Promise<Copied> {
  return withClient(url, async (client) => {
    await migrate(client.raw);
    await client.run({ text: "BEGIN" }, ORDER);
    await refuseUsed(client);
    await copyIn(db, client.raw);
    if (key !== undefined) await agreed(client, "realm_key", key);
    // Leaves one place out, so that a node that was started before sees that it has missed something.
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
 * Copies a store as it is at one moment, while its nodes go on working.
 * @param db of this version and otherwise empty, within a transaction
 * @returns `key`: the realm's private key in PEM, if a node has made one; `nodes`: how many nodes are alive
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

/** @throws UnfitStore if the store does not have the tables of this version */
export async function refuseOther(client: EngineClient): Promise<void> {
  const version = await versionThere(client.raw);
  if (version === undefined) throw new UnfitStore("no node was ever started on it");
  if (version < migrations.length) throw new UnfitStore("is of an older version: start a node of this one on it first");
  if (version > migrations.length) throw new UnfitStore("was written by a newer version of this program");
}

/** Runs work on a connection of its own, without a time limit (`attended`). @throws EngineError, and what `work` throws */
export async function withClient<T>(url: string, work: (client: EngineClient) => Promise<T>): Promise<T> {
  const client = await EngineClient.connect(url, { idle_in_transaction_session_timeout: "0" });
  try {
    return await attended({ url, client }, () => work(client));
  } finally {
    // If something has failed, a transaction that was begun is rolled back with the session.
    await client.close();
  }
}

/** @throws UnfitStore if nodes use the store, or it is not empty */
async function refuseUsed(client: EngineClient): Promise<void> {
  const [name] = await nodesThere(client);
  if (name !== undefined) throw new UnfitStore(`the node ${name} uses it, or did some seconds ago`);
  const { users, messages } = await counted(client);
  if (users + messages > 0) throw new UnfitStore(`is not empty: ${users} users, ${messages} messages are there`);
}

/** The names of the nodes that are alive. @throws EngineError */
async function nodesThere(client: EngineClient): Promise<readonly string[]> {
  const [result] = await client.run({
    text: "SELECT name FROM nodes WHERE seen > clock_timestamp() - make_interval(secs => $1) ORDER BY id",
    values: [LEASE_MS / 1000],
  });
  return (result?.rows ?? []).map(({ name }) => String(name));
}

/** Counts what there is, without what was withdrawn, deleted or removed. @throws EngineError */
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
