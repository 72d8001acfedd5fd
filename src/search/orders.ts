/** What a server and the process that has its index say to each other. */
import type { Excerpt, Hits, Query, Term } from "../contract/search.ts";
import type { Entry } from "./entry.ts";
import type { Reached } from "./index-file.ts";

/** Where the index is, and what it is of; without paths it is in memory, and the server is asked for its messages. */
export interface Opening {
  readonly paths: { readonly index: string; readonly database: string; readonly folder: string } | undefined;
  /** Of the database, as hexadecimal digits. */
  readonly salt: string;
  /** Bytes that the index leaves free on its disk. */
  readonly reserve: number;
}

/** Messages that are now otherwise; those without an entry are to be found no more. */
export interface Changed {
  readonly seq: number;
  readonly entry: Entry | undefined;
}

/** Some messages in their order, what became meanwhile of others, and up to which these are all that there are. */
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
  /** Order `n` is done, and what came before it. */
  | { readonly is: "indexed"; readonly n: number; readonly upTo: number }
  | { readonly is: "want"; readonly after: number; readonly upTo: number }
  | { readonly is: "found"; readonly n: number; readonly hits: Hits }
  | { readonly is: "excerpted"; readonly n: number; readonly excerpts: readonly (Excerpt | undefined)[] }
  | { readonly is: "failed"; readonly n: number; readonly error: string }
  /** The index is made anew, or goes no further for now. */
  | { readonly is: "rebuilt" | "stopped"; readonly reason: string };
