/**
 * The nodes that share an uploads folder. Each has a file in it and a lease of the same name: a node that finds a lease without
 * its file uses another folder.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Leases } from "../state/leases.ts";
import type { World } from "../world/world.ts";
import { writtenAt } from "./parts.ts";

const PREFIX = ".node-";

/**
 * Names of leases. The first two begin one of each node: it uses the folder; it holds all contents. The last is of the node that
 * reconciles contents with records.
 */
const HERE = "uploads:";
const HOLDING = "uploads-held:";
const RECONCILING = "uploads";

/** How often, in ms, to look whether another node has gone; and how much longer than a lease lasts. */
const LOOK_MS = 200;
const SPARE_MS = 1000;

/** A file that was not written for so long, in ms, is not in another node's hands, even if the clocks differ. */
const HOUR_MS = 3600_000;

export class Nodes {
  readonly #folder: string;
  readonly #leases: Leases;
  readonly #world: World;
  /** The name of this start of this node in the folder. */
  readonly name = randomBytes(8).toString("hex");
  #isHolding = false;
  #asking: Promise<boolean> | undefined;

  /** @throws Error in one line if another node uses another folder, or if that cannot be found out */
  static async join(folder: string, leases: Leases, world: World): Promise<Nodes> {
    const nodes = new Nodes(folder, leases, world);
    try {
      await nodes.rejoin();
      await nodes.#findOthers();
      return nodes;
    } catch (error) {
      await leases.release(HERE + nodes.name).catch(() => {});
      nodes.close();
      throw error;
    }
  }

  private constructor(folder: string, leases: Leases, world: World) {
    this.#folder = folder;
    this.#leases = leases;
    this.#world = world;
  }

  /** Says that this node uses the folder, and what it holds; again when the others may have taken it for dead. @throws Error */
  async rejoin(): Promise<void> {
    // The file first: a node that sees the lease must find the file.
    writeFileSync(this.#file(this.name), "", { mode: 0o600 });
    await this.#mustTake(HERE);
    if (this.#isHolding) await this.#mustTake(HOLDING);
  }

  /** @param then called when the others may take this node for gone, or may remove what it holds, until `rejoin` */
  whenLost(then: () => void): void {
    this.#leases.follow((name) => {
      if (name === HERE + this.name || name === HOLDING + this.name) then();
    });
  }

  /** A name of this node's own: only under a number that it had before it may still have it. @throws Error */
  async #mustTake(kind: string): Promise<void> {
    if (!(await this.#leases.take(kind + this.name))) throw new Error("what this node was is still there");
  }

  /** The names of the other nodes that are alive. @throws Error if that cannot be found out */
  async others(): Promise<ReadonlySet<string>> {
    const found = await this.#leases.others(HERE);
    return new Set(found.map(({ name }) => name.slice(HERE.length)));
  }

  /**
   * Asks until something is true, or until a node that has gone is no longer taken for alive. @returns whether it has become
   * true. @throws what it throws
   */
  async waitFor(isTrue: () => Promise<boolean>): Promise<boolean> {
    const end = this.#world.elapsed() + this.#leases.lastMs + SPARE_MS;
    for (;;) {
      // An answer may take its time: the last one is to a question from after the end.
      const isLast = this.#world.elapsed() > end;
      if (await isTrue()) return true;
      if (isLast) return false;
      await new Promise<void>((resolve) => void this.#world.after(LOOK_MS, resolve));
    }
  }

  /** Does the work, unless another node is doing it: then nothing. @throws Error */
  async reconciling<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#leases.take(RECONCILING))) return undefined;
    try {
      this.#forgetGone(await this.others());
      return await work();
    } finally {
      await this.#leases.release(RECONCILING);
    }
  }

  /** Takes this node's lease on all contents: from then on, and until `letGo`, no other node begins to remove any. @throws Error */
  async hold(): Promise<void> {
    this.#isHolding = true;
    await this.#mustTake(HOLDING);
  }

  letGo(): void {
    this.#isHolding = false;
    void this.#leases.release(HOLDING + this.name).catch(() => {});
  }

  /** Whether another node holds all contents; true if that cannot be found out. Calls at the same time share one question. */
  areHeld(): Promise<boolean> {
    this.#asking ??= this.#leases
      .others(HOLDING)
      .then(
        ({ length }) => length > 0,
        () => true,
      )
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  /** The time, in ms since 1970, before which a file was written that is in no other node's hands. */
  get longAgo(): number {
    return this.#world.now() - HOUR_MS;
  }

  close(): void {
    rmSync(this.#file(this.name), { force: true });
  }

  /**
   * Checks that the other nodes use this folder. Waits for those that are ending: their leases last a little longer than they do.
   */
  async #findOthers(): Promise<void> {
    let elsewhere: string | undefined;
    const areHere = await this.waitFor(async () => {
      const others = await this.#leases.others(HERE);
      elsewhere = others.find(({ name }) => !existsSync(this.#file(name.slice(HERE.length))))?.node;
      return elsewhere === undefined;
    });
    if (!areHere) throw new Error(`is not the one that the node ${elsewhere} uses: all nodes share one (--uploads)`);
  }

  /** Removes the files of nodes that were killed. A node that has just written its file may not have its lease yet. */
  #forgetGone(others: ReadonlySet<string>): void {
    for (const file of nodeFiles(this.#folder)) {
      const name = file.slice(PREFIX.length);
      if (name === this.name || others.has(name) || !this.#isLongAgo(writtenAt(join(this.#folder, file)))) continue;
      rmSync(join(this.#folder, file), { force: true });
    }
  }

  #isLongAgo(time: number | undefined): boolean {
    return time !== undefined && time < this.longAgo;
  }

  #file(name: string): string {
    return join(this.#folder, PREFIX + name);
  }
}

/** The names of the files that nodes have in a folder. */
export function nodeFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(PREFIX));
}
