/** PostgreSQL's folder of data as initdb makes it: once in a process, for that is most of an engine's start, and then copied. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Place } from "./postmaster.ts";
import { folderOf, handOver, type User } from "./unprivileged.ts";
import { Watchdog } from "./watchdog.ts";

const run = promisify(execFile);

/** Who may do everything in it. */
export interface Superuser {
  readonly name: string;
  readonly password: string;
  /** Whether that is asked of whoever connects. */
  readonly isAsked: boolean;
}

/** Folders, by what they were made with. Each is there as long as the process is. */
const made = new Map<string, Promise<string>>();

export async function newDataFolder(place: Place, superuser: Superuser): Promise<void> {
  const key = JSON.stringify([place.programs, superuser]);
  const one = made.get(key) ?? initialized(place.programs, place.user, superuser);
  made.set(key, one);
  await run("cp", ["-R", await one, place.data], { ...place.user, cwd: "/" });
}

async function initialized(
  programs: string,
  user: User | undefined,
  { name, password, isAsked }: Superuser,
): Promise<string> {
  const folder = folderOf(user);
  new Watchdog(folder).guard(undefined);
  const data = join(folder, "data");
  const file = join(folder, "password");
  writeFileSync(file, password, { mode: 0o600 });
  handOver(file, user);
  const access = [`--auth=${isAsked ? "scram-sha-256" : "trust"}`, `--pwfile=${file}`];
  await run(
    join(programs, "initdb"),
    ["-D", data, "-U", name, ...access, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
    { ...user, cwd: folder },
  );
  return data;
}
