/** What a server keeps is readable by its owner only: folders 0700, files 0600, whatever the umask was. */
import { chmodSync, statSync } from "node:fs";

/** What was found: `private`; or looser, and now private (`tightened`), or still `open` because the mode cannot be changed. */
export type Found = "private" | "tightened" | "open";

/** Makes a file or folder private. @throws Error in one line for a sticky folder (`/tmp`): it is everybody's */
export function keepPrivate(path: string): Found {
  const found = statSync(path);
  const mode = found.isDirectory() ? 0o700 : 0o600;
  if ((found.mode & 0o777) === mode) return "private";
  if ((found.mode & 0o1000) !== 0) throw new Error(`${path} is everybody's: give it a folder of its own`);
  try {
    chmodSync(path, mode);
    // Some file systems have no modes: chmod(2) succeeds there and does nothing.
    if ((statSync(path).mode & 0o077) !== 0) return "open";
  } catch {
    return "open";
  }
  return (found.mode & 0o077) === 0 ? "private" : "tightened";
}
