/** A file while it is read, piece by piece: while one is used the next is fetched, into the other of two buffers. */
import { type FileHandle, open } from "node:fs/promises";

const PIECE = 256 * 1024;

export class ContentReader implements AsyncIterable<Uint8Array> {
  readonly #file: FileHandle;
  #at: number;
  readonly #end: number;
  #closed = false;

  /** The bytes from `start` up to `end`. @throws Error of the file system. */
  static async open(path: string, start: number, end: number): Promise<ContentReader> {
    return new ContentReader(await open(path, "r"), start, end);
  }

  private constructor(file: FileHandle, start: number, end: number) {
    this.#file = file;
    this.#at = start;
    this.#end = end;
  }

  /** A piece is valid until the next is asked for. @throws Error of the file system; when the file is shorter than it should be. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const size = Math.min(PIECE, this.#end - this.#at);
    let [buffer, other] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
    let next = this.#read(buffer);
    try {
      for (let piece = await next; piece.length > 0; piece = await next) {
        [buffer, other] = [other, buffer];
        next = this.#read(buffer);
        yield piece;
      }
    } finally {
      await next.catch(() => {});
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A read that is under way ends first; then nobody needs to know.
    void this.#file.close().catch(() => {});
  }

  async #read(buffer: Buffer): Promise<Buffer> {
    const wanted = Math.min(buffer.length, this.#end - this.#at);
    if (wanted === 0 || this.#closed) return buffer.subarray(0, 0);
    const { bytesRead } = await this.#file.read(buffer, 0, wanted, this.#at);
    if (bytesRead === 0) throw new Error("the file is shorter than it should be");
    this.#at += bytesRead;
    return buffer.subarray(0, bytesRead);
  }
}
