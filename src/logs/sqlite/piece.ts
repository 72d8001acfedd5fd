/**
 * A piece: messages of a turn, packed into one blob, so that they cost SQLite one row. Its format, with the size of each field in
 * bytes; numbers are little-endian, `…` is a varint (7 bits a byte, the lowest first):
 *
 *     version 1  crc32 4 (of all that follows)  time 8 (a double, ms since 1970)  count 2
 *     record × count: state 1  conversation …  seq - prev …  sender …  zigzag of its time - time …  text (UTF-8)
 *     end of record × count: 2 each, from the blob's beginning
 *
 * Record i is the message with the number `first + i`. It has no bytes if that message is not in this piece. A message that is
 * taken out is overwritten with zeros, and the blob keeps its length, so that SQLite writes it in place, over the old bytes.
 */
import { crc32 } from "node:zlib";
import type { ChangeOf } from "../../state/changes.ts";
import { Damaged } from "../../state/entities.ts";

const VERSION = 1;
const CRC_AT = 1;
const TIME_AT = 5;
const COUNT_AT = 13;
const RECORDS_AT = 15;
/** The size of each `end of record`. */
const END_BYTES = 2;

/** The states of a record. A message that was taken out is a row of `messages` now, or was removed. */
const TAKEN = 0;
const HERE = 1;

/** How many bytes a varint of 53 bits takes. */
const VARINT_BYTES = 8;
/** How many bytes a record takes beside its text, at the most. */
const FIELDS_BYTES = 1 + 4 * VARINT_BYTES;
/** How many bytes of UTF-8 a UTF-16 unit takes at the most. */
const BYTES_A_UNIT = 3;

/**
 * The largest size of a piece, in bytes. Larger pieces save hardly anything more, and to read one message the whole piece must be
 * read: each message of a page of history may be in another piece.
 */
const PIECE_BYTES = 8192;
/** The longest text in a piece, in UTF-16 units. For a longer one the overhead of a row of its own hardly matters. */
const LONGEST_TEXT = 1000;

export type Appended = ChangeOf<"message.appended">;

/** A message that has nothing but its text: see `isPlain`. */
export type PlainMessage = Pick<Appended, "seq" | "conversation" | "prev" | "sender" | "time" | "text">;

/** Whether a message can be in a piece. */
export function isPlain({
  text,
  file,
  origin,
  reply,
  alters,
}: Pick<Appended, "text" | "file" | "origin" | "reply" | "alters">): boolean {
  return (
    reply === 0 && alters === undefined && file === undefined && origin === undefined && text.length <= LONGEST_TEXT
  );
}

/** Makes pieces, one after another, in the same memory. */
export class PieceWriter {
  readonly #bytes = Buffer.alloc(PIECE_BYTES);
  readonly #ends = new Uint16Array(PIECE_BYTES / END_BYTES);
  #at = RECORDS_AT;
  #count = 0;
  #first = 0;
  #time = 0;

  /** Begins a piece. The same message must be added first. */
  begin({ seq, time }: PlainMessage): void {
    this.#at = RECORDS_AT;
    this.#count = 0;
    this.#first = seq;
    this.#time = time;
  }

  /** Adds a message. Numbers must rise. @returns false if there was no room for it */
  add({ seq, conversation, prev, sender, time, text }: PlainMessage): boolean {
    const slot = seq - this.#first;
    const needed = FIELDS_BYTES + text.length * BYTES_A_UNIT + (slot + 1) * END_BYTES;
    if (this.#at + needed > PIECE_BYTES) return false;
    for (; this.#count < slot; this.#count++) this.#ends[this.#count] = this.#at;
    this.#bytes[this.#at++] = HERE;
    this.#number(conversation);
    this.#number(seq - prev);
    this.#number(sender);
    const later = time - this.#time;
    this.#number(later < 0 ? -2 * later - 1 : 2 * later);
    this.#at += this.#bytes.write(text, this.#at);
    this.#ends[this.#count++] = this.#at;
    return true;
  }

  /** Ends the piece. @returns it; `bytes` are overwritten when the next one is begun */
  end(): { readonly first: number; readonly count: number; readonly bytes: Uint8Array } {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < this.#count; i++) {
      const end = this.#ends[i] as number;
      bytes[at++] = end & 255;
      bytes[at++] = end >>> 8;
    }
    bytes[0] = VERSION;
    bytes.writeDoubleLE(this.#time, TIME_AT);
    bytes.writeUInt16LE(this.#count, COUNT_AT);
    const piece = bytes.subarray(0, at);
    seal(piece);
    return { first: this.#first, count: this.#count, bytes: piece };
  }

  #number(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }
}

/** A piece that was read from the database. Its messages are decoded only when they are asked for. */
export class Piece {
  readonly first: number;
  readonly count: number;
  readonly bytes: Buffer;
  /** Where the next number is read. */
  #at = 0;

  /** @throws Damaged that names the piece, if its version or its checksum is wrong */
  constructor(first: number, blob: Uint8Array) {
    const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
    if (bytes[0] !== VERSION && bytes.length > 0) throw damaged(first, `its version ${bytes[0]} is not known`);
    if (bytes.length < RECORDS_AT || crc32(bytes.subarray(TIME_AT)) !== bytes.readUInt32LE(CRC_AT))
      throw damaged(first, "its checksum does not fit");
    this.first = first;
    this.bytes = bytes;
    this.count = bytes.readUInt16LE(COUNT_AT);
  }

  /** The highest number that it may hold. */
  get last(): number {
    return this.first + this.count - 1;
  }

  /** Whether everything was taken out of it. */
  get isEmpty(): boolean {
    for (let seq = this.first; seq <= this.last; seq++) if (this.#record(seq)) return false;
    return true;
  }

  /** @returns undefined if the message is not in it, or was taken out */
  get(seq: number): PlainMessage | undefined {
    const record = this.#record(seq);
    if (!record) return undefined;
    this.#at = record.start + 1;
    const conversation = this.#number();
    const prev = seq - this.#number();
    const sender = this.#number();
    const later = this.#number();
    const time = this.bytes.readDoubleLE(TIME_AT) + (later % 2 === 0 ? later / 2 : -(later + 1) / 2);
    const text = this.bytes.toString("utf8", this.#at, record.end);
    return { seq, conversation, prev, sender, time, text };
  }

  /** All messages in it, by rising number. */
  *all(): Iterable<PlainMessage> {
    for (let seq = this.first; seq <= this.last; seq++) {
      const message = this.get(seq);
      if (message) yield message;
    }
  }

  /** Takes a message out: overwrites all its bytes. `seal` must follow. */
  take(seq: number): void {
    const record = this.#record(seq);
    if (record) this.bytes.fill(TAKEN, record.start, record.end);
  }

  /** Computes the checksum again. To be called after `take`, before the piece is written. */
  seal(): void {
    seal(this.bytes);
  }

  #record(seq: number): { readonly start: number; readonly end: number } | undefined {
    const slot = seq - this.first;
    if (slot < 0 || slot >= this.count) return undefined;
    const ends = this.bytes.length - this.count * END_BYTES;
    const end = this.bytes.readUInt16LE(ends + slot * END_BYTES);
    const start = slot === 0 ? RECORDS_AT : this.bytes.readUInt16LE(ends + (slot - 1) * END_BYTES);
    return start === end || this.bytes[start] === TAKEN ? undefined : { start, end };
  }

  #number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}

function seal(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(TIME_AT)), CRC_AT);
}

function damaged(first: number, why: string): Damaged {
  return new Damaged(`the piece of messages that begins with number ${first} is damaged: ${why}`);
}
