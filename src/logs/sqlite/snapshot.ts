/** A copy of the database as it is at one moment, while a server writes into it. */
import { DatabaseSync } from "node:sqlite";
import { LAST } from "./in-order.ts";

/** How long, in ms, a read waits for a server that starts. */
const BUSY_MS = 5000;

/** A content that the records of a database name. */
export interface NamedContent {
  readonly stored: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes all that has been committed into a new file, without what was deleted: nothing of that is left in it. It is one read, during
 * which what is written meanwhile stays in the write-ahead log. The file is not synced.
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

/** What a database says of itself, for who has it to himself. @throws Error of SQLite */
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
