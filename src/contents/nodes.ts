/**
 * The nodes that share an uploads folder. Each has a file in it and a lease of the same name: who finds the lease and not the file
 * looks into another folder.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Leases } from "../state/leases.ts";
import { writtenAt } from "./parts.ts";

const PREFIX = ".node-";

/** Leases: that a node is here, that it holds all contents, each before its name; and of who makes the folder and the records agree. */
const HERE = "uploads:";
const HOLDING = "uploads-held:";
const RECONCILING = "uploads";

/** How often, in ms, one that may be gone is looked for, and how much longer than its lease lasts. */
const LOOK_MS = 200;
const SPARE_MS = 1000;

/** What nobody has touched for so long, in ms, is in no other node's hands, whatever its clock says. */
const HOUR_MS = 3600_000;

export class Nodes {
  readonly #folder: string;
  readonly #leases: Leases;
  /** What this start of this node is called in the folder. */
  readonly name = randomBytes(8).toString("hex");
  #asking: Promise<boolean> | undefined;

  /** @throws Error in one line where another node uses another folder, or when that cannot be found out */
  static async join(folder: string, leases: Leases): Promise<Nodes> {
    const nodes = new Nodes(folder, leases);
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

  private constructor(folder: string, leases: Leases) {
    this.#folder = folder;
    this.#leases = leases;
  }

  /** Says that this node is here; again when the others have taken it for gone. @throws Error */
  async rejoin(): Promise<void> {
    // The file first: whoever sees the lease must find it.
    writeFileSync(this.#file(this.name), "", { mode: 0o600 });
    await this.#leases.take(HERE + this.name);
  }

  /** What the others are called that are there. @throws Error when that cannot be found out */
  async others(): Promise<ReadonlySet<string>> {
    const found = await this.#leases.others(HERE);
    return new Set(found.map(({ name }) => name.slice(HERE.length)));
  }

  /** Looks as long as one may be taken for there that is not. @returns whether it has come true. @throws what it throws */
  async comesTrue(isTrue: () => Promise<boolean>): Promise<boolean> {
    const end = performance.now() + this.#leases.lastMs + SPARE_MS;
    for (;;) {
      // An answer may take its time: the last look is one that begins after the end.
      const isLast = performance.now() > end;
      if (await isTrue()) return true;
      if (isLast) return false;
      await pause(LOOK_MS);
    }
  }

  /** Does what only one node may do at a time; nothing where another does. @throws Error */
  async reconciling<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#leases.take(RECONCILING))) return undefined;
    try {
      this.#forgetGone(await this.others());
      return await work();
    } finally {
      await this.#leases.release(RECONCILING);
    }
  }

  /** No other node removes a content, until `letGo`. */
  hold(): void {
    void this.#leases.take(HOLDING + this.name).catch(() => {});
  }

  letGo(): void {
    void this.#leases.release(HOLDING + this.name).catch(() => {});
  }

  /** Whether another node holds all contents, as far as that can be found out; whoever asks at once asks together. */
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

  close(): void {
    rmSync(this.#file(this.name), { force: true });
  }

  /** Waits for those that are on their way out: their leases last a little longer than they do. */
  async #findOthers(): Promise<void> {
    let elsewhere: string | undefined;
    const areHere = await this.comesTrue(async () => {
      const others = await this.#leases.others(HERE);
      elsewhere = others.find(({ name }) => !existsSync(this.#file(name.slice(HERE.length))))?.node;
      return elsewhere === undefined;
    });
    if (!areHere) throw new Error(`is not the one that the node ${elsewhere} uses: all nodes share one (--uploads)`);
  }

  /** Removes the files of those that have ended without doing so; who has just made one may not have its lease yet. */
  #forgetGone(others: ReadonlySet<string>): void {
    for (const file of nodeFiles(this.#folder)) {
      const name = file.slice(PREFIX.length);
      if (name === this.name || others.has(name) || !isLongAgo(writtenAt(join(this.#folder, file)))) continue;
      rmSync(join(this.#folder, file), { force: true });
    }
  }

  #file(name: string): string {
    return join(this.#folder, PREFIX + name);
  }
}

/** The names of the files that nodes have in a folder. */
export function nodeFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(PREFIX));
}

/** Up to when, in ms since 1970, what was written is in no other node's hands any more. */
export function longAgo(): number {
  return Date.now() - HOUR_MS;
}

function isLongAgo(time: number | undefined): boolean {
  return time !== undefined && time < longAgo();
}
