/** What lies in a server's uploads folder, seen from outside. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "./folder.ts";
import { sha256Of } from "./transfer.ts";

/** Names of the contents; the unfinished ones and what is hidden are not among them. */
export function contentsIn(uploads: string): readonly string[] {
  return namesIn(uploads).filter((name) => !name.startsWith(".") && !name.endsWith(".part"));
}

/** Names of the unfinished ones. */
export function partsIn(uploads: string): readonly string[] {
  return namesIn(uploads).filter((name) => name.endsWith(".part"));
}

/** SHA-256 of every content, sorted. */
export function hashesIn(uploads: string): readonly string[] {
  return contentsIn(uploads)
    .map((name) => sha256Of(readFileSync(join(uploads, name))))
    .toSorted();
}
