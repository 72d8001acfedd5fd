/**
 * The contents of files, each a file in the uploads folder: `<UTC timestamp>_<name>` (spec 003: send_file). It is written under
 * a temporary name (`<key>.part`), synced, and then named: what has a name is whole. Implements the port `Contents` of the
 * operations, where each method is described; errors are StorageErrors.
 */
import { randomBytes } from "node:crypto";
import { statSync, unlinkSync } from "node:fs";
import { link, open, readFile, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { v4 as uuidv4 } from "uuid";
import { shortened } from "../contract/names.ts";
import { StorageError } from "../state/entities.ts";
import { type Claim, claim, filesIn, stampOf, temporary } from "./claim.ts";
import { ContentReader } from "./content-reader.ts";
import { freeBytes } from "./free.ts";
import { Part } from "./part.ts";

/** Bytes of a file's name on disk; what common file systems take. */
const NAME_BYTES = 255;

const CONTENT = /^\d{4}(_\d\d){5}_/;
const PART = /^([0-9a-f-]+)\.part$/;

export class Uploads {
  readonly #folder: string;
  readonly #claim: Claim;
  /** Bytes of the parts that are not being written, by key. */
  readonly #parts = new Map<string, number>();
  /** The parts that are being written. */
  readonly #open = new Map<string, Part>();
  /** How often they are held, and the contents that are to be removed when they no longer are. */
  #holds = 0;
  #removed: string[] = [];

  /** Uploads that belong to a database. @throws Error: see `claim` */
  static of(folder: string, id: string, known: ReadonlySet<string>): Uploads {
    return new Uploads(claim(folder, id, known, (name) => CONTENT.test(name) || PART.test(name)));
  }

  /** Uploads that end with the process. @throws Error: see `temporary` */
  static passing(folder: string): Uploads {
    return new Uploads(temporary(folder));
  }

  private constructor(held: Claim) {
    this.#folder = held.folder;
    this.#claim = held;
  }

  /** Files whose name is neither a content's nor a part's are somebody else's, and stay. */
  reconcile(known: ReadonlySet<string>, isWanted: (key: string) => boolean): readonly string[] {
    const names = filesIn(this.#folder);
    for (const name of names) {
      const [, key] = PART.exec(name) ?? [];
      const path = join(this.#folder, name);
      if (key !== undefined && isWanted(key)) this.#parts.set(key, statSync(path).size);
      else if (key !== undefined || (CONTENT.test(name) && name >= this.#claim.since && !known.has(name)))
        unlinkSync(path);
    }
    const present = new Set(names);
    return [...known].filter((name) => !present.has(name));
  }

  free(): number | undefined {
    return freeBytes(this.#folder);
  }

  partLength(key: string): number | undefined {
    return this.#open.get(key)?.length ?? this.#parts.get(key);
  }

  partsOf(start: string): number {
    let bytes = 0;
    for (const [key, length] of this.#parts) if (key.startsWith(start)) bytes += length;
    return bytes;
  }

  async part(key: string, length: number): Promise<Part> {
    this.#parts.delete(key);
    try {
      const part = await guarded(() => Part.open(this.#partPath(key), length));
      this.#open.set(key, part);
      return part;
    } catch (error) {
      // What is on disk can still be resumed.
      const found = await stat(this.#partPath(key)).catch(() => undefined);
      if (found) this.#parts.set(key, found.size);
      throw error;
    }
  }

  async keep(key: string, part: Part, name: string, now: number): Promise<string> {
    try {
      return await guarded(async () => {
        await part.finish();
        const stored = await this.#name(this.#partPath(key), name, now);
        try {
          await unlink(this.#partPath(key));
          await this.#syncFolder();
        } catch (error) {
          await this.remove(stored);
          throw error;
        }
        return stored;
      });
    } catch (error) {
      await part.discard();
      throw error;
    } finally {
      this.#open.delete(key);
    }
  }

  async leave(key: string, part: Part): Promise<void> {
    try {
      const length = await part.leave();
      this.#parts.set(key, length);
      if (length === 0) this.removePart(key);
    } catch {
      // How much of it is on disk is not known.
      await this.discard(key, part);
    } finally {
      this.#open.delete(key);
    }
  }

  async discard(key: string, part: Part): Promise<void> {
    await part.discard();
    this.#open.delete(key);
  }

  removeParts(start: string): void {
    for (const key of [...this.#parts.keys()]) if (key.startsWith(start)) this.removePart(key);
  }

  expireParts(before: number): void {
    for (const key of [...this.#parts.keys()]) {
      const written = this.#written(key);
      if (written === undefined || written < before) this.removePart(key);
    }
  }

  /** When a part was written last, in ms since 1970; undefined if it cannot be read. */
  #written(key: string): number | undefined {
    try {
      return statSync(this.#partPath(key)).mtimeMs;
    } catch {
      return undefined;
    }
  }

  removePart(key: string): void {
    if (!this.#parts.delete(key)) return;
    try {
      // Synchronously: a later removal could hit the next upload of the same key.
      unlinkSync(this.#partPath(key));
    } catch {
      // It is removed at the next start.
    }
  }

  async write(name: string, content: Uint8Array, now: number): Promise<string> {
    const key = uuidv4();
    const part = await this.part(key, 0);
    try {
      await guarded(() => part.write(content));
    } catch (error) {
      await this.discard(key, part);
      throw error;
    }
    return this.keep(key, part, name, now);
  }

  async read(stored: string): Promise<Uint8Array> {
    return guarded(() => readFile(join(this.#folder, stored)));
  }

  async readPart(stored: string, offset: number, length: number): Promise<Uint8Array> {
    return guarded(async () => {
      const file = await open(join(this.#folder, stored), "r");
      try {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    });
  }

  async reading(stored: string, start: number, end: number, chunk?: number): Promise<ContentReader> {
    return guarded(() => ContentReader.open(join(this.#folder, stored), start, end, chunk));
  }

  async remove(stored: string): Promise<void> {
    if (this.#holds > 0) this.#removed.push(stored);
    else await unlink(join(this.#folder, stored)).catch(() => {});
  }

  /** Every content stays until what this returns is called, once: those that were removed meanwhile are then. */
  hold(): () => void {
    this.#holds++;
    return () => {
      if (--this.#holds > 0) return;
      const removed = this.#removed;
      this.#removed = [];
      for (const stored of removed) void this.remove(stored);
    };
  }

  /** Gives up the claim; a temporary folder is removed. */
  close(): void {
    this.#claim.close();
  }

  #partPath(key: string): string {
    return join(this.#folder, `${key}.part`);
  }

  /** Names a part. A second content of the same name in the same second gets random digits before its name. */
  async #name(part: string, name: string, now: number): Promise<string> {
    const stamp = stampOf(now);
    for (let prefix = `${stamp}_`; ; prefix = `${stamp}_${randomBytes(4).toString("hex")}_`) {
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

async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
  }
}
