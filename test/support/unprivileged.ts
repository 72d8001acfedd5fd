/** Whoever runs what refuses to be run by root, and where he may go. */
import { execFileSync } from "node:child_process";
import { chownSync, lchownSync, mkdtempSync, readdirSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** As spawn takes them. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** @returns undefined: who runs this is no root, and runs it himself */
export function unprivileged(): User | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const id = (what: string): number => Number(execFileSync("id", [what, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/**
 * A new folder that is his.
 * @param within where it is made; else in a folder for temporary files that is open to him, which root's own need not be
 */
export function folderOf(user: User | undefined, within?: string): string {
  const places = within === undefined ? [tmpdir(), "/tmp", "/var/tmp"] : [within];
  const place = user ? places.find(isOpen) : places[0];
  if (place === undefined) throw new Error(`nobody but root may pass through ${places.join(", nor through ")}`);
  const folder = mkdtempSync(join(place, "obrol-engine-"));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** A file, or a folder and all in it, is his from now on. */
export function handOver(path: string, user: User | undefined): void {
  if (!user) return;
  const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }) : [];
  for (const name of ["", ...inside]) lchownSync(join(path, name), user.uid, user.gid);
}

/** Whether everybody may pass through it and all above it. */
function isOpen(folder: string): boolean {
  for (let place = realpathSync(folder); ; place = dirname(place)) {
    if ((statSync(place).mode & 0o001) === 0) return false;
    if (place === dirname(place)) return true;
  }
}
