/**
 * The index: which words are in which messages, without the texts. It consists of shards, each an FTS5 table of SHARD messages,
 * so that no statement takes longer than for one shard, however many messages there are.
 *
 * `detail=none` and no texts: measured with a million messages of 49 bytes, 0.64 MB for each MB of text; with the positions of
 * words (`detail=full`) it was 1.3. Positions are looked up in the texts that are found: see excerpts.ts.
 */
import { closeSync, openSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Hits, Query } from "../contract/search.ts";
import type { Entry } from "./entry.ts";
import { indexExpression, MARK, type Token, withoutReserved } from "./expression.ts";

/** The version of the tables and of their contents: an index of another version is made anew. */
const VERSION = 1;

/** Messages of a shard. */
const SHARD = 2 ** 17;

/** How long, in ms, `find` searches before it says how far it has come. */
const LOOK_MS = 10;

/** How long, in ms, to wait for the lock: the indexer of a server that was killed may still hold it. */
const BUSY_MS = 10_000;

/** Ignores diacritics: `café` is `cafe`. */
export const TOKENIZER = "unicode61 remove_diacritics 2";

interface Shard {
  readonly insert: StatementSync;
  readonly remove: StatementSync;
  readonly find: StatementSync;
}

/**
 * The last message that is indexed, and its time: in a database that was restored from a backup, that number is another message.
 */
export interface Reached {
  readonly upTo: number;
  readonly time: number;
}

export class IndexFile {
  readonly #db: DatabaseSync;
  readonly #shards = new Map<number, Shard>();
  readonly #reach: StatementSync;
  readonly #dirty: StatementSync;
  #reached: Reached;

  /**
   * @param path of the file; undefined for one in memory. @param salt of the database. @throws OtherDatabase, and Error of
   * SQLite, also where the file is damaged
   */
  constructor(path: string | undefined, salt: string) {
    if (path !== undefined) closeSync(openSync(path, "a", 0o600));
    const db = new DatabaseSync(path ?? ":memory:", { timeout: BUSY_MS });
    this.#db = db;
    try {
      db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      // FTS5 copies words as the index grows; without this a deletion would leave the old copies in the file.
      db.exec("PRAGMA secure_delete = ON");
      this.#prepare(salt);
      this.#reach = db.prepare("UPDATE reached SET up_to = ?, time = ?");
      this.#dirty = db.prepare("INSERT OR IGNORE INTO dirty VALUES (?)");
      this.#reached = db.prepare("SELECT up_to AS upTo, time FROM reached").get() as unknown as Reached;
      for (const { name } of db.prepare("SELECT name FROM sqlite_schema WHERE name GLOB 'shard_*[0-9]'").all()) {
        if (/^shard_\d+$/.test(name as string)) this.#open(Number((name as string).slice("shard_".length)));
      }
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get reached(): Reached {
    return this.#reached;
  }

  /** Adds messages, all or none. @throws Error of SQLite, as when the disk is full */
  add(entries: readonly Entry[], reached: Reached): void {
    this.#whole(() => {
      for (const entry of entries) this.#insert(entry);
      this.#reach.run(reached.upTo, reached.time);
    });
    this.#reached = reached;
  }

