/** This node's own copy: made from PostgreSQL when it is missing or too old, and brought up to where the log is. */
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { lockFolder } from "../../contents/lock.ts";
import { LAST } from "../sqlite/in-order.ts";
import { REPLICA, SqliteLog } from "../sqlite/index.ts";
import { migrate, migrations } from "../sqlite/schema.ts";
import { type EngineClient, EngineError, rowOf } from "./client.ts";
import { copyOut } from "./copy.ts";
import { entriesAfter } from "./tail.ts";

/** How far a replica is: the last entry, by its place and its nonce, and the number of the last message that are in it. */
export interface Reached {
  readonly place: number;
  readonly nonce: string;
  readonly seq: number;
}

/**
 * Opens the replica in a folder, as far as the log is. @param store the id of what it must be a copy of
 * @throws Error in one line: of the folder, of SQLite. @throws EngineError
 */
export async function openReplica(client: EngineClient, folder: string, store: string): Promise<Replica> {
  const made = await openCopy(client, folder, store, true);
  // What does not fit into a copy is of another one: it is damaged.
  return made ?? ((await openCopy(client, folder, store, false)) as Replica);
}

export interface Replica {
  readonly log: SqliteLog;
  readonly reached: Reached;
}

/** @param old whether the one that is there is gone on with: undefined if it cannot be */
async function openCopy(
  client: EngineClient,
  folder: string,
  store: string,
  old: boolean,
): Promise<Replica | undefined> {
  const path = join(folder, REPLICA);
  const lock = lockFolder(folder);
  let reached: Reached | undefined;
  let isOld = false;
  try {
    reached = old ? reachedBy(path, store) : undefined;
    isOld = reached !== undefined && (await breakAfter(client, reached)) === undefined;
    if (!reached || !isOld) reached = await makeReplica(client, path, store);
  } finally {
    lock.close();
  }
  const log = new SqliteLog(folder, true);
  try {
    for (;;) {
      const { changes, place, nonce, seq } = await entriesAfter(client, reached);
      if (place === reached.place) return { log, reached };
      reached = { place, nonce, seq };
      log.commit(changes, markOf(reached));
    }
  } catch (error) {
    log.close();
    // What it has missed may have left the log just now; or it is damaged.
    if (isOld && !(error instanceof EngineError)) return undefined;
    throw error;
  }
}

/** @returns undefined where there is none of this store that this program can go on with */
function reachedBy(path: string, store: string): Reached | undefined {
  if (!existsSync(path)) return undefined;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version !== migrations.length) return undefined;
    const fact = (name: string): string | undefined => {
      const row = db?.prepare("SELECT CAST(value AS TEXT) AS value FROM facts WHERE name = ?").get(name);
      return (row as { value: string } | undefined)?.value;
    };
    const [number = "", nonce = ""] = (fact("mark") ?? "").split(" ");
    const place = number === "" ? Number.NaN : Number(number);
    if (fact("store") !== store || !Number.isSafeInteger(place)) return undefined;
    const { last } = db.prepare(`SELECT ${LAST} AS last`).get() as { last: number };
    return { place, nonce, seq: last };
  } catch {
    // What is damaged is made anew.
    return undefined;
  } finally {
    db?.close();
  }
}

/** The place of the newest entry of the log; 0 for none. @throws EngineError */
export async function lastPlace(client: EngineClient): Promise<number> {
  const [result] = await client.run({ text: "SELECT coalesce(max(place), 0) AS place FROM log" });
  return rowOf<{ readonly place: number }>(result).place;
}

/** How far a replica is, as it stands in it. */
export function markOf({ place, nonce }: Reached): string {
  return `${place} ${nonce}`;
}

/** @returns why a replica cannot go on from where it is, in one line; undefined if the log has all that it has missed */
export async function breakAfter(client: EngineClient, { place, nonce }: Reached): Promise<string | undefined> {
  const [result] = await client.run({
    text: `SELECT coalesce(min(place), 1) AS first, coalesce(max(place), 0) AS last,
      max(CASE place WHEN $1 THEN nonce END) AS nonce FROM log`,
    values: [place],
  });
  const found = rowOf<{ readonly first: number; readonly last: number; readonly nonce: string | null }>(result);
  if (place < found.first - 1) return "it was away for too long: what it has missed is in the log no more";
  const isSame = found.nonce === nonce || (place < found.first && place <= found.last);
  return isSame ? undefined : "the store has lost what this node has seen of it";
}

/** Copies everything, as it is at one moment, into a new file. */
async function makeReplica(client: EngineClient, path: string, store: string): Promise<Reached> {
  const fresh = `${path}.new`;
  removeDatabase(fresh);
  closeSync(openSync(fresh, "w", 0o600));
  const db = new DatabaseSync(fresh);
  let reached: Reached;
  try {
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    migrate(db);
    const [, , top] = await client.run(
      { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" },
      // A slow disk takes longer for a part of it than a turn may last.
      { text: "SET LOCAL idle_in_transaction_session_timeout = 0" },
      { text: "SELECT place, nonce FROM log ORDER BY place DESC LIMIT 1" },
    );
    const { place, nonce } = (top?.rows[0] ?? { place: 0, nonce: "" }) as Pick<Reached, "place" | "nonce">;
    try {
      db.exec("BEGIN");
      await copyOut(client.raw, db);
      db.exec("COMMIT");
    } finally {
      await client.run({ text: "ROLLBACK" });
    }
    const put = db.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES (?, CAST(? AS BLOB))");
    const { last } = db.prepare(`SELECT ${LAST} AS last`).get() as { last: number };
    reached = { place, nonce, seq: last };
    put.run("mark", markOf(reached));
    put.run("store", store);
  } finally {
    db.close();
  }
  removeDatabase(path);
  renameSync(fresh, path);
  return reached;
}

function removeDatabase(path: string): void {
  for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) rmSync(name, { force: true });
}
