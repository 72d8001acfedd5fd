/** Where an export goes: standard output, a device, or a file, which has its name once it is whole. */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { shortened } from "../../contract/names.ts";
import { type Destination, isDevice, NAME_BYTES, settle } from "../files/download-folder.ts";

/** What takes an export. */
export interface Target {
  /** Resolves when there is room for more. @throws Error of the file system */
  write(text: string): Promise<void>;
  /** All was written. @returns the path of the file; undefined where there is none. @throws Error of the file system */
  finish(): Promise<string | undefined>;
  /** It ends without the rest; a file is gone. */
  abandon(): Promise<void>;
}

/** @param write resolves when what it was given is written */
export function streamTarget(write: (text: string) => Promise<void>): Target {
  return { write, finish: async () => undefined, abandon: async () => {} };
}

/**
 * A temporary file beside the one that it will be, for its owner alone. Nothing that is there is replaced: there will be a
 * `bob (2).txt`. @param signal takes it away at once, where the program may end
 */
export async function fileTarget(to: Destination, signal: AbortSignal): Promise<Target> {
  const end = `.${randomBytes(4).toString("hex")}.tmp`;
  const path = join(to.folder, `.${shortened(to.name, NAME_BYTES - 1 - end.length)}${end}`);
  await mkdir(to.folder, { recursive: true });
  const file = await open(path, "wx", 0o600);
  const remove = (): void => rmSync(path, { force: true });
  signal.addEventListener("abort", remove);
  return {
    write: (text) => file.writeFile(text),
    async finish() {
      await file.sync();
      await file.close();
      signal.throwIfAborted();
      const settled = await settle(path, to);
      signal.removeEventListener("abort", remove);
      return settled;
    },
    async abandon() {
      await file.close();
      remove();
      signal.removeEventListener("abort", remove);
    },
  };
}

/** A device, or a pipe with a name, stays what it is. @returns undefined for any other path */
export async function deviceTarget(path: string): Promise<Target | undefined> {
  if (!(await isDevice(path))) return undefined;
  const device = await open(path, "w");
  return {
    write: (text) => device.writeFile(text),
    async finish() {
      await device.close();
      return path;
    },
    abandon: () => device.close(),
  };
}
