/**
 * An unfinished content that is being written: its bytes in order, hashed as they pass. It has a temporary name until it is kept
 * or discarded, also through a crash.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open as openFile, unlink } from "node:fs/promises";
import { StorageError } from "../state/entities.ts";

/** Bytes that are written at once while few parts are open; during a write as many more may be queued. */
const LARGEST_BATCH = 2 ** 20;

/** Bytes that all parts together may have queued, and as many again that are being written. */
const ROOM = 32 * 2 ** 20;

/** Bytes of a chunk from which on giving back its memory at once is worth it. */
const RELEASED = 4096;

/** After how many ms other processes see all that has arrived of a part, unless the disk is slower. */
const SHOWN_MS = 100;

/** Bytes that a chunk costs in memory beside its own. */
const OVERHEAD = 512;

/** How many parts are open. */
let open = 0;

/** Bytes read at once of a part that is resumed. */
const READ = 256 * 1024;

/** Bytes after which to sync: one sync of everything at the end would take long, and delay those of others. */
const SYNC_EVERY = 16 * 2 ** 20;

/** There is less of a part than it must have. */
export class ShorterPart extends Error {}

export class Part {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  /** Bytes given to `write`; of these, bytes whose write has begun; and bytes whose sync has begun. */
  #given = 0;
  #begun = 0;
  #synced = 0;
  #queue: Uint8Array[] = [];
  /** Resolves when all batches so far are written. */
  #writing: Promise<void> = Promise.resolve();
  readonly #isShown: boolean;
  #showing: NodeJS.Timeout | undefined;
  /** Resolves when the last sync has ended; writing goes on meanwhile. */
  #syncing: Promise<void> = Promise.resolve();
  #closed = false;

  /**
   * Opens a part to be written after its first `length` bytes; what is behind them is cut off.
   * @param isShown whether other processes look at it. @throws ShorterPart, Error of the file system
   */
  static async open(path: string, length: number, isShown = false): Promise<Part> {
    const file = await openFile(path, length > 0 ? "r+" : "w+", 0o600);
    const part = new Part(path, file, isShown);
    try {
      const { size } = await file.stat();
      if (size < length) throw new ShorterPart("the part is shorter than it was");
      await file.truncate(length);
      await part.#read(length);
      return part;
    } catch (error) {
      await part.#close();
      throw error;
    }
  }

  private constructor(path: string, file: FileHandle, isShown: boolean) {
    this.#isShown = isShown;
    this.#path = path;
    this.#file = file;
    open++;
  }

  /** Bytes of the part, with those that are not written yet. */
  get length(): number {
    return this.#given;
  }

  /**
   * Takes the bytes over: the caller must not use them any more. Resolves when more may be given. @throws StorageError, also of
   * earlier bytes
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#queue.push(bytes);
    this.#given += bytes.length;
    const held = this.#given - this.#begun + this.#queue.length * OVERHEAD;
    if (held < Math.min(LARGEST_BATCH, ROOM / open)) {
      if (this.#isShown) this.#showing ??= setTimeout(() => this.#show(), SHOWN_MS).unref();
      return;
    }
    await this.#writing;
    this.#begin();
  }

  /** The SHA-256 of all bytes, lower-case hex. To be called once, at the end. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Resolves when all bytes are on disk. @throws StorageError */
  async sync(): Promise<void> {
    await this.#flush();
    try {
      await this.#syncing;
      await this.#file.sync();
    } catch (error) {
      throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Syncs and closes the part. @throws StorageError */
  async finish(): Promise<void> {
    await this.sync();
    await this.#close();
  }

  /** Closes the part, which stays on disk as far as it could be written. @returns its bytes there */
  async leave(): Promise<number> {
    await this.#flush().catch(() => {});
    const { size } = await this.#file.stat();
    await this.#close();
    return size;
  }

  /** Closes and removes the part. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#close();
    await unlink(this.#path).catch(() => {});
  }

  async #flush(): Promise<void> {
    await this.#writing;
    this.#begin();
    await this.#writing;
  }

  /** Writes what is queued after the write that is under way: a slow disk is not given several at once. */
  #show(): void {
    const begin = (): void => {
      this.#showing = undefined;
      if (!this.#closed) this.#begin();
    };
    this.#writing.then(begin, () => {});
  }

  #begin(): void {
    const batch = this.#queue;
    const at = this.#begun;
    this.#queue = [];
    this.#begun = this.#given;
    this.#writing = this.#writing.then(() => this.#writeOrFail(batch, at));
    // The next `write` throws it.
    this.#writing.catch(() => {});
  }

  async #writeOrFail(batch: readonly Uint8Array[], from: number): Promise<void> {
    try {
      await this.#write(batch, from);
    } catch (error) {
      throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
    }
    batch.forEach(release);
  }

  async #write(batch: readonly Uint8Array[], from: number): Promise<void> {
    let at = from;
    let left = batch;
    while (left.length > 0) {
      let { bytesWritten } = await this.#file.writev(left, at);
      at += bytesWritten;
      const next = left.findIndex(({ length }) => {
        if (bytesWritten < length) return true;
        bytesWritten -= length;
        return false;
      });
      left = next < 0 ? [] : [(left[next] as Uint8Array).subarray(bytesWritten), ...left.slice(next + 1)];
    }
    if (at - this.#synced < SYNC_EVERY) return;
    this.#synced = at;
    await this.#syncing;
    this.#syncing = this.#file.datasync();
    // The next `sync` throws it.
    this.#syncing.catch(() => {});
  }

  /** Hashes the first `length` bytes of the file. */
  async #read(length: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ);
    while (this.#given < length) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(READ, length - this.#given), this.#given);
      if (bytesRead === 0) throw new ShorterPart("the part is shorter than it was");
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#given += bytesRead;
    }
    this.#begun = length;
    this.#synced = length;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#showing);
    open--;
    await this.#syncing.catch(() => {});
    await this.#file.close();
  }
}

/** Gives back the memory of bytes at once: the garbage collector does not count memory outside its heap, and some 64 MB would pile up. */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && byteLength >= RELEASED) buffer.transfer(0);
}
