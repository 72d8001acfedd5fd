/** The folder that a backup goes into: new or empty, and readable by its owner only. */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** A folder that a backup is made in. */
export interface Target {
  readonly path: string;
  /** The folder was made for the backup. */
  readonly isNew: boolean;
}

/** Makes the folder, or takes an empty one. @throws Error in one line: not empty, not a folder, cannot be made */
export function targetAt(path: string): Target {
  if (!existsSync(path)) {
    // Recursive only if it must be: see contents/lock.ts.
    mkdirSync(path, { recursive: !existsSync(dirname(path)), mode: 0o700 });
    return { path, isNew: true };
  }
  if (readdirSync(path).length > 0) throw new Error(`${path} is not empty`);
  chmodSync(path, 0o700);
  return { path, isNew: false };
}

/** Removes what there is of an unfinished backup. */
export function clear({ path, isNew }: Target): void {
  if (!existsSync(path)) return;
  for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
  if (isNew) rmSync(path, { recursive: true, force: true });
}
