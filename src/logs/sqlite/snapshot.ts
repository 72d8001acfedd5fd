/** Copies the database as it is at one moment, while the server goes on writing. */
import { DatabaseSync } from "node:sqlite";
import { LAST } from "./in-order.ts";

/** How long, in ms, a read waits for a lock of the server, which has one while it starts. */
const BUSY_MS = 5000;

/**
 * A file's content, as its record in a database names it. `stored`: its name in the uploads folder; `size`: bytes; `sha256`: hex.
 */
export interface NamedContent {
  readonly stored: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes all that is committed into a new file, which has no trace of what was deleted. While it reads, nothing that the server
 * writes can leave the write-ahead log, which grows. The new file is not synced.
 * @throws Error of SQLite
 */
export function snapshot(path: string, into: string): void {
  const db = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
  try {
    db.prepare("VACUUM INTO ?").run(into);
  } finally {
    db.close();
  }
}

/**
 * What backups and imports must know of a database. Nobody else must use it. `last`: the number of its last row; `salt`: hex;
 * `contents`: those that it names and that are not gone. @throws Error of SQLite
 */
export function aboutDatabase(path: string): { last: number; salt: string; contents: readonly NamedContent[] } {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const { last, salt } = db
      .prepare(`SELECT ${LAST} AS last, (SELECT lower(hex(value)) FROM facts WHERE name = 'salt') AS salt`)
      .get() as { last: number; salt: string };
    const contents = db
      .prepare("SELECT stored, size, sha256 FROM files WHERE gone = 0 AND stored <> '' ORDER BY stored")
      .all() as unknown as NamedContent[];
    return { last, salt, contents };
  } finally {
    db.close();
  }
}
