/**
 * The parts of an uploads folder that several nodes use. They are in a folder inside, which is small enough to be read at any
 * time: what one node has left, another can go on with. A part that is being written is named after its node,
 * `<key>.<node>.part`, and belongs to that node while it is alive. After that another node copies it, for a node that was only
 * taken for dead may still write to its own.
 */
import { constants, existsSync, mkdirSync, readdirSync, renameSync, statSync, unlinkSync } from "node:fs";
import { copyFile, link, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { PartTaken } from "../state/entities.ts";
import type { Nodes } from "./nodes.ts";
import { Part, ShorterPart } from "./part.ts";
import { keyOf, type Parts, writtenAt } from "./parts.ts";

const FOLDER = "parts";

/** How often a part is looked for whose name another node changes meanwhile. */
const MOST_LOOKS = 5;
const NAME = /^([0-9a-f-]+)(?:\.([0-9a-f]{16}))?\.part$/;

/** A part in the folder. */
interface Found {
  readonly name: string;
  readonly key: string;
  /** The node that writes it, or wrote it until that node ended; undefined where it was left. */
  readonly node: string | undefined;
}

export class SharedParts implements Parts {
  readonly #folder: string;
  readonly #uploads: string;
  readonly #nodes: Nodes;
  /** By key: the parts that this node writes; undefined while one is being opened. */
  readonly #open = new Map<string, Part | undefined>();
  /** By the name of a content without a record yet: the key of its part. */
  readonly #kept = new Map<string, string>();

  /** @throws Error of the file system */
  constructor(uploads: string, nodes: Nodes) {
    this.#uploads = uploads;
    this.#folder = join(uploads, FOLDER);
    this.#nodes = nodes;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  lengthOf(key: string): number | undefined {
    return this.#open.get(key)?.length ?? this.#longest(key)?.size;
  }

  /** Of parts that other nodes write, the bytes that are on disk count. */
  bytesOf(start: string): number {
    const sizes = new Map<string, number>();
    for (const one of this.#found((key) => key.startsWith(start) && !this.#open.has(key))) {
      sizes.set(one.key, Math.max(sizes.get(one.key) ?? 0, this.#sizeOf(one) ?? 0));
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }

  isOthers(key: string): boolean {
    return this.#of(key).some(({ node }) => this.#isOthers(node));
  }

  isWritten(key: string): Promise<boolean> {
    return this.#areWritten(this.#of(key));
  }

  /** Whether another node that is alive writes any of these. */
  async #areWritten(found: readonly Found[]): Promise<boolean> {
    const writers = found.flatMap(({ node }) => (this.#isOthers(node) ? node : []));
    if (writers.length === 0) return false;
    const there = await this.#nodes.others();
    return writers.some((node) => there.has(node));
  }

  isFree(key: string): Promise<boolean> {
    return this.#nodes.waitFor(async () => !(await this.isWritten(key)));
  }

  async open(key: string, length: number): Promise<Part> {
    const path = this.#pathOf(key);
    const found = this.#of(key);
    // Of these, and no others: one that another node takes meanwhile must be missing here, and not be copied from that node.
    const [longest] = length > 0 ? this.#sized(found) : [];
    this.#open.set(key, undefined);
    try {
      // It was free when it was asked whether it is, but another node may have been faster.
      if (await this.#areWritten(found)) throw taken(new Error("another node goes on with it"));
      if (longest) {
        const from = join(this.#folder, longest.name);
        if (this.#isOthers(longest.node)) await copyFile(from, path, constants.COPYFILE_FICLONE);
        // If two nodes want the same part, one rename succeeds.
        else await rename(from, path);
      }
      for (const { name } of found) if (join(this.#folder, name) !== path) await this.#unlink(name);
      const part = await Part.open(path, length, true);
      this.#open.set(key, part);
      return part;
    } catch (error) {
      // What is on disk can still be resumed.
      await rename(path, this.#leftPath(key)).catch(() => {});
      this.#open.delete(key);
      throw this.#isTaken(error) ? taken(error) : error;
    }
  }

  async name(key: string, path: string): Promise<void> {
    try {
      await link(this.#pathOf(key), path);
    } catch (error) {
      throw this.#isTaken(error) ? taken(error) : error;
    }
  }

  /**
   * The part stays until its content has a record: until then no other node may begin anew, and without a record what has arrived
   * is still here.
   */
  kept(key: string, stored: string): Promise<void> {
    this.#kept.set(stored, key);
    return Promise.resolve();
  }

  settle(stored: string): void {
    const key = this.#kept.get(stored);
    if (key === undefined) return;
    this.#kept.delete(stored);
    this.#open.delete(key);
    try {
      // Synchronously, as in `remove`.
      unlinkSync(this.#pathOf(key));
    } catch {
      // Another node has taken this one for dead, and the part with it.
    }
  }

  async leave(key: string, part: Part): Promise<void> {
    try {
      if ((await part.leave()) === 0) await unlink(this.#pathOf(key));
      else await rename(this.#pathOf(key), this.#leftPath(key));
    } catch {
      // It is not known how much is on disk; or another node has taken the part.
      await part.discard();
    } finally {
      this.#open.delete(key);
    }
  }

  async discard(key: string, part: Part): Promise<void> {
    await part.discard();
    this.#open.delete(key);
  }

  remove(key: string): void {
    this.#remove(this.#of(key));
  }

  removeAll(start: string): void {
    this.#remove(this.#found((key) => key.startsWith(start)));
  }

  expire(before: number): void {
    this.#remove(this.#found().filter((one) => this.#isOlder(one, before)));
  }

  /** Parts from a time when one process used the folder are beside the contents. */
  reconcile(names: readonly string[], isWanted: (key: string) => boolean, before: number): Promise<void> {
    for (const name of names) {
      const key = keyOf(name);
      if (key !== undefined) renameSync(join(this.#uploads, name), this.#leftPath(key));
    }
    const unwanted = this.#found((key) => !isWanted(key));
    return this.#removeNow(unwanted.filter((one) => this.#isOlder(one, before)));
  }

  /** Removes parts behind the turn. What cannot be removed expires later. */
  #remove(found: readonly Found[]): void {
    void this.#removeNow(found).catch(() => {});
  }

  /**
   * Removes at once what was left, because a later removal could hit the next upload of the same key; then the parts of nodes
   * that are dead.
   */
  async #removeNow(found: readonly Found[]): Promise<void> {
    for (const one of found) {
      if (this.#open.has(one.key) || this.#isOthers(one.node)) continue;
      try {
        unlinkSync(join(this.#folder, one.name));
      } catch {
        // Another node has removed it, or goes on with it.
      }
    }
    const written = found.filter(({ node }) => this.#isOthers(node));
    if (written.length === 0) return;
    const there = await this.#nodes.others();
    for (const { name, node } of written) if (!there.has(node as string)) await this.#unlink(name);
  }

  #of(key: string): readonly Found[] {
    return this.#found((one) => one === key);
  }

  #found(isMeant: (key: string) => boolean = () => true): readonly Found[] {
    return readdirSync(this.#folder).flatMap((name) => {
      const [, key, node] = NAME.exec(name) ?? [];
      return key !== undefined && isMeant(key) ? { name, key, node } : [];
    });
  }

  /** Looks again where one has gone meanwhile: it may have got another name. */
  #longest(key: string): (Found & { readonly size: number }) | undefined {
    for (let looks = 1; ; looks++) {
      const sized = this.#sized(this.#of(key));
      if (sized.every(({ size }) => size >= 0) || looks === MOST_LOOKS) return sized.find(({ size }) => size >= 0);
    }
  }

  /** The longest first; -1 for one that has gone meanwhile. */
  #sized(found: readonly Found[]): readonly (Found & { readonly size: number })[] {
    return found.map((one) => ({ ...one, size: this.#sizeOf(one) ?? -1 })).toSorted((a, b) => b.size - a.size);
  }

  /** Bytes of a part; undefined if it has gone meanwhile. */
  #sizeOf({ name }: Found): number | undefined {
    return statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size;
  }

  /** Whether a part is not as it was because another node has it now, not because the folder is gone. */
  #isTaken(error: unknown): boolean {
    const { code } = error as NodeJS.ErrnoException;
    return error instanceof ShorterPart || (code === "ENOENT" && existsSync(this.#folder));
  }

  #isOlder({ name }: Found, before: number): boolean {
    const written = writtenAt(join(this.#folder, name));
    return written !== undefined && written < before;
  }

  #isOthers(node: string | undefined): node is string {
    return node !== undefined && node !== this.#nodes.name;
  }

  async #unlink(name: string): Promise<void> {
    await unlink(join(this.#folder, name)).catch(() => {});
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${key}.${this.#nodes.name}.part`);
  }

  #leftPath(key: string): string {
    return join(this.#folder, `${key}.part`);
  }
}

function taken(cause: unknown): PartTaken {
  return new PartTaken(`uploads: ${(cause as Error).message}`, { cause });
}
