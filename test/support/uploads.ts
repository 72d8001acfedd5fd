/** What lies in a server's folder of files, seen from outside. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "./bodies.ts";
import { namesIn } from "./folder.ts";

/** What a server keeps for itself, with or without a file. */
const HOUSEKEEPING = /^\.?(obrol|lock)(-journal)?$/;
/** A content that is not whole, also one that a node among several writes; not a file that somebody has called so. */
const PART = /^[0-9a-f-]+(\.[0-9a-f]{16})?\.part$/;

/** Paths of all contents below a folder, whole or not, whatever they are called; none if there is no such folder. */
export function storedBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !HOUSEKEEPING.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

/** Names of the contents that are whole; what has a dot before its name is none. */
export function contentsIn(uploads: string): readonly string[] {
  return namesIn(uploads).filter((name) => !PART.test(name));
}

/** Names of those that are not whole. */
export function partsIn(uploads: string): readonly string[] {
  return namesIn(uploads).filter((name) => PART.test(name));
}

/** Bytes that are there of contents that are not whole. */
export function partBytes(uploads: string): number {
  const sizes = partsIn(uploads).map((name) => statSync(join(uploads, name), { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** SHA-256 of every content that is whole, sorted. */
export function hashesIn(uploads: string): readonly string[] {
  return contentsIn(uploads)
    .map((name) => sha256(readFileSync(join(uploads, name))))
    .toSorted();
}
