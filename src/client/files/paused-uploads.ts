/**
 * Uploads that were begun and not finished: which id each has at its server, so that the same command
 * goes on with it. One small file each, readable by its owner only.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../state-files.ts";

export interface PausedUpload {
  /** The client-id that the server knows it by. */
  readonly id: string;
  /** `host:port` and user. */
  readonly account: string;
  readonly to: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When the file was changed last, in ms since 1970. */
  readonly modified: number;
  readonly sha256: string;
}

/** What tells one upload from another: a file that has changed is another. */
type What = Pick<PausedUpload, "account" | "to" | "path" | "size" | "modified">;

export class PausedUploads {
  readonly #folder: string;

  constructor(folder = join(stateFolder(), "uploads")) {
    this.#folder = folder;
  }

  find(what: What): PausedUpload | undefined {
    return this.#read(fileOf(what));
  }

  /** If it cannot be kept, an upload that is cut off begins anew. */
  keep(upload: PausedUpload): void {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#folder, fileOf(upload)), JSON.stringify(upload), { mode: 0o600 });
    } catch {
      // As it says.
    }
  }

  forget(what: What): void {
    try {
      rmSync(join(this.#folder, fileOf(what)), { force: true });
    } catch {
      // As above.
    }
  }

  /** Those of an account whose file is as it was; the others are forgotten. */
  of(account: string): readonly PausedUpload[] {
    let names: readonly string[] = [];
    try {
      names = readdirSync(this.#folder);
    } catch {
      // There never was one.
    }
    const own = names.flatMap((name) => this.#read(name) ?? []).filter((one) => one.account === account);
    return own.filter((one) => {
      const as = isAsItWas(one);
      if (as === false) this.forget(one);
      return as === true;
    });
  }

  /** @returns undefined for a file that cannot be read or is no upload. */
  #read(name: string): PausedUpload | undefined {
    try {
      const upload = JSON.parse(readFileSync(join(this.#folder, name), "utf8")) as PausedUpload;
      return typeof upload.id === "string" && fileOf(upload) === name ? upload : undefined;
    } catch {
      return undefined;
    }
  }
}

/** @returns undefined when that cannot be known: its disk may be away. */
function isAsItWas({ path, size, modified }: PausedUpload): boolean | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.size === size && found.mtimeMs === modified;
  } catch {
    return undefined;
  }
}

function fileOf({ account, to, path, size, modified }: What): string {
  const key = JSON.stringify([account, to, path, size, modified]);
  return `${createHash("sha256").update(key).digest("hex").slice(0, 32)}.json`;
}
