/**
 * The process that makes a backup for a server: see backups.ts. It takes a snapshot of the database while the server writes to
 * it, and then copies the files that the snapshot names; the server removes none of them meanwhile.
 */
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, open } from "node:fs/promises";
import { getPriority, setPriority } from "node:os";
import { basename, join } from "node:path";
import { aboutDatabase, type NamedContent, snapshot } from "../logs/sqlite/snapshot.ts";
import { clear } from "./folder.ts";
import { type BackedUp, DATA, UPLOADS, writeManifest } from "./manifest.ts";
import type { Answer, Made, Order } from "./orders.ts";
import { sumOfFile } from "./sum.ts";

/** A backup can wait for a moment, people who chat should not. */
const NICENESS = 5;

class Copier {
  readonly #order: Order;
  readonly #files: BackedUp[] = [];

  constructor(order: Order) {
    this.#order = order;
  }

  /** @throws Error of SQLite or the file system */
  async run(): Promise<Made> {
    const { version, realm, database, uploads, others, target } = this.#order;
    for (const name of [DATA, UPLOADS]) await mkdir(this.#at(name), { mode: 0o700 });
    const time = Date.now();
    const name = `${DATA}/${basename(database)}`;
    snapshot(database, this.#at(name));
    const { last, contents } = aboutDatabase(this.#at(name));
    await this.#add(name);
    for (const other of others) await this.#copy(other.from, other.name);
    const wrong: string[] = [];
    for (const content of contents) if (!(await this.#hasContent(uploads, content))) wrong.push(content.stored);
    for (const folder of [DATA, UPLOADS, "."]) await syncFolder(this.#at(folder));
    const files = this.#files;
    writeManifest(target.path, { version, realm, made: new Date(time).toISOString(), last, files });
    await syncFolder(target.path);
    return { files: files.length, size: files.reduce((sum, { size }) => sum + size, 0), last, time, wrong };
  }

  #at(name: string): string {
    return join(this.#order.target.path, name);
  }

  /** Copies a content. @returns whether its size and SHA-256 are those in the database; false if it is missing */
  async #hasContent(uploads: string, { stored, size, sha256 }: NamedContent): Promise<boolean> {
    try {
      const copied = await this.#copy(join(uploads, stored), `${UPLOADS}/${stored}`);
      return copied.size === size && copied.sha256 === sha256;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }

  /** Copies a file. Where the file system can, original and copy share their blocks (reflink). */
  async #copy(from: string, name: string): Promise<BackedUp> {
    await copyFile(from, this.#at(name), constants.COPYFILE_FICLONE);
    await chmod(this.#at(name), 0o600);
    return this.#add(name);
  }

  /** Adds a file to the manifest. It hashes the copy, not the original: what is on disk now. */
  async #add(name: string): Promise<BackedUp> {
    const file = { name, ...(await sumOfFile(this.#at(name), true)) };
    this.#files.push(file);
    return file;
  }
}

/** A file's name survives a power cut only once its folder is synced (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function tell(answer: Answer): void {
  process.send?.(answer, () => process.disconnect());
}

try {
  setPriority(Math.min(19, getPriority() + NICENESS));
} catch {
  // Where that is not allowed, it copies all the same.
}
process.umask(0o077);
// Ctrl-C in a terminal goes to every process in it. The server decides when this one ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
process.once("message", (order: Order) => {
  let isOver = false;
  // If the server has gone, nobody would know of the backup: it is removed.
  process.once("disconnect", () => {
    if (!isOver) clear(order.target);
    process.exit();
  });
  new Copier(order).run().then(
    (made) => {
      isOver = true;
      tell({ is: "made", made });
    },
    (error: Error) => {
      clear(order.target);
      isOver = true;
      tell({ is: "failed", reason: error.message });
    },
  );
});
