/** What is to be looked at: a backup, or a copy of a server's data folder. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type BackedUp, CONFIG, DATA, ownFiles, readManifest, UPLOADS } from "./manifest.ts";
import { sumOfFile } from "./sum.ts";

/** Where its parts are. */
export interface Kept {
  readonly data: string;
  /** Undefined where there is no folder of files. */
  readonly uploads: string | undefined;
  /** What its manifest says; undefined of what is no backup. */
  readonly files: readonly BackedUp[] | undefined;
  /** What is wrong with the manifest. */
  readonly fault: string | undefined;
}

/** Names that a backup may have: no manifest leads out of its folder. */
const NAMED = new RegExp(`^(?:(?:${DATA}|${UPLOADS})/(?!\\.{1,2}$)[^/\\0]+|${CONFIG.replace(".", "\\.")})$`);

/** @param database its name. @returns undefined for what is neither */
export function keptAt(folder: string, database: string): Kept | undefined {
  const uploads = join(folder, UPLOADS);
  const hasUploads = existsSync(uploads);
  const manifest = readManifest(folder);
  if (manifest === undefined && existsSync(join(folder, database))) {
    return { data: folder, uploads: hasUploads ? uploads : undefined, files: undefined, fault: undefined };
  }
  const isBegun = manifest !== undefined || existsSync(join(folder, DATA));
  if (!isBegun) return undefined;
  const unfinished = "manifest.json: missing: the backup did not come to its end, or is not all here";
  const fault = typeof manifest === "string" ? manifest : manifest ? undefined : unfinished;
  const files = typeof manifest === "object" ? manifest.files : undefined;
  return { data: join(folder, DATA), uploads: hasUploads ? uploads : undefined, files, fault };
}

/**
 * Reads every file that a manifest names.
 * @param right is given those that are as they were. @returns what is wrong, a line each
 */
export async function* wrongFiles(
  folder: string,
  files: readonly BackedUp[],
  right: Map<string, BackedUp>,
): AsyncIterable<string> {
  const named = new Set(files.map(({ name }) => name));
  for (const name of namesIn(folder)) {
    if (!named.has(name) && !ownFiles.has(name)) yield `${name}: is not in the manifest`;
  }
  for (const file of files) {
    const { name, size, sha256 } = file;
    const path = join(folder, name);
    if (!NAMED.test(name) || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
      yield `${name}: missing`;
      continue;
    }
    const found = await sumOfFile(path);
    if (found.size !== size) yield `${name}: has ${found.size} bytes, not ${size}`;
    else if (found.sha256 !== sha256) yield `${name}: is not what was backed up (SHA-256)`;
    else right.set(name, file);
  }
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, "/").length));
}
