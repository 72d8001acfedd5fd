/** Whether what is in the folder of files that nodes share is what the model has. */
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { State } from "../../../src/state/state.ts";

const PARTS = "parts";
const CONTENT = /^\d{4}_/;

/** Files as they are in the folder: contents and unfinished ones. */
function filesIn(folder: string): string[] {
  const all = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  return all.filter((name) => name !== PARTS);
}

/** What was written by the machine's clock was written now, by the world's. @param time ms since 1970 */
export function dateFiles(folder: string, time: number): void {
  for (const name of filesIn(folder)) {
    try {
      utimesSync(join(folder, name), time / 1000, time / 1000);
    } catch {
      // It has gone meanwhile.
    }
  }
}

const DESCRIPTORS = "/proc/self/fd";

/** @returns the files in it that are open, where the system tells */
export function openIn(folder: string): string | undefined {
  const open = existsSync(DESCRIPTORS) ? readdirSync(DESCRIPTORS) : [];
  const paths = open.flatMap((one) => {
    try {
      return readlinkSync(join(DESCRIPTORS, one));
    } catch {
      return [];
    }
  });
  const found = paths.filter((path) => path.startsWith(folder));
  return found.length === 0 ? undefined : `still open are ${found.join(", ")}`;
}

/** @returns which content is not there, or not the one that the model has */
export function wrongContents(model: State, folder: string): string | undefined {
  for (const { id, stored, size, sha256, gone } of model.files.all()) {
    if (stored === undefined) continue;
    if (gone) return `${id} is gone, and has a content`;
    const path = join(folder, stored);
    if (!existsSync(path)) return `the content of ${id} is missing: ${stored}`;
    const content = readFileSync(path);
    if (content.length !== size || hash("sha256", content) !== sha256) return `the content of ${id} is another`;
  }
  return undefined;
}

/** @returns what is in the folder beyond what the model has, once every node but one has ended, and long after */
export function leftIn(model: State, folder: string): string | undefined {
  const known = new Set([...model.files.all()].flatMap(({ stored }) => stored ?? []));
  const names = filesIn(folder);
  const left = names.filter((name) => name.startsWith(PARTS) || (CONTENT.test(name) && !known.has(name)));
  const nodes = names.filter((name) => name.startsWith(".node-"));
  if (nodes.length !== 1) left.push(...nodes);
  return left.length === 0 ? undefined : `in the folder of files are also ${left.join(", ")}`;
}
