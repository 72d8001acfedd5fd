/** A content that is being read: while one chunk is used, the next is read into the other of two buffers. */
import { type FileHandle, open } from "node:fs/promises";

/** Bytes of a chunk, unless another number is asked for. */
const CHUNK = 256 * 1024;

export class ContentReader implements AsyncIterable<Uint8Array> {
  /** Bytes in all, and the bytes that are in memory at once. */
  readonly size: number;
  readonly held: number;
  readonly #file: FileHandle;
  readonly #chunk: number;
  #at: number;
  readonly #end: number;
  #closed = false;

  /** Opens the bytes from `start` up to `end`. @throws Error of the file system */
  static async open(path: string, start: number, end: number, chunk = CHUNK): Promise<ContentReader> {
    return new ContentReader(await open(path, "r"), start, end, chunk);
  }

  private constructor(file: FileHandle, start: number, end: number, chunk: number) {
    this.size = end - start;
    this.#chunk = Math.min(chunk, this.size);
    this.held = 2 * this.#chunk;
    this.#file = file;
    this.#at = start;
    this.#end = end;
  }

  /**
   * The chunks; the file is closed behind them, also where nobody is there any more to say so. Each is valid until the next is
   * asked for. @throws Error of the file system, or if the file is too short
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    let [buffer, other] = [Buffer.allocUnsafe(this.#chunk), Buffer.allocUnsafe(this.#chunk)];
    let next = this.#read(buffer);
    try {
      for (let chunk = await next; chunk.length > 0; chunk = await next) {
        [buffer, other] = [other, buffer];
        next = this.#read(buffer);
        yield chunk;
      }
    } finally {
      await next.catch(() => {});
      this.close();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Node lets a read under way end first; an error no longer matters.
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
