/** Looks at what was kept of a server: a backup, or a copy of its data folder. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type BackedUp, CONFIG, DATA, manifestFiles, readManifest, UPLOADS } from "./manifest.ts";
import { sumOfFile } from "./sum.ts";

/** The parts of a backup or of a copy. */
export interface Kept {
  readonly data: string;
  /** Undefined where there is no folder of files. */
  readonly uploads: string | undefined;
  /** The files in the manifest; undefined for a copy, and where the manifest cannot be used. */
  readonly files: readonly BackedUp[] | undefined;
  /** What is wrong with the manifest, in one line. */
  readonly fault: string | undefined;
}

/** The names that files of a backup can have: no manifest must lead out of its folder. */
const NAMED = new RegExp(`^(?:(?:${DATA}|${UPLOADS})/(?!\\.{1,2}$)[^/\\0]+|${CONFIG.replace(".", "\\.")})$`);

/** What is in a folder. @param database name of its file. @returns undefined if it is neither a backup nor a copy */
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
 * Reads and hashes every file that a manifest names.
 * @param right gets the files that are as they were. @returns what is wrong, a line each. @throws Error of the file system
 */
export async function* wrongFiles(
  folder: string,
  files: readonly BackedUp[],
  right: Map<string, BackedUp>,
): AsyncIterable<string> {
  const named = new Set(files.map(({ name }) => name));
  for (const name of namesIn(folder)) {
    if (!named.has(name) && !manifestFiles.has(name)) yield `${name}: is not in the manifest`;
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
