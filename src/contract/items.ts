/** What realms tell each other for good: PROTOCOL.md, "Items". */
import type { FileInfo } from "./shapes.ts";

/** Who said something, in an item. */
export interface Author {
  readonly name: string;
  readonly full: string;
}

interface Said {
  /** UUID of the message where it was said. */
  readonly id: string;
  readonly from: Author;
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly file?: FileInfo;
}

/** What a realm tells another for good: PROTOCOL.md, "Items". Groups and users of the receiver or, as it says, the sender. */
export type Told =
  | ({ readonly kind: "message"; readonly to: readonly string[] } & Said)
  | ({ readonly kind: "post"; readonly group: string } & Said)
  | { readonly kind: "join"; readonly group: string; readonly from: Author }
  | { readonly kind: "leave"; readonly group: string; readonly from: Author }
  | ({
      readonly kind: "group";
      readonly group: string;
      readonly seq: number;
      readonly prev: number;
      readonly from: Author & { readonly realm: string };
    } & Omit<Said, "from">)
  | {
      readonly kind: "members";
      readonly group: string;
      /** `name@realm`, as all of these. */
      readonly owner: string;
      readonly head: number;
      readonly add: readonly string[];
      readonly remove: readonly string[];
      /** `add` is the complete list. */
      readonly whole?: boolean;
    }
  | { readonly kind: "heads"; readonly heads: Readonly<Record<string, number>> };

export type Item = Told & { readonly n: number };

/** An item that was not understood. */
export interface BadItem {
  readonly n: number;
  readonly kind: "bad";
  readonly detail: string;
}

/** What became of an item: nothing to say, or values, or why not. */
export interface ItemResult {
  readonly code?: string;
  readonly detail?: string;
  readonly [key: string]: unknown;
}
