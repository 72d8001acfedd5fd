/** A backup of which one byte is not as it was. */
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { keptAt, wrongFiles } from "../../src/backup/kept.ts";
import { DATABASE } from "../../src/logs/sqlite/index.ts";

/** Also what only makes a small letter of a large one. */
export const FLIP = 0x20;

/** Every file below a folder. */
export function filesIn(folder: string): readonly string[] {
  const all = readdirSync(folder, { recursive: true, withFileTypes: true });
  return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

/** Flips every byte of a file of a backup, one after another. @returns how many there are, and where that is not named as `verify` would */
export async function flipped(folder: string, path: string): Promise<{ bytes: number; unnamed: readonly number[] }> {
  const name = path.slice(folder.length + 1);
  const bytes = readFileSync(path);
  const unnamed: number[] = [];
  const file = openSync(path, "r+");
  try {
    for (let at = 0; at < bytes.length; at++) {
      writeSync(file, Uint8Array.of((bytes[at] as number) ^ FLIP), 0, 1, at);
      if (!(await wrong(folder)).some((fault) => fault.includes(name))) unnamed.push(at);
      writeSync(file, bytes, at, 1, at);
    }
  } finally {
    closeSync(file);
  }
  return { bytes: bytes.length, unnamed };
}

/** What `verify` says before it looks into the database: to start a server on each of them would take hours. */
async function wrong(folder: string): Promise<readonly string[]> {
  const kept = keptAt(folder, DATABASE);
  if (!kept) return [];
  const faults = kept.fault === undefined ? [] : [kept.fault];
  if (kept.files) for await (const fault of wrongFiles(folder, kept.files, new Map())) faults.push(fault);
  return faults;
}
