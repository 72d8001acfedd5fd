/**
 * A long text as bytes, in memory that goes back to the system as soon as it is freed. Memory of the C library's allocator stays
 * with the process while anything small lies behind it (measured: all of 128 MB). A resizable buffer has pages of its own.
 */

const CHUNK = 256 * 1024;

const encoder = new TextEncoder();

export class LongText {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  /** @param pieces must not end within a surrogate pair; those of a JSON reply do not */
  static of(pieces: Iterable<string>): LongText {
    const text = new LongText();
    let room = new Uint8Array<ArrayBuffer>(new ArrayBuffer(0));
    for (const piece of pieces) {
      for (let rest = piece; rest !== ""; ) {
        const { read, written } = encoder.encodeInto(rest, room);
        text.#bytes += written;
        room = room.subarray(written);
        rest = rest.slice(read);
        if (rest === "") break;
        text.#cut(room.byteOffset);
        const chunk = new Uint8Array(new ArrayBuffer(CHUNK, { maxByteLength: CHUNK }));
        text.#chunks.push(chunk);
        room = chunk.subarray(0);
      }
    }
    text.#cut(room.byteOffset);
    return text;
  }

  /** How many bytes are in memory still. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * All of it, in slices of so many bytes or a few less. The memory of what was given is freed. Each slice has whole characters. Each is a
   * copy, because the system may still be writing it when the text is freed.
   */
  *slices(size: number): Generator<Buffer> {
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const bytes = Buffer.from(chunk.buffer);
      for (let at = 0, end = 0; at < bytes.length; at = end) {
        end = Math.min(at + size, bytes.length);
        while (isWithin(bytes[end])) end--;
        yield Buffer.from(bytes.subarray(at, end));
      }
      // All may have been freed meanwhile.
      if (this.#chunks[0] === chunk) this.#drop();
    }
  }

  free(): void {
    while (this.#chunks.length > 0) this.#drop();
  }

  #drop(): void {
    const chunk = this.#chunks.shift();
    this.#bytes -= chunk?.length ?? 0;
    chunk?.buffer.resize(0);
  }

  /** Shrinks the last chunk to what is used of it. */
  #cut(used: number): void {
    this.#chunks.at(-1)?.buffer.resize(used);
  }
}

/** Whether a byte of UTF-8 continues a character. */
function isWithin(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}
