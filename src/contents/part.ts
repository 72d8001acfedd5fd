/**
 * A file while it is written: its bytes in order, hashed as they pass. What is written stays under a
 * temporary name until it is kept or discarded, also through a crash.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open as openFile, unlink } from "node:fs/promises";
import { StorageError } from "../state/entities.ts";

/** Bytes that go to disk at once, where few are written at a time; as many more may wait meanwhile. */
const LARGEST_BATCH = 2 ** 20;

/** Bytes that all of them together may have waiting, and again as many being written. */
const ROOM = 32 * 2 ** 20;

/** Bytes that are worth giving back by themselves. */
const RELEASED = 4096;

/** What it costs to hold some bytes, however few. */
const OVERHEAD = 512;

/** How many are written now. */
let open = 0;

/** Bytes that are read at once of what is there already. */
const READ = 256 * 1024;

/** Bytes after which they are synced: all at the end would take long, and the syncs of others with it. */
const SYNC_EVERY = 16 * 2 ** 20;

export class Part {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash("sha256");
  /** Bytes that were given, and those of them that are written or being written. */
  #given = 0;
  #begun = 0;
  #synced = 0;
  #queue: Uint8Array[] = [];
  /** The batch before. */
  #writing: Promise<void> = Promise.resolve();
  /** The sync before; writes go on meanwhile. */
  #syncing: Promise<void> = Promise.resolve();
  #closed = false;

  /**
   * Goes on after the first `length` bytes of what is there; what is behind them goes.
   * @throws Error of the file system.
   */
  static async open(path: string, length: number): Promise<Part> {
    const file = await openFile(path, length > 0 ? "r+" : "w+", 0o600);
    const part = new Part(path, file);
    try {
      const { size } = await file.stat();
      if (size < length) throw new Error("the part is shorter than it was");
      await file.truncate(length);
      await part.#read(length);
      return part;
    } catch (error) {
      await part.#close();
      throw error;
    }
  }

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
    open++;
  }

  /** Bytes that it has been given. */
  get length(): number {
    return this.#given;
  }

  /** Takes the bytes away from the caller; resolves when it may be given more. @throws StorageError, also of earlier bytes. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#queue.push(bytes);
    this.#given += bytes.length;
    const held = this.#given - this.#begun + this.#queue.length * OVERHEAD;
    if (held < Math.min(LARGEST_BATCH, ROOM / open)) return;
    await this.#writing;
    this.#begin();
  }

  /** SHA-256 of all of it, lower-case hex; once, at the end. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Everything that was given is on disk. @throws StorageError */
  async sync(): Promise<void> {
    await this.#flush();
    try {
      await this.#syncing;
      await this.#file.sync();
    } catch (error) {
      throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Nothing more will be given. @throws StorageError */
  async finish(): Promise<void> {
    await this.sync();
    await this.#close();
  }

  /** What was given stays, as far as it could be written. @returns how many bytes. */
  async leave(): Promise<number> {
    await this.#flush().catch(() => {});
    const { size } = await this.#file.stat();
    await this.#close();
    return size;
  }

  /** Nothing of it stays. */
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

  #begin(): void {
    const batch = this.#queue;
    const at = this.#begun;
    this.#queue = [];
    this.#begun = this.#given;
    this.#writing = this.#write(batch, at).then(
      () => batch.forEach(release),
      (error: Error) => {
        throw new StorageError(`uploads: ${error.message}`, { cause: error });
      },
    );
    // Whoever writes next is told.
    this.#writing.catch(() => {});
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
    // The next sync tells.
    this.#syncing.catch(() => {});
  }

  /** What is there already is hashed as if it had been given now. */
  async #read(length: number): Promise<void> {
    const buffer = Buffer.allocUnsafe(READ);
    while (this.#given < length) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(READ, length - this.#given), this.#given);
      if (bytesRead === 0) throw new Error("the part is shorter than it was");
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#given += bytesRead;
    }
    this.#begun = length;
    this.#synced = length;
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    open--;
    await this.#syncing.catch(() => {});
    await this.#file.close();
  }
}

/**
 * Gives the memory of bytes back at once. The collector counts on more: of what it does not see
 * inside, some 64 MB pile up before it looks.
 */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength && byteLength >= RELEASED) buffer.transfer(0);
}
