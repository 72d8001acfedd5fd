/**
 * A node's replica: a copy of PostgreSQL's tables in a SQLite file of the node's own, from which it reads. It is copied as a
 * whole when it is missing or cannot be continued; otherwise the entries of the log that it lacks are applied.
 */
import { closeSync, existsSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { lockFolder } from "../../contents/lock.ts";
import type { Change } from "../../state/changes.ts";
import { DamagedCopy } from "../../state/entities.ts";
import type { Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { withErrors } from "../reading.ts";
import { isDamage, isOfSurroundings } from "../sqlite/damage.ts";
import { LAST } from "../sqlite/in-order.ts";
import { REPLICA, SqliteLog } from "../sqlite/index.ts";
import { migrate, migrations } from "../sqlite/schema.ts";
import { type EngineClient, EngineError } from "./client.ts";
import { copyOut } from "./copy.ts";
import { breakAfter, type Position } from "./position.ts";
import { entriesAfter } from "./tail.ts";

export interface ReplicaOptions {
  /** Where it lies. */
  readonly folder: string;
  /** The id of the database that it must be a copy of. */
  readonly store: string;
  /** A copy that is there cannot be used, for this reason, and is made anew. */
  readonly onRebuilt: (reason: string) => void;
}

export class Replica {
  readonly pages: Pages;
  readonly #log: SqliteLog;
  readonly #options: ReplicaOptions;
  /** Whether it was there before this start: otherwise it was made just now. */
  readonly #isContinued: boolean;
  #settled: Position;
  #ahead: Position;
  #onDamaged: ((error: Error) => void) | undefined;

  private constructor({ log, position, isContinued }: Opened, options: ReplicaOptions) {
    this.#log = log;
    this.#options = options;
    this.#isContinued = isContinued;
    this.#settled = position;
    this.#ahead = position;
    this.pages = withErrors(log.pages, (error) => {
      if (isDamage(error)) this.foundDamaged(error as Error);
      return error;
    });
  }

  /**
   * Opens the replica, and brings it up to the end of the log. @throws Error in one line: of the folder, of SQLite. @throws
   * EngineError
   */
  static async open(client: EngineClient, options: ReplicaOptions): Promise<Replica> {
    const opened = await openCopy(client, options, true);
    if (typeof opened !== "string") return new Replica(opened, options);
    options.onRebuilt(opened);
    return new Replica((await openCopy(client, options, false)) as Opened, options);
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

  /** Writes the changes between `settled` and `ahead`. @throws Error of SQLite; if the copy is damaged it is removed */
  settle(changes: readonly Change[]): void {
    try {
      this.#log.commit(changes, markOf(this.#ahead));
    } catch (error) {
      throw isDamage(error) ? this.#condemned(error as Error) : error;
    }
    this.#settled = this.#ahead;
  }

  /**
   * @param onDamaged told, once, if later a page cannot be read because the copy is damaged: it is removed, and this node must stop
   * @throws DamagedCopy. @throws Error if one that was made just now cannot be loaded either
   */
  load(into: Model, onDamaged: (error: Error) => void): void {
    try {
      this.#log.load(into);
      // The start asks for it first of all.
      void into.messages.lastTime;
      this.#onDamaged = onDamaged;
    } catch (error) {
      if (!this.#isContinued || isOfSurroundings(error)) throw error;
      const { message: reason } = this.#condemned(error as Error);
      this.#options.onRebuilt(reason);
      throw new DamagedCopy(reason, { cause: error });
    }
  }

  /** The copy is damaged, as whoever reads it has found: it is removed, and `onDamaged` of `load` told. */
  foundDamaged(error: Error): void {
    this.#onDamaged?.(this.#condemned(error));
  }

  tidy(): void {
    this.#log.tidy();
  }

  close(): void {
    this.#log.close();
  }

  /** Removes the copy, so that the next start makes it anew. What is open of it can still be used until it is closed. */
  #condemned(error: Error): Error {
    this.#onDamaged = undefined;
    removeDatabase(join(this.#options.folder, REPLICA));
    return new Error(damaged(error), { cause: error });
  }
}

function damaged({ message }: Error): string {
  return `this node's copy of the store is damaged (${message})`;
}

interface Opened {
  readonly log: SqliteLog;
  readonly position: Position;
  readonly isContinued: boolean;
}

/**
 * @param mayContinue whether a copy that is there may be continued; otherwise it is made anew
 * @returns why that copy cannot be continued
 */
async function openCopy(
  client: EngineClient,
  { folder, store }: ReplicaOptions,
  mayContinue: boolean,
): Promise<Opened | string> {
  const path = join(folder, REPLICA);
  const isContinued = mayContinue && existsSync(path);
  const lock = lockFolder(folder);
  let position: Position;
  try {
    if (isContinued) {
      const found = positionOf(path, store);
      if (typeof found === "string") return found;
      const gap = await breakAfter(client, found);
      if (gap !== undefined) return gap;
      position = found;
    } else {
      position = await makeCopy(client, path, store);
    }
  } finally {
    lock.close();
  }
  let log: SqliteLog | undefined;
  try {
    log = new SqliteLog(folder, true);
    for (;;) {
      const { changes, place, nonce, seq } = await entriesAfter(client, position);
      if (place === position.place) return { log, position, isContinued };
      position = { place, nonce, seq };
      log.commit(changes, markOf(position));
    }
  } catch (error) {
    log?.close();
    if (!isContinued || error instanceof EngineError || isOfSurroundings(error)) throw error;
    return (error as Error).message;
  }
}

/** The position of the copy that is there. @returns why it cannot be continued, if it is none of this store and this program */
function positionOf(path: string, store: string): Position | string {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { readOnly: true });
    const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version !== migrations.length) return "this node's copy of the store is of another version of this program";
    const fact = (name: string): string | undefined => {
      const row = db?.prepare("SELECT CAST(value AS TEXT) AS value FROM facts WHERE name = ?").get(name);
      return (row as { value: string } | undefined)?.value;
    };
    const [number = "", nonce = ""] = (fact("mark") ?? "").split(" ");
    const place = number === "" ? Number.NaN : Number(number);
    if (fact("store") !== store) return "this node's copy is of another store";
    if (!Number.isSafeInteger(place)) return damaged(new Error("it does not say how far it is"));
    const { last } = db.prepare(`SELECT ${LAST} AS last`).get() as { last: number };
    return { place, nonce, seq: last };
  } catch (error) {
    return damaged(error as Error);
  } finally {
    db?.close();
  }
}

/** A position as the replica itself keeps it, in the fact `mark`: `positionOf` reads it. */
function markOf({ place, nonce }: Position): string {
  return `${place} ${nonce}`;
}

/** Copies everything, as it is at one moment, into a new file, which replaces the old one. Of a copy that fails nothing stays. */
async function makeCopy(client: EngineClient, path: string, store: string): Promise<Position> {
  const fresh = `${path}.new`;
  removeDatabase(fresh);
  try {
    closeSync(openSync(fresh, "w", 0o600));
    const position = await fill(client, fresh, store);
    removeDatabase(path);
    renameSync(fresh, path);
    return position;
  } catch (error) {
    removeDatabase(fresh);
    throw error;
  }
}

/** Copies everything into an empty file. @returns the position of what it is then a copy of */
async function fill(client: EngineClient, path: string, store: string): Promise<Position> {
  const db = new DatabaseSync(path);
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
    const position = { place, nonce, seq: last };
    put.run("mark", markOf(position));
    put.run("store", store);
    return position;
  } finally {
    db.close();
  }
}

function removeDatabase(path: string): void {
  for (const name of [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]) rmSync(name, { force: true });
}
