/** A disk that is soon full: full-disk.ts, in a mount namespace with a small tmpfs of its own. Linux, where it is allowed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const DISK_MIB = 128;
const program = new URL("full-disk.ts", import.meta.url).pathname;

export async function disks(): Promise<void> {
  console.log(`  messages fill a disk of ${DISK_MIB} MiB`);
  const folder = mkdtempSync(join(tmpdir(), "obrol-siege-"));
  const mount = `mount -t tmpfs -o size=${DISK_MIB}M tmpfs ${folder} && exec "$@"`;
  const words = ["--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", process.execPath, program, folder];
  const child = spawn("unshare", words, { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number];
  if (code !== 0)
    console.log(`  ended with ${code}; it needs a mount namespace (unshare and mount, of util-linux, allowed)`);
  // What was mounted there has gone with the namespace.
  rmdirSync(folder);
}
