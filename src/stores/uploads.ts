/**
 * The contents of files: one file each in the uploads folder, `<UTC timestamp>_<name>` (spec 003:
 * send_file). Written beside under a temporary name, synced, then named: a name is a whole file.
 */
import { link, mkdir, open, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { v4 as uuidv4 } from "uuid";
import { StorageError } from "./ports.ts";

/** Bytes of a file's name on disk; what common file systems take. */
const NAME_BYTES = 255;

export class Uploads {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns the name it is stored under. @throws StorageError, and then nothing is left. */
  async write(name: string, content: Uint8Array, now: number): Promise<string> {
    try {
      return await this.#write(name, content, now);
    } catch (error) {
      throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
    }
  }

  /** @throws StorageError when it is gone. */
  async read(stored: string): Promise<Uint8Array> {
    try {
      return await readFile(join(this.#folder, stored));
    } catch (error) {
      throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
    }
  }

  /** At most `length` bytes. @throws StorageError when it is gone. */
  async readPart(stored: string, offset: number, length: number): Promise<Uint8Array> {
    try {
      const file = await open(join(this.#folder, stored), "r");
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
    }
  }

  /** A file that cannot be removed stays, and nobody has it. */
  async remove(stored: string): Promise<void> {
    await unlink(join(this.#folder, stored)).catch(() => {});
  }

  async #write(name: string, content: Uint8Array, now: number): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    const part = join(this.#folder, `${uuidv4()}.part`);
    try {
      const file = await open(part, "wx", 0o600);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      const stored = await this.#name(part, name, now);
      await this.#syncFolder();
      return stored;
    } finally {
      await unlink(part).catch(() => {});
    }
  }

  /** Gives the part its name; a second of the same name in the same second gets a number. */
  async #name(part: string, name: string, now: number): Promise<string> {
    const stamp = new Date(now).toISOString().slice(0, 19).replace(/[-T:]/g, "_");
    for (let copy = 1; ; copy++) {
      const prefix = copy === 1 ? `${stamp}_` : `${stamp}_${copy}_`;
      const stored = prefix + shortened(name, NAME_BYTES - prefix.length);
      try {
        // Unlike a rename, a link never replaces what is there.
        await link(part, join(this.#folder, stored));
        return stored;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }

  /** A name is durable once its folder is synced. */
  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

/** At most so many bytes of UTF-8, no character cut. */
function shortened(name: string, bytes: number): string {
  let short = name;
  while (Buffer.byteLength(short) > bytes) short = Array.from(short).slice(0, -1).join("");
  return short;
}
