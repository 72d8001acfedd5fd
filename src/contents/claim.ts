/** Who uses an uploads folder: one database, which `.obrol` in it names, and its process or its nodes; or one process that has none. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { v4 as uuidv4 } from "uuid";
import type { Leases } from "../state/leases.ts";
import { type Lock, lockFolder } from "./lock.ts";
import { Nodes, nodeFiles } from "./nodes.ts";

/** The file that names the database. */
export const MARKER = ".obrol";
const LOCK = ".lock";

/** Folders of servers without a database. */
const TEMPORARY = /^memory-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An uploads folder that is this process's own, or its too, until it is closed. */
export interface Claim {
  readonly folder: string;
  /** The stamp since when it is this database's: contents with earlier stamps that are not known may be another's. */
  readonly since: string;
  /** This process among those that use it; undefined where it is the only one. */
  readonly nodes?: Nodes;
  /** Releases the lock; a temporary folder is removed. */
  close(): void;
}

/** Whose a folder is to be. */
export interface Claimant {
  /** Of the database. */
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
    const since = owned(folder, claimant);
    const { close } = lock;
    return { folder, since, close: close.bind(lock) };
  } catch (error) {
    lock?.close();
    throw unusable(folder, error);
  }
}

/** Claims it for one of several nodes. @throws Error in one line if it is another database's, or not the one that the others use */
export async function share(folder: string, claimant: Claimant, leases: Leases): Promise<Claim> {
  let nodes: Nodes | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Before anything is written into a folder that is another's.
    ownerOf(folder, claimant);
    nodes = await Nodes.join(folder, leases);
    const since = owned(folder, claimant);
    return { folder, since, nodes, close: nodes.close.bind(nodes) };
  } catch (error) {
    nodes?.close();
    throw unusable(folder, error);
  }
}

/** Whose a folder is by its marker, and since when. @throws Error in one line if it is not this database's */
function ownerOf(folder: string, { id, known, isOurs }: Claimant): { readonly owner: string; readonly since: string } {
  const names = filesIn(folder);
  const marker = names.includes(MARKER) ? readFileSync(join(folder, MARKER), "utf8") : "";
  const [owner = "", marked = ""] = marker.split("\n");
  const contents = names.filter(isOurs);
  // A folder that an older program has used has no marker, but some of the contents that are known.
  const isOwn = owner === id || (owner === "" && contents.some((name) => known.has(name)));
  if (!isOwn && contents.length > 0) throw new Error("holds the files of another database");
  if (!isOwn && known.size > 0) {
    throw new Error(`holds none of the ${known.size} files of this database: is it the right folder?`);
  }
  // In a folder that was empty everything is this database's.
  return { owner, since: owner === id ? marked : contents.length > 0 ? stampOf(Date.now()) : "" };
}

/** Marks a folder as this database's, unless it is. @returns since when. @throws as `ownerOf` */
function owned(folder: string, claimant: Claimant): string {
  const { owner, since } = ownerOf(folder, claimant);
  if (owner !== claimant.id) mark(folder, `${claimant.id}\n${since}\n`);
  return since;
}

/** Makes a folder inside, removed when it is closed, or else when the next one is made. @throws Error in one line */
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

/** Writes the marker whole or not at all: half an id would look like another database's. */
function mark(folder: string, text: string): void {
  // Two nodes may come at the same time.
  const path = join(folder, `${MARKER}.${uuidv4()}`);
  writeFileSync(path, text, { mode: 0o600, flush: true });
  renameSync(path, join(folder, MARKER));
}

/** Removes the folder of a server that has ended without doing so. */
function removeUnused(folder: string): void {
  try {
    lockFolder(folder, LOCK).close();
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It is in use, or not ours to remove.
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
