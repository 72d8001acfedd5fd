/** What is wrong with a database, looked for in every page and every piece of it. */
import { DatabaseSync } from "node:sqlite";
import { Piece } from "./piece.ts";

/** What SQLite finds at the most before it stops. */
const MOST = 20;

/** Only for who has the database to himself: a write-ahead log beside it is taken over. */
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
  // Of a program that had none.
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
