/** The messages between a server and the process that makes a backup for it. */
import type { Target } from "./folder.ts";

/** What is to be backed up, and where to. */
export interface Order {
  readonly version: string;
  readonly realm: string;
  /** Paths of the running server: the file of its database, and its folder of files. */
  readonly database: string;
  readonly uploads: string;
  /** Files that are copied as they are, and their names in the backup. */
  readonly others: readonly { readonly from: string; readonly name: string }[];
  readonly target: Target;
}

/** A backup that was made. */
export interface Made {
  /** Files in it without the manifest, and their bytes. */
  readonly files: number;
  readonly size: number;
  /** The number of the last message in it; and when the snapshot was taken, in ms since 1970. */
  readonly last: number;
  readonly time: number;
  /**
   * Contents that the server itself does not have, or not with the recorded SHA-256: the backup lacks them too, or has them as
   * they are.
   */
  readonly wrong: readonly string[];
}

export type Answer = { readonly is: "made"; readonly made: Made } | { readonly is: "failed"; readonly reason: string };
