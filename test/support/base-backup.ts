/**
 * A copy of a running engine's data, on which a standby starts: PostgreSQL's documentation, "Making a Base Backup Using the
 * Low Level API". The program for it is not among those that come by npm.
 */
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import { handOver, type User } from "./unprivileged.ts";

/** Folders of which the copy has none of the contents: the standby gets or makes its own. */
const EMPTY = /^pg_(dynshmem|notify|replslot|serial|snapshots|stat_tmp|subtrans|wal)$/;

/** Files that the copy must not have: those of the running process, and what is only temporary. */
const LEFT = /^(postmaster\.(pid|opts)|pg_internal\.init.*|pgsql_tmp.*)$/;

/** @param client of a superuser, connected. @param to a folder that does not exist yet, of this user from now on */
export async function baseBackup(client: Client, from: string, to: string, user: User | undefined): Promise<void> {
  await client.query("SELECT pg_backup_start('standby', fast => true)");
  await copy(from, to);
  const { rows } = await client.query<{ labelfile: string }>(
    "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)",
  );
  await writeFile(join(to, "backup_label"), rows[0]?.labelfile ?? "");
  await writeFile(join(to, "standby.signal"), "");
  handOver(to, user);
}

async function copy(from: string, to: string): Promise<void> {
  // PostgreSQL starts on no folder that others may read.
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (LEFT.test(entry.name)) continue;
    if (!entry.isDirectory()) await copyFile(source, target).catch(unlessGone);
    else if (EMPTY.test(entry.name)) await mkdir(target, { mode: 0o700 });
    else await copy(source, target).catch(unlessGone);
  }
}

/** It goes on under our hands: the log, from where the copy began, tells what has become of that. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
