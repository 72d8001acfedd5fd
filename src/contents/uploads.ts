/**
 * The contents of files, each a file in the uploads folder: `<UTC timestamp>_<name>` (spec 003: send_file). A content is written
 * under a temporary name (`<key>.part`), synced, and then named: one with its final name is whole. Implements the port `Contents`
 * of the operations, where each method is described; errors are StorageErrors.
 */
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { v4 as uuidv4 } from "uuid";
import { shortened } from "../contract/names.ts";
import { PartTaken, StorageError, StoreLost } from "../state/entities.ts";
import type { Leases } from "../state/leases.ts";
import { machine, type World } from "../world/world.ts";
import { type Claim, claim, filesIn, share, stampOf, temporary } from "./claim.ts";
import { ContentReader } from "./content-reader.ts";
import { freeBytes } from "./free.ts";
import type { Part } from "./part.ts";
import { keyOf, OwnParts, type Parts, writtenAt } from "./parts.ts";
import { Removals } from "./removals.ts";
import { SharedParts } from "./shared-parts.ts";

/** The most bytes of a file's name on disk: what common file systems allow. */
const NAME_BYTES = 255;

const CONTENT = /^\d{4}(_\d\d){5}_/;

export class Uploads {
  readonly #folder: string;
  readonly #claim: Claim;
  readonly #parts: Parts;
  readonly #removals: Removals;

  /** Uploads that belong to a database of one process. @throws Error: see `claim` */
  static of(folder: string, id: string, known: ReadonlySet<string>, world = machine): Uploads {
    return new Uploads(claim(folder, { id, known, isOurs }), world);
  }

  /** Uploads that belong to a database with several nodes, of which this is one. @throws Error: see `share` */
  static async shared(
    folder: string,
    id: string,
    known: ReadonlySet<string>,
    leases: Leases,
    world = machine,
  ): Promise<Uploads> {
    return new Uploads(await share(folder, { id, known, isOurs }, leases, world), world);
  }

  /** Uploads that end with the process. @throws Error: see `temporary` */
  static passing(folder: string, world = machine): Uploads {
    return new Uploads(temporary(folder), world);
  }

  private constructor(held: Claim, world: World) {
    this.#folder = held.folder;
    this.#claim = held;
    this.#parts = held.nodes ? new SharedParts(held.folder, held.nodes) : new OwnParts(held.folder);
    this.#removals = new Removals(held.folder, held.nodes, world);
  }

  /** @param then called when other nodes may take this one for dead, until `rejoin` */
  whenLost(then: () => void): void {
    this.#claim.nodes?.whenLost(then);
  }

  /** Says again that this node uses the folder. @throws Error */
  async rejoin(): Promise<void> {
    await this.#claim.nodes?.rejoin();
  }

  /** Files whose names are neither a content's nor a part's are somebody else's, and stay. */
  async reconcile(known: ReadonlySet<string>, isWanted: (key: string) => boolean): Promise<readonly string[]> {
    const { nodes } = this.#claim;
    if (!nodes) return this.#reconcile(known, isWanted, Number.POSITIVE_INFINITY);
    // What another node has just stored may have no record yet. As of now: what is stored until it begins is not in `known`.
    const before = nodes.longAgo;
    return (await nodes.reconciling(() => this.#reconcile(known, isWanted, before))) ?? [];
  }

  async #reconcile(
    known: ReadonlySet<string>,
    isWanted: (key: string) => boolean,
    before: number,
  ): Promise<readonly string[]> {
    const names = filesIn(this.#folder);
    await this.#parts.reconcile(names, isWanted, before);
    for (const name of names) {
      if (!CONTENT.test(name) || name < this.#claim.since || known.has(name)) continue;
      const path = join(this.#folder, name);
      if ((writtenAt(path) ?? 0) < before) rmSync(path, { force: true });
    }
    const present = new Set(names);
    const missing = [...known].filter((name) => !present.has(name));
    // What another node has stored may not be in the list yet.
    return this.#claim.nodes ? missing.filter((name) => !existsSync(join(this.#folder, name))) : missing;
  }

  free(): number | undefined {
    return freeBytes(this.#folder);
  }

  partLength(key: string): number | undefined {
    return guardedNow(() => this.#parts.lengthOf(key));
  }

  partsOf(start: string): number {
    return guardedNow(() => this.#parts.bytesOf(start));
  }

  isOthers(key: string): boolean {
    return guardedNow(() => this.#parts.isOthers(key));
  }

  isWritten(key: string): Promise<boolean> {
    return guarded(() => this.#parts.isWritten(key));
  }

  isFree(key: string): Promise<boolean> {
    return guarded(() => this.#parts.isFree(key));
  }

  part(key: string, length: number): Promise<Part> {
    return guarded(() => this.#parts.open(key, length));
  }

  async keep(key: string, part: Part, name: string, now: number): Promise<string> {
    try {
      return await guarded(async () => {
        await part.finish();
        const stored = await this.#name(key, name, now);
        try {
          await this.#parts.kept(key, stored);
          await this.#syncFolder();
        } catch (error) {
          await this.remove(stored);
          throw error;
        }
        return stored;
      });
    } catch (error) {
      await this.#parts.discard(key, part);
      throw error;
    }
  }

  settle(stored: string): void {
    this.#parts.settle(stored);
  }

  leave(key: string, part: Part): Promise<void> {
    return this.#parts.leave(key, part);
  }

  discard(key: string, part: Part): Promise<void> {
    return this.#parts.discard(key, part);
  }

  removeParts(start: string): void {
    this.#parts.removeAll(start);
  }

  expireParts(before: number): void {
    this.#parts.expire(before);
  }

  removePart(key: string): void {
    this.#parts.remove(key);
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

  removeLater(stored: string): void {
    // An upload that begins anew meanwhile must not be taken for this content's part.
    this.#parts.settle(stored);
    this.#removals.removeLater(stored);
  }

  reclaim(stored: string): boolean {
    return this.#removals.reclaim(stored);
  }

  async remove(stored: string): Promise<void> {
    this.#parts.settle(stored);
    await this.#removals.remove(stored);
  }

  /** As `Removals.hold`. */
  hold(): Promise<() => void> {
    return this.#removals.hold();
  }

  /** Gives up the claim; a temporary folder is removed. */
  close(): void {
    this.#claim.close();
  }

  /**
   * Names a part. A second content of the same name in the same second gets random digits before its name; where several nodes use
   * the folder each does, for a node may remove one late, when its name would be another's.
   */
  async #name(key: string, name: string, now: number): Promise<string> {
    const stamp = `${stampOf(now)}_`;
    const another = (): string => `${stamp}${randomBytes(4).toString("hex")}_`;
    for (let prefix = this.#claim.nodes ? another() : stamp; ; prefix = another()) {
      const stored = prefix + shortened(name, NAME_BYTES - prefix.length);
      try {
        await this.#parts.name(key, join(this.#folder, stored));
        return stored;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }

  /** A file's name survives a power cut only once its folder is synced (fsync(2)). */
  async #syncFolder(): Promise<void> {
    const folder = await open(this.#folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

function isOurs(name: string): boolean {
  return CONTENT.test(name) || keyOf(name) !== undefined;
}

async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw unusable(error);
  }
}

function guardedNow<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw unusable(error);
  }
}

function unusable(error: unknown): StorageError {
  if (error instanceof StoreLost || error instanceof PartTaken) return error;
  return new StorageError(`uploads: ${(error as Error).message}`, { cause: error });
}
