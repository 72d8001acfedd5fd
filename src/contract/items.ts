/** Items, which realms send each other in order and once each: PROTOCOL.md, "Items". */
import type { Alteration, FileInfo } from "./shapes.ts";

/** The user that an item is from, of the sending realm unless it says another. */
export interface Author {
  readonly name: string;
  readonly full: string;
}

interface MessageFields {
  /** The message's UUID in the realm of its author. */
  readonly id: string;
  readonly from: Author;
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly file?: FileInfo;
  /** The id, of the same kind, of the message that it answers. */
  readonly reply?: string;
}

/**
 * An item without its number. `to`, and `group` of `post`, `join` and `leave`, are names of the receiving realm; `group` of
 * `group` and `members`, and the keys of `heads`, are groups of the sending realm.
 */
export type ItemBody =
  | ({ readonly kind: "message"; readonly to: readonly string[] } & MessageFields)
  | ({ readonly kind: "post"; readonly group: string } & MessageFields)
  | { readonly kind: "join"; readonly group: string; readonly from: Author }
  | { readonly kind: "leave"; readonly group: string; readonly from: Author }
  | {
      /** Of a message to a user of the receiving realm, `to`, or in a group of it; `id` is the message's. */
      readonly kind: "alter";
      readonly to?: string;
      readonly group?: string;
      readonly from: Author;
      readonly id: string;
      /** The UUID of the alteration itself. */
      readonly alteration: string;
      readonly what: Alteration;
      /** The new text, or the emoji. */
      readonly text: string;
      readonly time: number;
    }
  | ({
      readonly kind: "group";
      readonly group: string;
      readonly seq: number;
      readonly prev: number;
      readonly from: Author & { readonly realm: string };
      /** It is no message, but says what became of the one with this id; `text` then is as of `alter`. */
      readonly alters?: { readonly id: string; readonly what: Alteration };
    } & Omit<MessageFields, "from">)
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

/** An item of any kind; `n` is its number among those for one realm. */
export type Item = ItemBody & { readonly n: number };

/** An item that was not understood. */
export interface BadItem {
  readonly n: number;
  readonly kind: "bad";
  readonly detail: string;
}

/** What became of an item: empty if it was accepted, with values for some kinds, with a code if it was refused. */
export interface ItemResult {
  readonly code?: string;
  readonly detail?: string;
  readonly [key: string]: unknown;
}
