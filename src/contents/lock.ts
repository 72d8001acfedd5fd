/** Locks of folders, so that only one process uses each. */
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A lock that is held. */
export interface Lock {
  close(): void;
}

/**
 * Locks a folder. The operating system releases the lock however the process ends.
 * @param folder made if it is missing, readable by its owner only. @param name of the lock file in it
 * @throws Error: in use, not a folder
 */
export function lockFolder(folder: string, name = "lock"): Lock {
  // Recursive only if it must be: in /proc, where no folder can be made, a recursive call never returns from Node.
  if (!existsSync(folder)) mkdirSync(folder, { recursive: !existsSync(dirname(folder)), mode: 0o700 });
  const path = join(folder, name);
  closeSync(openSync(path, "a", 0o600));
  // Node cannot lock files; SQLite can.
  const lock = new DatabaseSync(path);
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const { message } = error as Error;
    throw new Error(message === "database is locked" ? "is in use by another server" : message, { cause: error });
  }
  return lock;
}
