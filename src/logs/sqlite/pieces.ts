/** The table of pieces, with a cache of the pieces that were read last. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Piece, PieceWriter, type PlainMessage } from "./piece.ts";

/** Fewer messages than this are written as rows: that costs no more than a piece, and a row is found more cheaply. */
const FEWEST = 3;

/** The size of the cache, in bytes, and what each piece in it takes beside its own bytes. */
const CACHE_BYTES = 4 * 2 ** 20;
const OVERHEAD_BYTES = 500;

export class Pieces {
  readonly #writer = new PieceWriter();
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #find: StatementSync;
  /** The pieces in the cache, by rising number. No two overlap. */
  readonly #cached: Piece[] = [];
  /** The same, in the order in which they were read: the oldest is dropped first. */
  readonly #inTurn = new Set<Piece>();
  #cachedBytes = 0;
  /** A piece that a message was taken out of, and that is not written yet. */
  #changed: Piece | undefined;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare("INSERT INTO pieces (first, count, bytes) VALUES (?, ?, ?)");
    this.#update = db.prepare("UPDATE pieces SET bytes = ? WHERE first = ?");
    this.#delete = db.prepare("DELETE FROM pieces WHERE first = ?");
    this.#find = db.prepare(
      `SELECT first, CASE WHEN first + count > ?1 THEN bytes END AS bytes
       FROM pieces WHERE first <= ?1 ORDER BY first DESC LIMIT 1`,
    );
  }

  /**
   * Writes messages as pieces, within the caller's transaction. @param messages by rising number. @returns the last of them, if
   * they are too few for a piece: the caller must write them as rows
   */
  add(messages: readonly PlainMessage[]): readonly PlainMessage[] {
    let done = 0;
    while (messages.length - done >= FEWEST) {
      this.#writer.begin(messages[done] as PlainMessage);
      while (done < messages.length && this.#writer.add(messages[done] as PlainMessage)) done++;
      const { first, count, bytes } = this.#writer.end();
      this.#insert.run(first, count, bytes);
    }
    return messages.slice(done);
  }

  /** A message that is in a piece in the cache. */
  near(seq: number): PlainMessage | undefined {
    return this.#near(seq)?.get(seq);
  }

  /** A message that is in a piece. @throws StorageError if the piece is damaged */
  get(seq: number): PlainMessage | undefined {
    return this.#of(seq)?.get(seq);
  }

  /** Takes a message out of its piece, within the caller's transaction. @returns the message; undefined if it is in none */
  take(seq: number): PlainMessage | undefined {
    const message = this.get(seq);
    if (message) this.#changing(seq).take(seq);
    return message;
  }

  /**
   * Writes the piece that messages were taken out of, if it is not written yet. To be called before the end of the transaction.
   */
  write(): void {
    const piece = this.#changed;
    if (!piece) return;
    this.#changed = undefined;
    piece.seal();
    if (piece.isEmpty) {
      this.#drop(piece);
      this.#delete.run(piece.first);
    } else {
      this.#update.run(piece.bytes, piece.first);
    }
  }

  /** Empties the cache: the transaction was rolled back, so what is in it may never have been written. */
  forget(): void {
    this.#changed = undefined;
    this.#cached.length = 0;
    this.#inTurn.clear();
    this.#cachedBytes = 0;
  }

  /** The piece of a message that is about to be taken out. Messages of one piece that follow each other cost one write. */
  #changing(seq: number): Piece {
    const piece = this.#of(seq) as Piece;
    if (piece !== this.#changed) this.write();
    this.#changed = piece;
    return piece;
  }

  /** The piece whose range of numbers has this one, from the cache or the table. */
  #of(seq: number): Piece | undefined {
    const near = this.#near(seq);
    if (near) return near;
    const row = this.#find.get(seq) as { readonly first: number; readonly bytes: Uint8Array | null } | undefined;
    if (!row?.bytes) return undefined;
    const piece = new Piece(row.first, row.bytes);
    this.#cached.splice(this.#place(seq), 0, piece);
    this.#inTurn.add(piece);
    this.#cachedBytes += piece.bytes.length + OVERHEAD_BYTES;
    for (const oldest of this.#inTurn) {
      if (this.#cachedBytes <= CACHE_BYTES) break;
      if (oldest !== this.#changed) this.#drop(oldest);
    }
    return piece;
  }

  #near(seq: number): Piece | undefined {
    const piece = this.#cached[this.#place(seq) - 1];
    return piece && seq <= piece.last ? piece : undefined;
  }

  #drop(piece: Piece): void {
    this.#cached.splice(this.#place(piece.first) - 1, 1);
    this.#inTurn.delete(piece);
    this.#cachedBytes -= piece.bytes.length + OVERHEAD_BYTES;
  }

  /** How many pieces in the cache begin at this number or before it. */
  #place(seq: number): number {
    let low = 0;
    for (let high = this.#cached.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((this.#cached[middle] as Piece).first <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