  /** Replaces the entry of a message that is indexed; without a new one it is removed. @throws as `add` */
  change(seq: number, entry: Entry | undefined): void {
    if (seq > this.#reached.upTo) return;
    this.#whole(() => {
      const n = shardOf(seq);
      this.#shards.get(n)?.remove.run(seq);
      if (entry) this.#insert(entry);
      this.#dirty.run(n);
    });
  }

  /**
   * Searches one shard after the other, the newest first, until there are enough hits or LOOK_MS have passed. `next`: search on
   * below this number; undefined: all was searched.
   */
  find({ places, above, below, most }: Query, tokens: readonly Token[]): Omit<Hits, "behind"> {
    const seqs: number[] = [];
    if (tokens.length === 0) return { seqs, next: undefined };
    const expression = indexExpression(tokens, places);
    const end = performance.now() + LOOK_MS;
    const last = Math.min(below, this.#reached.upTo + 1);
    for (let n = shardOf(last - 1); n >= 0 && (n + 1) * SHARD > above; n--) {
      const rows = this.#shards.get(n)?.find.all(expression, above, last, most - seqs.length) ?? [];
      for (const { rowid } of rows) seqs.push(rowid as number);
      if (seqs.length >= most) return { seqs, next: seqs.at(-1) };
      if (performance.now() > end) return { seqs, next: n * SHARD > above + 1 ? n * SHARD : undefined };
    }
    return { seqs, next: undefined };
  }

  /**
   * Rewrites one shard that is full, or from which something was removed: until then the file still contains what was deleted.
   * @returns whether there was one
   */
  tidy(): boolean {
    const row = this.#db.prepare("SELECT shard FROM dirty ORDER BY shard LIMIT 1").get() as
      | { shard: number }
      | undefined;
    if (!row) return false;
    this.#whole(() => {
      if (this.#shards.has(row.shard)) {
        this.#db.exec(`INSERT INTO shard_${row.shard}(shard_${row.shard}) VALUES ('optimize')`);
      }
      this.#db.prepare("DELETE FROM dirty WHERE shard = ?").run(row.shard);
    });
    this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return true;
  }

  close(): void {
    this.#db.close();
  }

  #prepare(salt: string): void {
    const db = this.#db;
    const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    if (version === 0) {
      db.exec(`
        BEGIN;
        CREATE TABLE reached (up_to INTEGER NOT NULL, time INTEGER NOT NULL, salt TEXT NOT NULL) STRICT;
        CREATE TABLE dirty (shard INTEGER PRIMARY KEY) STRICT;
        PRAGMA user_version = ${VERSION};
        COMMIT`);
      db.prepare("INSERT INTO reached SELECT 0, 0, ? WHERE NOT EXISTS (SELECT 1 FROM reached)").run(salt);
    } else if (version !== VERSION || db.prepare("SELECT salt FROM reached").get()?.["salt"] !== salt) {
      throw new OtherDatabase("it is of another database, or of another version");
    }
  }

  #insert({ seq, text, marks }: Entry): void {
    const n = shardOf(seq);
    const shard = this.#shards.get(n) ?? this.#make(n);
    shard.insert.run(seq, `${withoutReserved(text)} ${marks}`);
  }

  #make(n: number): Shard {
    this.#db.exec(
      `CREATE VIRTUAL TABLE shard_${n} USING fts5(
         text, content = '', contentless_delete = 1, detail = none, tokenize = "${TOKENIZER} tokenchars '${MARK}'")`,
    );
    // The shard before is full.
    if (n > 0) this.#dirty.run(n - 1);
    return this.#open(n);
  }

  #open(n: number): Shard {
    const name = `shard_${n}`;
    const shard = {
      insert: this.#db.prepare(`INSERT INTO ${name} (rowid, text) VALUES (?, ?)`),
      remove: this.#db.prepare(`DELETE FROM ${name} WHERE rowid = ?`),
      find: this.#db.prepare(
        `SELECT rowid FROM ${name} WHERE ${name} MATCH ? AND rowid > ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`,
      ),
    };
    this.#shards.set(n, shard);
    return shard;
  }

  /** Runs `work` as one transaction. @throws what it throws, after undoing it */
  #whole(work: () => void): void {
    const known = new Set(this.#shards.keys());
    this.#db.exec("BEGIN");
    try {
      work();
      this.#db.exec("COMMIT");
    } catch (error) {
      // A full disk may have rolled back already.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      for (const n of this.#shards.keys()) if (!known.has(n)) this.#shards.delete(n);
      throw error;
    }
  }
}

/** The index file belongs to another database, or was written by another version of this program. */
export class OtherDatabase extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** Whether an index must be made anew. */
export function isLost(error: unknown): boolean {
  if (error instanceof OtherDatabase) return true;
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && DAMAGED.has(errcode & 0xff);
}

/** Removes an index file and what SQLite has beside it. */
export function removeIndex(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(path + end, { force: true });
}

function shardOf(seq: number): number {
  return Math.floor(seq / SHARD);
}
