/** Where parts lie, and which there are: the port, and the parts of a folder that one process uses. */
import { statSync, unlinkSync } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Part } from "./part.ts";

/** What a part is called that nobody writes: its key before it. */
const PART = /^([0-9a-f-]+)\.part$/;

/** The parts of an uploads folder, by key. */
export interface Parts {
  /** Bytes of one, whoever writes it; undefined if there is none. */
  lengthOf(key: string): number | undefined;
  /** Bytes of all that are not being written here and whose key begins with `start`. */
  bytesOf(start: string): number;
  /** Whether it is another node's, which writes it, or did when it ended. */
  isOthers(key: string): boolean;
  /** Whether another node is there and writes it. */
  isWritten(key: string): Promise<boolean>;
  /** Whether no other node writes it; it is waited for a moment that one does not any more. */
  isFree(key: string): Promise<boolean>;
  /** Opens one to be written after its first `length` bytes. @throws Error of the file system */
  open(key: string, length: number): Promise<Part>;
  /** Where one lies that is being written here. */
  pathOf(key: string): string;
  /** What was written here is closed, and a content now. @throws Error of the file system */
  kept(key: string, stored: string): Promise<void>;
  /** The content has a record, or comes to nothing. */
  settle(stored: string): void;
  /** Closes one, which stays. */
  leave(key: string, part: Part): Promise<void>;
  /** Closes and removes one. */
  discard(key: string, part: Part): Promise<void>;
  /** Removes one that is not being written. */
  remove(key: string): void;
  /** Removes all whose key begins with `start`, and those last written before a time, unless they are being written. */
  removeAll(start: string): void;
  expire(before: number): void;
  /**
   * At the start: finds those that there are, and removes those that are not wanted.
   * @param names of what is in the folder of uploads. @param before another node may be about to use what was written later
   */
  reconcile(names: readonly string[], isWanted: (key: string) => boolean, before: number): Promise<void>;
}

/** The key of a part that nobody writes, by its name; undefined for another file. */
export function keyOf(name: string): string | undefined {
  return PART.exec(name)?.[1];
}

/** Beside the contents, `<key>.part`. Which there are is known: the folder may be large, and is read only at the start. */
export class OwnParts implements Parts {
  readonly #folder: string;
  /** Bytes of those that are not being written. */
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
      const part = await Part.open(this.pathOf(key), length);
      this.#open.set(key, part);
      return part;
    } catch (error) {
      // What is on disk can still be resumed.
      const found = await stat(this.pathOf(key)).catch(() => undefined);
      if (found) this.#left.set(key, found.size);
      throw error;
    }
  }

  pathOf(key: string): string {
    return join(this.#folder, `${key}.part`);
  }

  async kept(key: string): Promise<void> {
    await unlink(this.pathOf(key));
    this.#open.delete(key);
  }

  settle(): void {}

  async leave(key: string, part: Part): Promise<void> {
    try {
      const length = await part.leave();
      this.#left.set(key, length);
      if (length === 0) this.remove(key);
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

  remove(key: string): void {
    if (!this.#left.delete(key)) return;
    try {
      // Synchronously: a later removal could hit the next upload of the same key.
      unlinkSync(this.pathOf(key));
    } catch {
      // It is removed at the next start.
    }
  }

  removeAll(start: string): void {
    for (const key of [...this.#left.keys()]) if (key.startsWith(start)) this.remove(key);
  }

  expire(before: number): void {
    for (const key of [...this.#left.keys()]) {
      const written = writtenAt(this.pathOf(key));
      if (written === undefined || written < before) this.remove(key);
    }
  }

  reconcile(names: readonly string[], isWanted: (key: string) => boolean): Promise<void> {
    for (const name of names) {
      const key = keyOf(name);
      if (key === undefined) continue;
      if (isWanted(key)) this.#left.set(key, statSync(this.pathOf(key)).size);
      else unlinkSync(this.pathOf(key));
    }
    return Promise.resolve();
  }
}

/** When a file was written last, in ms since 1970; undefined if it cannot be read. */
export function writtenAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
