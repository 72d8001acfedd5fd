/** The port of an uploads folder's parts, and its implementation for a folder that one process uses. */
import { statSync, unlinkSync } from "node:fs";
import { link, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Part } from "./part.ts";

/** The name of a part that nobody writes: its key, and `.part`. */
const PART = /^([0-9a-f-]+)\.part$/;

/** The parts of an uploads folder, by key. */
export interface Parts {
  /** Bytes of a part, whoever writes it; undefined if there is none. */
  lengthOf(key: string): number | undefined;
  /** Bytes of all parts that are not being written here and whose key begins with `start`. */
  bytesOf(start: string): number;
  /** Whether a part belongs to another node, which writes it, or wrote it until that node ended. */
  isOthers(key: string): boolean;
  /** Whether another node that is alive writes a part. */
  isWritten(key: string): Promise<boolean>;
  /** Whether no other node writes a part. Waits some seconds for one that is about to stop. */
  isFree(key: string): Promise<boolean>;
  /** Opens a part to be written after its first `length` bytes. @throws PartTaken, Error of the file system */
  open(key: string, length: number): Promise<Part>;
  /** Gives a part that is being written here a content's path, where nothing is yet. @throws PartTaken, Error of the file system */
  name(key: string, path: string): Promise<void>;
  /** A part that was written here is closed, and has become a content. @throws Error of the file system */
  kept(key: string, stored: string): Promise<void>;
  /** The content has got a record, or is removed. */
  settle(stored: string): void;
  /** Closes a part, which stays. */
  leave(key: string, part: Part): Promise<void>;
  /** Closes and removes a part. */
  discard(key: string, part: Part): Promise<void>;
  /** Removes a part, unless it is being written. */
  remove(key: string): void;
  /** Removes parts whose key begins with `start`, and parts last written before a time in ms since 1970, unless they are being written. */
  removeAll(start: string): void;
  expire(before: number): void;
  /**
   * Finds, at the start, the parts that there are, and removes those that are not wanted.
   * @param names of all files in the uploads folder. @param before another node may be about to use a part written later
   */
  reconcile(names: readonly string[], isWanted: (key: string) => boolean, before: number): Promise<void>;
}

/** The key of a part that nobody writes, from its name; undefined for another file. */
export function keyOf(name: string): string | undefined {
  return PART.exec(name)?.[1];
}

/**
 * Parts beside the contents, as `<key>.part`. They are listed in memory: the folder may be large, and is read at the start only.
 */
export class OwnParts implements Parts {
  readonly #folder: string;
  /** By key: bytes of the parts that are not being written. */
  readonly #left = new Map<string, number>();
  readonly #open = new Map<string, Part>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  lengthOf(key: string): number | undefined {
    return this.#open.get(key)?.length ?? this.#left.get(key);
  }

  bytesOf(start: string): number {
    let bytes = 0;
    for (const [key, length] of this.#left) if (key.startsWith(start)) bytes += length;
    return bytes;
  }

  isOthers(): boolean {
    return false;
  }

  isWritten(): Promise<boolean> {
    return Promise.resolve(false);
  }

  isFree(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async open(key: string, length: number): Promise<Part> {
    this.#left.delete(key);
    try {
      const part = await Part.open(this.#pathOf(key), length);
      this.#open.set(key, part);
      return part;
    } catch (error) {
      // What is on disk can still be resumed.
      const found = await stat(this.#pathOf(key)).catch(() => undefined);
      if (found) this.#left.set(key, found.size);
      throw error;
    }
  }

  name(key: string, path: string): Promise<void> {
    // Unlike a rename, a link never replaces what is there.
    return link(this.#pathOf(key), path);
  }

  async kept(key: string): Promise<void> {
    await unlink(this.#pathOf(key));
    this.#open.delete(key);
  }

  settle(): void {}

  async leave(key: string, part: Part): Promise<void> {
    try {
      const length = await part.leave();
      this.#left.set(key, length);
      if (length === 0) this.remove(key);
    } catch {
      // It is not known how much is on disk.
      await this.discard(key, part);
    } finally {
      this.#open.delete(key);
    }
  }

  async discard(key: string, part: Part): Promise<void> {
    await part.discard();
    this.#open.delete(key);
  }

  remove(key: string): void {
    if (!this.#left.delete(key)) return;
    try {
      // Synchronously: a later removal could hit the next upload of the same key.
      unlinkSync(this.#pathOf(key));
    } catch {
      // The next start removes it.
    }
  }

  removeAll(start: string): void {
    for (const key of [...this.#left.keys()]) if (key.startsWith(start)) this.remove(key);
  }

  expire(before: number): void {
    for (const key of [...this.#left.keys()]) {
      const written = writtenAt(this.#pathOf(key));
      if (written === undefined || written < before) this.remove(key);
    }
  }

  reconcile(names: readonly string[], isWanted: (key: string) => boolean): Promise<void> {
    for (const name of names) {
      const key = keyOf(name);
      if (key === undefined) continue;
      if (isWanted(key)) this.#left.set(key, statSync(this.#pathOf(key)).size);
      else unlinkSync(this.#pathOf(key));
    }
    return Promise.resolve();
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${key}.part`);
  }
}

/** When a file was last written, in ms since 1970; undefined if that cannot be read. */
export function writtenAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
