/**
 * Reads the messages of both tables, `messages` and `pieces`, by rising number. One statement reads both tables, because the
 * server may be running: between two statements it could move a message from a piece into a row.
 */
import { Piece, type PlainMessage } from "./piece.ts";

/** An SQL expression: the number of the row that was accepted last, 0 for none. */
export const LAST = `max(coalesce((SELECT max(seq) FROM messages), 0),
  coalesce((SELECT first + count - 1 FROM pieces ORDER BY first DESC LIMIT 1), 0))`;

/** A row of `messages`, or a piece: then `seq` is its first number, and all other columns are NULL. */
type Either<R> = (R & { readonly bytes: null }) | { readonly seq: number; readonly bytes: Uint8Array };

/**
 * The text of a SELECT for `inOrder`. Its parameters are two numbers: it gives all messages after the first, up to the second
 * (inclusive). @param columns of each row beside `seq`: SQL expressions by their names. @param from the tables, with `messages`
 * as `m`, and a WHERE clause
 */
export function selectInOrder(columns: Readonly<Record<string, string>>, from: string): string {
  const names = Object.entries(columns);
  return `SELECT first AS seq, bytes, ${names.map(([name]) => `NULL AS "${name}"`).join(", ")} FROM pieces
    WHERE first >= coalesce((SELECT max(first) FROM pieces WHERE first <= ?1), 0) AND first <= ?2
      AND first + count - 1 > ?1
    UNION ALL SELECT m.seq, NULL, ${names.map(([, column]) => column).join(", ")} FROM ${from}
    AND m.seq > ?1 AND m.seq <= ?2 ORDER BY seq`;
}

/**
 * The messages that a statement of `selectInOrder` gives; those from pieces have the fields of `PlainMessage` instead of the
 * columns.
 * @param rows its result. @param after the same two numbers. @throws StorageError that names a damaged piece
 */
export function* inOrder<R extends { readonly seq: number }>(
  rows: Iterable<unknown>,
  after: number,
  upTo: number,
): Iterable<R | PlainMessage> {
  let piece: Piece | undefined;
  let next = 0;
  for (const row of rows as Iterable<Either<R>>) {
    // Not by a generator of its own: each message would come through both.
    for (; piece && next < row.seq && next <= piece.last; next++) {
      const message = piece.get(next);
      if (message) yield message;
    }
    if (row.bytes === null) {
      yield row;
    } else {
      piece = new Piece(row.seq, row.bytes);
      next = Math.max(row.seq, after + 1);
    }
  }
  for (; piece && next <= upTo && next <= piece.last; next++) {
    const message = piece.get(next);
    if (message) yield message;
  }
}
