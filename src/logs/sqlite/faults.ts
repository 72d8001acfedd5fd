/** Checks a database: every page, by SQLite, and every piece. */
import { DatabaseSync } from "node:sqlite";
import { Piece } from "./piece.ts";

/** After how many faults SQLite stops looking. */
const MOST = 20;

/** What is wrong with a database, one line each. Nobody else must use it: its write-ahead log is taken into the database. */
export function* faultsIn(path: string): Iterable<string> {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    for (const row of db.prepare(`PRAGMA integrity_check(${MOST})`).all()) {
      const { integrity_check: found } = row as { readonly integrity_check: string };
      if (found !== "ok") yield found.replaceAll("\n", " ");
    }
    yield* damagedPieces(db);
  } catch (error) {
    yield (error as Error).message;
  } finally {
    db?.close();
  }
}

function* damagedPieces(db: DatabaseSync): Iterable<string> {
  const hasPieces = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'pieces'").get();
  // A database of an older program has no such table.
  if (!hasPieces) return;
  let next = 0;
  for (const row of db.prepare("SELECT first, count, bytes FROM pieces ORDER BY first").iterate()) {
    const { first, count, bytes } = row as {
      readonly first: number;
      readonly count: number;
      readonly bytes: Uint8Array;
    };
    try {
      const piece = new Piece(first, bytes);
      if (piece.count !== count || first < next) {
        yield `the piece of messages that begins with number ${first} does not fit to those around it`;
      }
    } catch (error) {
      yield (error as Error).message;
    }
    next = first + count;
  }
}
