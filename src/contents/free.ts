/** How much room a disk has left. */
import { statfsSync } from "node:fs";

/** Bytes free on the disk of a folder for users other than root; undefined if the folder cannot be read. */
export function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
