/** The messages between a server and the process that has its index. */
import type { Excerpt, Hits, Query, Term } from "../contract/search.ts";
import type { Entry } from "./entry.ts";
import type { Reached } from "./index-file.ts";

/** Where the index and its database are. Without paths the index is in memory, and gets its messages from the server. */
export interface Opening {
  readonly paths: { readonly index: string; readonly database: string; readonly folder: string } | undefined;
  /** The salt of the database, as hexadecimal digits. */
  readonly salt: string;
  /** Bytes that the index leaves free on its disk. */
  readonly reserve: number;
}

/** A message that has changed; without an entry it must not be found any more. */
export interface Changed {
  readonly seq: number;
  readonly entry: Entry | undefined;
}

/** Some messages in their order, and changes of earlier ones. `reached`: up to which number this is all there is. */
export interface Slice {
  readonly entries: readonly Entry[];
  readonly changed: readonly Changed[];
  readonly reached: Reached;
}

export type Order =
  | { readonly is: "open"; readonly opening: Opening }
  /** Messages up to `upTo` are kept. */
  | { readonly is: "index"; readonly n: number; readonly upTo: number; readonly changed: readonly Changed[] }
  | { readonly is: "slice"; readonly slice: Slice }
  | { readonly is: "find"; readonly n: number; readonly query: Query }
  | { readonly is: "excerpts"; readonly n: number; readonly terms: readonly Term[]; readonly texts: readonly string[] };

export type Answer =
  /** Order `n` and all earlier ones are done. */
  | { readonly is: "indexed"; readonly n: number; readonly upTo: number }
  | { readonly is: "want"; readonly after: number; readonly upTo: number }
  | { readonly is: "found"; readonly n: number; readonly hits: Hits }
  | { readonly is: "excerpted"; readonly n: number; readonly excerpts: readonly (Excerpt | undefined)[] }
  | { readonly is: "failed"; readonly n: number; readonly error: string }
  /** The index is made anew; indexing has stopped for now; or it has stopped because the database is damaged. */
  | { readonly is: "rebuilt" | "stopped" | "damaged"; readonly reason: string };
