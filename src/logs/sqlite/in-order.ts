/**
 * Messages of both tables in the order of their numbers, for who follows behind, or looks from outside. One statement reads both:
 * between two the server may make a row of a message that was in a piece.
 */
import { Piece, type PlainMessage } from "./piece.ts";

/** The number of the message accepted last, 0 for none; an expression of SQL. */
export const LAST = `max(coalesce((SELECT max(seq) FROM messages), 0),
  coalesce((SELECT first + count - 1 FROM pieces ORDER BY first DESC LIMIT 1), 0))`;

/** A row of `messages`, or a piece: then `seq` is its first number, and nothing else is in it. */
type Either<R> = (R & { readonly bytes: null }) | { readonly seq: number; readonly bytes: Uint8Array };

/**
 * A statement that takes two numbers and gives what `inOrder` takes: of all messages after the one, up to the other.
 * @param columns of a row, beside `seq` @param from where they are taken from, with `messages` as `m`, and which
 */
export function selectInOrder(columns: Readonly<Record<string, string>>, from: string): string {
  const names = Object.entries(columns);
  return `SELECT first AS seq, bytes, ${names.map(([name]) => `NULL AS "${name}"`).join(", ")} FROM pieces
    WHERE first >= coalesce((SELECT max(first) FROM pieces WHERE first <= ?1), 0) AND first <= ?2
    UNION ALL SELECT m.seq, NULL, ${names.map(([, column]) => column).join(", ")} FROM ${from}
    AND m.seq > ?1 AND m.seq <= ?2 ORDER BY seq`;
}

/** @param rows of such a statement, with the same two numbers. @throws Error that names a piece that is damaged */
export function* inOrder<R extends { readonly seq: number }>(
  rows: Iterable<unknown>,
  after: number,
  upTo: number,
): Iterable<R | PlainMessage> {
  let piece: Piece | undefined;
  let next = 0;
  function* ofPiece(end: number): Iterable<PlainMessage> {
    for (const last = Math.min(piece?.last ?? 0, end); next <= last; next++) {
      const message = piece?.get(next);
      if (message) yield message;
    }
  }
  for (const row of rows as Iterable<Either<R>>) {
    yield* ofPiece(row.seq - 1);
    if (row.bytes === null) {
      yield row;
    } else {
      piece = new Piece(row.seq, row.bytes);
      next = Math.max(row.seq, after + 1);
    }
  }
  yield* ofPiece(upTo);
}
