/** A folder that one process uses at a time. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Lock {
  close(): void;
}

/**
 * Held for the life of the process: the operating system lets go of it however the process ends.
 * @param folder made if it is missing, readable by its owner only. @param name of a file in it
 * @throws Error: in use, not a folder.
 */
export function lockFolder(folder: string, name = "lock"): Lock {
  // Not recursive where it need not be: Node never comes back from that in a folder that takes none, as /proc.
  if (!existsSync(folder)) mkdirSync(folder, { recursive: !existsSync(dirname(folder)), mode: 0o700 });
  // Node has no locks of files; SQLite has.
  const lock = new DatabaseSync(join(folder, name));
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const { message } = error as Error;
    throw new Error(message === "database is locked" ? "is in use by another server" : message, { cause: error });
  }
  return lock;
}
