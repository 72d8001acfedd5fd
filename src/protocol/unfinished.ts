/** The bytes of a request that has not ended yet: a buffer that grows, and whose memory is given back at once. */

const EMPTY = Buffer.alloc(0);

export class Unfinished {
  /** The bytes are its first `#length` ones. */
  #buffer: Buffer = EMPTY;
  #length = 0;

  /** How many bytes there are. */
  get length(): number {
    return this.#length;
  }

  /** All of them. Valid until the next call that changes anything. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get last(): number | undefined {
    return this.#length === 0 ? undefined : this.#buffer[this.#length - 1];
  }

  /** Copies bytes behind the others. @returns all of them */
  append(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(length, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#free();
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = length;
    return this.#buffer.subarray(0, length);
  }

  /** Replaces all bytes by others, without copying these: as a slice they keep all of their chunk in memory. */
  hold(bytes: Buffer): void {
    this.#buffer = bytes;
    this.#length = bytes.length;
  }

  /** Removes all bytes. They stay valid for whoever has them. */
  clear(): void {
    this.#buffer = EMPTY;
    this.#length = 0;
  }

  /** Removes all bytes, and gives their memory back. */
  drop(): void {
    this.#free();
    this.#length = 0;
  }

  /** Gives the memory back now, not at the next garbage collection: strangers can make the server allocate very much of it. */
  #free(): void {
    const { buffer, length } = this.#buffer;
    // If it is smaller than its ArrayBuffer, it is a slice of a chunk that is still being read.
    if (buffer instanceof ArrayBuffer && length > 0 && length === buffer.byteLength) buffer.transfer(0);
    this.#buffer = EMPTY;
  }
}
