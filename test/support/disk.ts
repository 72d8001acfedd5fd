/**
 * A disk that fills up under a running server: the size its files may have is limited from outside
 * (Linux, prlimit of util-linux). A write beyond it fails with EFBIG, as one on a full disk with ENOSPC.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Can this machine do it? */
export const canFillDisk = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;

/** From now on no file of the process grows beyond so many bytes. */
export function fillDisk(pid: number, bytes: number): void {
  prlimit(pid, String(bytes));
}

/** The next write of the database in this folder fails; other files that are smaller than its write-ahead log find room. */
export function fillDatabase(pid: number, folder: string): void {
  fillDisk(pid, writtenOf(readFileSync(join(folder, "obrol.db-wal"))));
}

/** Bytes of a write-ahead log up to where the next frame is written: sqlite.org/fileformat2.html, section 4. */
function writtenOf(log: Buffer): number {
  if (log.length < 32 || log.readUInt32BE(0) === 0) return 0;
  const frame = 24 + log.readUInt32BE(8);
  const salts = log.subarray(16, 24);
  let end = 32;
  while (end + frame <= log.length && log.subarray(end + 8, end + 16).equals(salts)) end += frame;
  return end;
}

export function freeDisk(pid: number): void {
  prlimit(pid, "unlimited");
}

function prlimit(pid: number, soft: string): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${soft}:`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}
