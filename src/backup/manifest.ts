/**
 * The manifest of a backup: every file that is in it, with size and SHA-256. It is written last, so a folder without one is a backup
 * that did not come to its end. `manifest.sha256` beside it, a line as sha256sum(1) prints it, says that the manifest is whole.
 */
import { hash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MANIFEST = "manifest.json";
const SUM = "manifest.sha256";
const FORMAT = 1;

/** The folders of a backup: what a server has as `--data` and `--uploads`. */
export const DATA = "data";
export const UPLOADS = "uploads";
/** The server's file of options, where it has one. */
export const CONFIG = "config.json";

/** A file of a backup. */
export interface BackedUp {
  /** Below the backup's folder, with `/`. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  /** The version of the program that made the backup. */
  readonly version: string;
  readonly realm: string;
  /** When the snapshot was taken, RFC 3339: all that was acknowledged before is in it. */
  readonly made: string;
  /** The number of the last message in it, 0 for none. */
  readonly last: number;
  readonly files: readonly BackedUp[];
}

/** The manifest's own files, which it does not list. */
export const manifestFiles: ReadonlySet<string> = new Set([MANIFEST, SUM]);

/** Writes the manifest; only then is the folder a backup. @throws Error of the file system */
export function writeManifest(folder: string, { files, ...about }: Manifest): void {
  const head = JSON.stringify({ program: "obrol", format: FORMAT, ...about }).slice(0, -1);
  // A line for each file: people look into it, and compare two.
  const text = Buffer.from(`${head},"files":[\n${files.map((file) => JSON.stringify(file)).join(",\n")}\n]}\n`);
  writeFileSync(join(folder, SUM), sumOf(text), { mode: 0o600, flush: true });
  writeFileSync(join(folder, MANIFEST), text, { mode: 0o600, flush: true });
}

/** Reads the manifest. @returns it, or what is wrong with it, in one line; undefined if there is none */
export function readManifest(folder: string): Manifest | string | undefined {
  const text = bytesOf(join(folder, MANIFEST));
  const sum = bytesOf(join(folder, SUM));
  if (!text) return sum ? `${MANIFEST}: missing` : undefined;
  if (!sum) return `${SUM}: missing`;
  if (!sum.equals(Buffer.from(sumOf(text)))) return `${MANIFEST}: is not as it was written, or ${SUM} is not (SHA-256)`;
  const { format, ...manifest } = JSON.parse(text.toString()) as Manifest & { readonly format: number };
  return format === FORMAT ? manifest : `${MANIFEST}: was written by a newer version of this program`;
}

function sumOf(text: Buffer): string {
  return `${hash("sha256", text)}  ${MANIFEST}\n`;
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
