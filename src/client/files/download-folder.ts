/**
 * Where downloads go. Names come from others: one becomes a name here, nothing leaves its folder, and
 * nothing that is there is replaced.
 */
import { readdirSync, statSync } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, parse } from "node:path";
import { shortened } from "../../contract/names.ts";

/** Bytes of a name; what common file systems take. */
export const NAME_BYTES = 255;

/** Characters of an ending such as `.tar`, that stays at the end when a number is put before it. */
const LONGEST_EXT = 32;

/** Separators; C0, DEL, C1; marks that turn the direction of a text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const UNSAFE = /[/\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** On Windows: characters and names that are no file's. */
const UNSAFE_THERE = /[<>:"|?*]/g;
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** The name of a file as it can be used here; only what would do harm or is too long is replaced. @param windows whether it is Windows */
export function safeName(name: string, windows = process.platform === "win32"): string {
  let safe = name.replace(UNSAFE, "_");
  if (windows) safe = safe.replace(UNSAFE_THERE, "_");
  if (/^\.*$/.test(safe) || safe.startsWith("..") || (windows && DEVICE.test(safe))) safe = `_${safe}`;
  safe = shortened(safe, NAME_BYTES);
  return windows ? safe.replace(/[. ]+$/, (end) => "_".repeat(end.length)) : safe;
}

/** Where a download is to go: a folder, and the name it will have there. */
export interface Destination {
  readonly folder: string;
  readonly name: string;
}

/** `downloads/<user>/`, and `downloads/group/<user>/` for the files of groups (spec 003). */
export function downloadDestination(downloads: string, user: string, ofGroup: boolean, name: string): Destination {
  const folder = ofGroup ? join(downloads, "group", safeName(user)) : join(downloads, safeName(user));
  return { folder, name: safeName(name) };
}

/** The destination that `-o PATH` means: in that folder, or by that name. */
export async function destinationAt(path: string, name: string): Promise<Destination> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() || /[/\\]$/.test(path)) return { folder: path, name: safeName(name) };
  return { folder: dirname(path), name: basename(path) };
}

/** Is there something at this path that is neither a file nor a folder? */
export async function isDevice(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** The path of a download that is not whole; the same for each try, so that it goes on. */
export function partPath({ folder, name }: Destination, id: string): string {
  const end = `.${safeName(id).slice(0, 8)}.part`;
  return join(folder, `.${shortened(name, NAME_BYTES - 1 - end.length)}${end}`);
}

/** Downloads in a folder that are not whole, as `partPath` calls them. */
export function partialDownloads(folder: string): { name: string; path: string; here: number }[] {
  try {
    return readdirSync(folder).flatMap((entry) => {
      const [, name] = /^\.(.+)\.[0-9a-f]{8}\.part$/.exec(entry) ?? [];
      const path = join(folder, entry);
      return name === undefined ? [] : [{ name, path, here: statSync(path).size }];
    });
  } catch {
    return [];
  }
}

/**
 * Gives a whole download its name, or that with ` (2)`, ` (3)` … where there is one already.
 * @returns the path. @throws Error of the file system.
 */
export async function settle(part: string, { folder, name }: Destination): Promise<string> {
  await mkdir(folder, { recursive: true });
  const whole = parse(name);
  // A longer one is no file's type: it may be cut.
  const { name: stem, ext } = whole.ext.length <= LONGEST_EXT ? whole : { name, ext: "" };
  for (let copy = 1; ; copy++) {
    const end = copy === 1 ? ext : ` (${copy})${ext}`;
    const path = join(folder, `${shortened(stem, NAME_BYTES - Buffer.byteLength(end))}${end}`);
    try {
      // An empty file takes the name first: so no file that somebody else makes meanwhile is replaced.
      await (await open(path, "wx")).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    try {
      await rename(part, path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return path;
  }
}
