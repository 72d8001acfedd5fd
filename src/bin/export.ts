/** `chat-server export`: from a PostgreSQL that nodes share into a folder of data that one server starts on. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ExitError, exits } from "../client/script/exits.ts";
import { lockFolder } from "../contents/lock.ts";
import { DATABASE, REPLICA } from "../logs/sqlite/index.ts";
import { migrate } from "../logs/sqlite/schema.ts";
import { exportAbout, exportOptions } from "./export-options.ts";
import { KEY } from "./folders.ts";
import { type Settings, UsageError } from "./options.ts";
import { copiedInWords, onStore, storeCommand } from "./store-command.ts";

/** @returns the exit code: as of chat-client */
export function exportData(args: readonly string[]): Promise<number> {
  const usage = "--store URL --data DIR";
  return storeCommand({ name: "export", usage, about: exportAbout, options: exportOptions, work: bring }, args);
}

/** @throws UsageError, ExitError */
async function bring({ data, json }: Settings<typeof exportOptions>, url: string): Promise<void> {
  if (data === undefined) throw new UsageError("--data DIR says where to");
  const lock = lockedNew(data);
  try {
    const { bringOut } = await import("../logs/postgres/transfer.ts");
    const { copied, key, nodes } = await onStore(() => made(data, (db) => bringOut(url, db)));
    if (json) process.stdout.write(`${JSON.stringify({ ...copied, key: key !== undefined, nodes })}\n`);
    else process.stdout.write(`exported: ${copiedInWords(copied)}\n`);
    if (nodes > 0) process.stderr.write(`chat-server: ${nodes} of its nodes go on: what they keep now is not in it\n`);
  } finally {
    lock.close();
  }
}

/** @throws ExitError for a folder that is in use, or in which something is that it would be put beside */
function lockedNew(folder: string): { close(): void } {
  // SQLite would take the logs of a database that was removed for those of the new one.
  for (const name of [DATABASE, `${DATABASE}-wal`, `${DATABASE}-journal`, REPLICA, KEY]) {
    if (!existsSync(join(folder, name))) continue;
    throw new ExitError(exits.cannotCreate, `data folder ${folder}: ${name} is there already; name a new folder`);
  }
  try {
    return lockFolder(folder);
  } catch (error) {
    throw new ExitError(exits.cannotCreate, `data folder ${folder}: ${(error as Error).message}`);
  }
}

/** The database is there whole, on disk, and its key with it, or not at all. @throws Error of `fill`, of SQLite, of the system */
async function made<T extends { readonly key: string | undefined }>(
  folder: string,
  fill: (db: DatabaseSync) => Promise<T>,
): Promise<T> {
  const fresh = join(folder, `${DATABASE}.new`);
  const freshKey = join(folder, `${KEY}.new`);
  for (const path of [fresh, freshKey]) rmSync(path, { force: true });
  closeSync(openSync(fresh, "w", 0o600));
  try {
    const filled = await filledAt(fresh, fill);
    sync(fresh);
    // On a database without its key a server would begin with another, and no realm would know it.
    if (filled.key !== undefined) {
      writeFileSync(freshKey, filled.key, { mode: 0o600, flag: "wx", flush: true });
      renameSync(freshKey, join(folder, KEY));
    }
    renameSync(fresh, join(folder, DATABASE));
    sync(folder);
    return filled;
  } finally {
    for (const path of [fresh, freshKey]) rmSync(path, { force: true });
  }
}

async function filledAt<T>(path: string, fill: (db: DatabaseSync) => Promise<T>): Promise<T> {
  const db = new DatabaseSync(path);
  try {
    // What is not whole is removed.
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    migrate(db);
    db.exec("BEGIN");
    const filled = await fill(db);
    db.exec("COMMIT");
    return filled;
  } finally {
    db.close();
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
