/** What a server and the process that makes a backup for it say to each other. */
import type { Target } from "./folder.ts";

/** What is to be backed up, and where to. */
export interface Order {
  readonly version: string;
  readonly realm: string;
  /** Paths of a server that runs: the file of its database, its folder of files. */
  readonly database: string;
  readonly uploads: string;
  /** Files that are copied as they are, and their names in the backup. */
  readonly others: readonly { readonly from: string; readonly name: string }[];
  readonly target: Target;
}

/** What has become of it. */
export interface Made {
  /** Files in it, beside the manifest, and the bytes of them. */
  readonly files: number;
  readonly size: number;
  /** The number of the last message that is in it; and from when it is, in ms since 1970. */
  readonly last: number;
  readonly time: number;
  /** Contents that the server itself does not have, or not as they were: missing in the backup, too, or in it as they are. */
  readonly wrong: readonly string[];
}

export type Answer = { readonly is: "made"; readonly made: Made } | { readonly is: "failed"; readonly reason: string };
