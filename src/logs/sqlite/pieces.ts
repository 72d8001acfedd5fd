/** The table of pieces, and those of them that were read last. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StorageError } from "../../state/entities.ts";
import { Piece, PieceWriter, type PlainMessage } from "./piece.ts";

/** Fewer messages than this cost no more as rows, and are found more cheaply. */
const FEWEST = 3;

/** Bytes of pieces that are kept in memory, and what each takes beside its own. */
const CACHE_BYTES = 4 * 2 ** 20;
const OVERHEAD_BYTES = 500;

export class Pieces {
  readonly #writer = new PieceWriter();
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;
  readonly #find: StatementSync;
  /** In the order of their numbers; no two overlap. */
  readonly #cached: Piece[] = [];
  /** The same, in the order in which they were read. */
  readonly #inTurn = new Set<Piece>();
  #cachedBytes = 0;
  /** One that something was taken out of, and that is not written yet. */
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
   * Writes messages, whose numbers rise, as pieces, within a transaction of the caller's. @returns those at the end that are too
   * few for one
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

  /** A message that is in a piece, if that is in memory. */
  near(seq: number): PlainMessage | undefined {
    return this.#near(seq)?.get(seq);
  }

  /** A message that is in a piece. @throws StorageError for one that is damaged */
  get(seq: number): PlainMessage | undefined {
    return this.#of(seq)?.get(seq);
  }

  /** Takes a message out of its piece. @returns it, for whoever makes a row of it; undefined if it is in none */
  take(seq: number): PlainMessage | undefined {
    const message = this.get(seq);
    if (message) this.#changing(seq).take(seq);
    return message;
  }

  /** Writes what was changed: once for as much of a piece as was changed without another between. */
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

  /** What is in memory may never have been kept. */
  forget(): void {
    this.#changed = undefined;
    this.#cached.length = 0;
    this.#inTurn.clear();
    this.#cachedBytes = 0;
  }

  #changing(seq: number): Piece {
    const piece = this.#of(seq) as Piece;
    if (piece !== this.#changed) this.write();
    this.#changed = piece;
    return piece;
  }

  #of(seq: number): Piece | undefined {
    const near = this.#near(seq);
    if (near) return near;
    const row = this.#find.get(seq) as { readonly first: number; readonly bytes: Uint8Array | null } | undefined;
    if (!row?.bytes) return undefined;
    const piece = read(row.first, row.bytes);
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

  /** How many of those in memory begin at a number, or before it. */
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

function read(first: number, bytes: Uint8Array): Piece {
  try {
    return new Piece(first, bytes);
  } catch (error) {
    throw new StorageError((error as Error).message, { cause: error });
  }
}
