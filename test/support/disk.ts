/**
 * A disk that fills up under a running server: the size its files may have is limited from outside
 * (Linux, prlimit of util-linux). A write beyond it fails with EFBIG, as one on a full disk with ENOSPC.
 */
import { spawnSync } from "node:child_process";

/** Can this machine do it? */
export const canFillDisk = process.platform === "linux" && spawnSync("prlimit", ["--version"]).status === 0;

/** From now on no file of the process grows beyond so many bytes. */
export function fillDisk(pid: number, bytes: number): void {
  prlimit(pid, String(bytes));
}

export function freeDisk(pid: number): void {
  prlimit(pid, "unlimited");
}

function prlimit(pid: number, soft: string): void {
  const { status, stderr } = spawnSync("prlimit", ["--pid", String(pid), `--fsize=${soft}:`], { encoding: "utf8" });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}
