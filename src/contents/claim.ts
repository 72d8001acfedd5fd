/**
 * Claims of an uploads folder. It belongs to one database, which `.obrol` in it names, and is used by its process or its nodes;
 * or by one process without a database.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { v4 as uuidv4 } from "uuid";
import type { Leases } from "../state/leases.ts";
import type { World } from "../world/world.ts";
import { type Lock, lockFolder } from "./lock.ts";
import { Nodes, nodeFiles } from "./nodes.ts";

/** The file that names the database. */
export const MARKER = ".obrol";
const LOCK = ".lock";

/** Folders of servers without a database. */
const TEMPORARY = /^memory-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An uploads folder that this process uses, alone or with other nodes, until the claim is closed. */
export interface Claim {
  readonly folder: string;
  /** The stamp from which on the folder is this database's: an unknown content with an earlier stamp may be another's. */
  readonly since: string;
  /** This node among those that use the folder; undefined where one process does. */
  readonly nodes?: Nodes;
  /** Releases the lock; a temporary folder is removed. */
  close(): void;
}

/** The database that claims a folder. */
export interface Claimant {
  /** The id of the database. */
  readonly id: string;
  /** The contents that its records name. */
  readonly known: ReadonlySet<string>;
  /** Whether a file's name has the form of a content's or a part's. */
  isOurs(name: string): boolean;
}

/** Claims the folder of a database for one process. @throws Error in one line if it is another database's, or in use */
export function claim(folder: string, claimant: Claimant): Claim {
  let lock: Lock | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    lock = lockFolder(folder, LOCK);
    const [node] = nodeFiles(folder);
    if (node !== undefined)
      throw new Error(`is in use by nodes that share a store, or ${node} in it is of one that was killed`);
    const since = markOwned(folder, claimant);
    const { close } = lock;
    return { folder, since, close: close.bind(lock) };
  } catch (error) {
    lock?.close();
    throw unusable(folder, error);
  }
}

/**
 * Claims the folder for one of several nodes. @throws Error in one line if it is another database's, or not the one that the
 * other nodes use
 */
export async function share(folder: string, claimant: Claimant, leases: Leases, world: World): Promise<Claim> {
  let nodes: Nodes | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // First, so that nothing is written into another database's folder.
    ownerOf(folder, claimant);
    nodes = await Nodes.join(folder, leases, world);
    const since = markOwned(folder, claimant);
    return { folder, since, nodes, close: nodes.close.bind(nodes) };
  } catch (error) {
    nodes?.close();
    throw unusable(folder, error);
  }
}

/**
 * The database that a folder's marker names, and since when. @throws Error in one line if the folder is another database's, or
 * has none of the files that this one has
 */
function ownerOf(folder: string, { id, known, isOurs }: Claimant): { readonly owner: string; readonly since: string } {
  const names = filesIn(folder);
  const marker = names.includes(MARKER) ? readFileSync(join(folder, MARKER), "utf8") : "";
  const [owner = "", marked = ""] = marker.split("\n");
  const contents = names.filter(isOurs);
  // A folder of an older version of this program has no marker, but some of the known contents.
  const isOwn = owner === id || (owner === "" && contents.some((name) => known.has(name)));
  if (!isOwn && contents.length > 0) throw new Error("holds the files of another database");
  if (!isOwn && known.size > 0) {
    throw new Error(`holds none of the ${known.size} files of this database: is it the right folder?`);
  }
  // If the folder was empty, everything in it is this database's.
  return { owner, since: owner === id ? marked : contents.length > 0 ? stampOf(Date.now()) : "" };
}

/** Marks a folder as this database's, unless it is. @returns since when. @throws as `ownerOf` */
function markOwned(folder: string, claimant: Claimant): string {
  const { owner, since } = ownerOf(folder, claimant);
  if (owner !== claimant.id) mark(folder, `${claimant.id}\n${since}\n`);
  return since;
}

/**
 * Claims a folder of its own inside `folder`, which is removed at `close`, or else by the next server that does the same. @throws
 * Error in one line
 */
export function temporary(folder: string): Claim {
  try {
    const all = resolve(folder);
    const made = mkdirSync(all, { recursive: true });
    for (const name of readdirSync(all)) if (TEMPORARY.test(name)) removeUnused(join(all, name));
    const own = join(all, `memory-${uuidv4()}`);
    const lock = lockFolder(own, LOCK);
    const close = (): void => {
      lock.close();
      rmSync(own, { recursive: true, force: true });
      if (made !== undefined) removeEmpty(all, made);
    };
    return { folder: own, since: "", close };
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** `YYYY_MM_DD_HH_MM_SS`, UTC: what a content's name begins with. @param time ms since 1970 */
export function stampOf(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace(/[-T:]/g, "_");
}

/** The names of all files in a folder, without folders. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [] : entry.name));
}

/** Writes the marker whole or not at all: half an id would be taken for another database's. */
function mark(folder: string, text: string): void {
  // Two nodes may write it at the same time.
  const path = join(folder, `${MARKER}.${uuidv4()}`);
  try {
    writeFileSync(path, text, { mode: 0o600, flush: true });
    renameSync(path, join(folder, MARKER));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Removes the temporary folder of a server that was killed. */
function removeUnused(folder: string): void {
  try {
    lockFolder(folder, LOCK).close();
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The folder is in use, or not ours to remove.
  }
}

/** Removes a folder, and those above it up to `last`, as far as they are empty. */
function removeEmpty(folder: string, last: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else uses it.
    return;
  }
  if (folder.length > last.length) removeEmpty(dirname(folder), last);
}

function unusable(folder: string, error: unknown): Error {
  return new Error(`uploads folder ${folder}: ${(error as Error).message}`, { cause: error });
}
