/**
 * The index: which words stand in which messages, without the texts. It is of shards, each an FTS5 table of so many messages:
 * no statement takes longer than one shard takes, however many messages there are.
 *
 * `detail=none` and no texts: measured with a million messages of 49 bytes, 0.64 MB for each MB of text; with places of words
 * (`detail=full`) it was 1.3. Where words stand is looked up in the texts that are found: see excerpts.ts.
 */
import { closeSync, openSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Hits, Query } from "../contract/search.ts";
import type { Entry } from "./entry.ts";
import { indexExpression, MARK, type Token, withoutOwn } from "./expression.ts";

/** Of the tables, and of what is in them: an index of another is made anew. */
const VERSION = 1;

/** Messages of a shard. */
const SHARD = 2 ** 17;

/** How long, in ms, one call looks before it says how far it has come. */
const LOOK_MS = 10;

/** How long, in ms, it waits for the process of a server that was killed to let go of the file. */
const BUSY_MS = 10_000;

/** Letters without their marks: `café` is `cafe`. */
export const TOKENIZER = "unicode61 remove_diacritics 2";

interface Shard {
  readonly insert: StatementSync;
  readonly remove: StatementSync;
  readonly find: StatementSync;
}

/** Up to which message it has come, and what is known of that one: in a database that was put back it is another. */
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

  /** @param path of the file; undefined for one in memory. @throws Error of SQLite, also where it is damaged */
  constructor(path: string | undefined, salt: string) {
    if (path !== undefined) closeSync(openSync(path, "a", 0o600));
    const db = new DatabaseSync(path ?? ":memory:", { timeout: BUSY_MS });
    this.#db = db;
    try {
      db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      // FTS5 writes words anew as the index grows: where they were before no deletion would find them.
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

  /** Adds messages, all of them or none. @throws Error of SQLite: a full disk */
  add(entries: readonly Entry[], reached: Reached): void {
    this.#whole(() => {
      for (const entry of entries) this.#insert(entry);
      this.#reach.run(reached.upTo, reached.time);
    });
    this.#reached = reached;
  }

  /** What is said of a message is another, or nothing any more. @throws as `add` */
  change(seq: number, entry: Entry | undefined): void {
    if (seq > this.#reached.upTo) return;
    this.#whole(() => {
      const n = shardOf(seq);
      this.#shards.get(n)?.remove.run(seq);
      if (entry) this.#insert(entry);
      this.#dirty.run(n);
    });
  }

  /** One shard after the other, the newest first, until there are enough or some time has passed. */
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
   * Writes one shard anew from which something was taken, or that is full: until then what was deleted stands in the file.
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
      throw new OfAnother("it is of another database, or of another version");
    }
  }

  #insert({ seq, text, marks }: Entry): void {
    const n = shardOf(seq);
    const shard = this.#shards.get(n) ?? this.#make(n);
    shard.insert.run(seq, `${withoutOwn(text)} ${marks.map((mark) => MARK + mark).join(" ")}`);
  }

  #make(n: number): Shard {
    this.#db.exec(
      `CREATE VIRTUAL TABLE shard_${n} USING fts5(
         text, content = '', contentless_delete = 1, detail = none, tokenize = "${TOKENIZER} tokenchars '${MARK}'")`,
    );
    // The one before is full.
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

  /** @throws what the work does; nothing of it is kept then */
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

/** It is of another database, or of another version of this program. */
export class OfAnother extends Error {}

/** SQLite's codes of a file that is damaged, or none of its own. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** Whether an index must be made anew. */
export function isLost(error: unknown): boolean {
  if (error instanceof OfAnother) return true;
  const { errcode } = error as { errcode?: number };
  return errcode !== undefined && DAMAGED.has(errcode & 0xff);
}

/** Removes an index that is of no use. */
export function removeIndex(path: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(path + end, { force: true });
}

function shardOf(seq: number): number {
  return Math.floor(seq / SHARD);
}
