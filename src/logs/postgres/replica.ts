/**
 * A node's replica: a copy of PostgreSQL's tables in a SQLite file of the node's own, from which it reads. It is copied as a
 * whole when it is missing or cannot be continued; otherwise the entries of the log that it lacks are applied.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { lockFolder } from "../../contents/lock.ts";
import type { Change } from "../../state/changes.ts";
import type { Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { LAST } from "../sqlite/in-order.ts";
import { REPLICA, SqliteLog } from "../sqlite/index.ts";
import { migrate, migrations } from "../sqlite/schema.ts";
import { type EngineClient, EngineError } from "./client.ts";
import { copyOut } from "./copy.ts";
import { breakAfter, type Position } from "./position.ts";
import { entriesAfter } from "./tail.ts";

export class Replica {
  readonly #log: SqliteLog;
  #settled: Position;
  #ahead: Position;

  private constructor(log: SqliteLog, settled: Position) {
    this.#log = log;
    this.#settled = settled;
    this.#ahead = settled;
  }

  /**
   * Opens the replica in a folder, and brings it up to the end of the log. @param store the id of the database that it must be a
   * copy of
   * @throws Error in one line: of the folder, of SQLite. @throws EngineError
   */
  static async open(client: EngineClient, folder: string, store: string): Promise<Replica> {
    const opened = (await openCopy(client, folder, store, true)) ?? (await openCopy(client, folder, store, false));
    const { log, position } = opened as Opened;
    return new Replica(log, position);
  }

  /** The position up to which the log's changes are in the replica. */
  get settled(): Position {
    return this.#settled;
  }

  /** The position up to which this node has read or written the log: `settled`, or later. */
  get ahead(): Position {
    return this.#ahead;
  }

  /** Notes that the log was read, or written, up to a position. */
  advance(to: Position): void {
    this.#ahead = to;
  }

  /** Takes `advance` back: what was read beyond `settled` was not handed out, and is read again. */
  fallBack(): void {
    this.#ahead = this.#settled;
  }

  /** Writes the changes between `settled` and `ahead`. @throws Error of SQLite */
  settle(changes: readonly Change[]): void {
    this.#log.commit(changes, markOf(this.#ahead));
    this.#settled = this.#ahead;
  }

  /** Has what is settled. */
  get pages(): Pages {
    return this.#log.pages;
  }

  load(into: Model): void {
    this.#log.load(into);
  }

  tidy(): void {
    this.#log.tidy();
  }

  close(): void {
    this.#log.close();
  }
}

interface Opened {
  readonly log: SqliteLog;
  readonly position: Position;
}

/**
 * @param mayContinue whether a copy that is there may be continued; otherwise it is made anew
 * @returns undefined where that copy cannot be continued: it is damaged, or an entry that it lacks has just left the log
 */
async function openCopy(
  client: EngineClient,
  folder: string,
  store: string,
  mayContinue: boolean,
): Promise<Opened | undefined> {
  const path = join(folder, REPLICA);
  const lock = lockFolder(folder);
  let position: Position | undefined;
  let isContinued = false;
  try {
    position = mayContinue ? positionOf(path, store) : undefined;
    isContinued = position !== undefined && (await breakAfter(client, position)) === undefined;
    if (!position || !isContinued) position = await makeCopy(client, path, store);
  } finally {
    lock.close();
  }
  const log = new SqliteLog(folder, true);
  try {
    for (;;) {
      const { changes, place, nonce, seq } = await entriesAfter(client, position);
      if (place === position.place) return { log, position };
      position = { place, nonce, seq };
      log.commit(changes, markOf(position));
    }
  } catch (error) {
    log.close();
    if (isContinued && !(error instanceof EngineError)) return undefined;
    throw error;
  }
}

/** The position of the copy that is there. @returns undefined if there is none of this store that this program can continue */
function positionOf(path: string, store: string): Position | undefined {
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
    // It is damaged.
    return undefined;
  } finally {
    db?.close();
  }
}

/** A position as the replica itself keeps it, in the fact `mark`: `positionOf` reads it. */
function markOf({ place, nonce }: Position): string {
  return `${place} ${nonce}`;
}

/** Copies everything, as it is at one moment, into a new file, which replaces the old one. */
async function makeCopy(client: EngineClient, path: string, store: string): Promise<Position> {
  const fresh = `${path}.new`;
  removeDatabase(fresh);
  closeSync(openSync(fresh, "w", 0o600));
  const db = new DatabaseSync(fresh);
  let position: Position;
  try {
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    migrate(db);
    const [, , top] = await client.run(
      { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" },
      // Writing a part of the copy to a slow disk may take longer than a turn may be idle in its transaction.
      { text: "SET LOCAL idle_in_transaction_session_timeout = 0" },
      { text: "SELECT place, nonce FROM log ORDER BY place DESC LIMIT 1" },
    );
    const { place, nonce } = (top?.rows[0] ?? { place: 0, nonce: "" }) as Pick<Position, "place" | "nonce">;
    try {
      db.exec("BEGIN");
      await copyOut(client.raw, db);
      db.exec("COMMIT");
    } finally {
      await client.run({ text: "ROLLBACK" });
    }
    const put = db.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES (?, CAST(? AS BLOB))");
    const { last } = db.prepare(`SELECT ${LAST} AS last`).get() as { last: number };
    position = { place, nonce, seq: last };
    put.run("mark", markOf(position));
    put.run("store", store);
  } finally {
    db.close();
  }
  removeDatabase(path);
  renameSync(fresh, path);
  return position;
}

function removeDatabase(path: string): void {
  for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) rmSync(name, { force: true });
}
