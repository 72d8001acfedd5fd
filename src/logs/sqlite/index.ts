/**
 * The log on disk: one SQLite file, read at the start and written once a turn, in one transaction; with a
 * write-ahead log that is synced at every commit.
 */
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Lock, lockFolder } from "../../contents/lock.ts";
import type { Change } from "../../state/changes.ts";
import type { OutboxItem, StoredMessage } from "../../state/entities.ts";
import type { ChangeLog, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { resolved } from "../resolved.ts";
import { load } from "./load.ts";
import { migrate } from "./schema.ts";
import { RowWriter } from "./write.ts";

/** Pages of write-ahead log before SQLite copies them into the database: 16 MiB, so that few turns pay for it. */
const CHECKPOINT_PAGES = 4096;

/** Its name in the data folder. */
export const DATABASE = "obrol.db";

/** How long, in ms, a commit waits for another program that reads the file. */
const BUSY_MS = 1000;

interface MessageColumns {
  readonly conversation: number;
  readonly prev: number;
  readonly sender: number;
  readonly time: number;
  readonly text: string;
  readonly file: string | null;
  readonly origin: string | null;
}

export class SqliteLog implements ChangeLog {
  readonly pages: Pages = {
    message: (seq) => this.#message(seq),
    queued: (realm, n, count) => this.#queued.all(realm, n, count) as unknown as OutboxItem[],
  };
  readonly #db: DatabaseSync;
  readonly #lock: Lock;
  readonly #rows: RowWriter;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #get: StatementSync;
  readonly #queued: StatementSync;
  #model: Model | undefined;

  /**
   * Opens the database. @param folder made if it is missing, readable by its owner only
   * @throws Error in one line: in use, of a newer program, not a folder, not a database
   */
  constructor(folder: string) {
    const { lock, db } = open(folder);
    this.#lock = lock;
    this.#db = db;
    this.#rows = new RowWriter(db);
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#end = db.prepare("COMMIT");
    this.#get = db.prepare("SELECT conversation, prev, sender, time, text, file, origin FROM messages WHERE seq = ?");
    this.#queued = db.prepare("SELECT n, body FROM outbox WHERE realm = ? AND n > ? ORDER BY n LIMIT ?");
  }

  load(into: Model): void {
    this.#model = into;
    load(this.#db, into);
  }

  /** @throws Error of SQLite: a full disk, another program's lock */
  commit(changes: readonly Change[]): void {
    try {
      this.#begin.run();
      this.#rows.write(changes);
      this.#end.run();
    } catch (error) {
      // A full disk may have rolled back already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#db.close();
    this.#lock.close();
  }

  #message(seq: number): StoredMessage | undefined {
    const row = this.#get.get(seq) as unknown as MessageColumns | undefined;
    if (!row || !this.#model) return undefined;
    return resolved(this.#model, { ...row, seq, file: row.file ?? undefined, origin: row.origin ?? undefined });
  }
}

function open(folder: string): { lock: Lock; db: DatabaseSync } {
  let lock: Lock | undefined;
  try {
    lock = lockFolder(folder);
    const path = join(folder, DATABASE);
    // What SQLite makes beside it has the database's mode.
    closeSync(openSync(path, "a", 0o600));
    const db = new DatabaseSync(path, { timeout: BUSY_MS });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(db);
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return { lock, db };
  } catch (error) {
    lock?.close();
    throw new Error(`data folder ${folder}: ${(error as Error).message}`, { cause: error });
  }
}
