/** Items, which realms send each other in order and once each: PROTOCOL.md, "Items". */
import type { FileInfo, GroupSettings, Role } from "./shapes.ts";

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
  | ({
      readonly kind: "group";
      readonly group: string;
      readonly seq: number;
      readonly prev: number;
      readonly from: Author & { readonly realm: string };
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

/** What somebody does in a group. `user` is `name@realm`; `for`: ms; what is left out of `set` stays. */
export type GroupDeed =
  | ({ readonly do: "set" } & Partial<GroupSettings>)
  | { readonly do: "topic"; readonly topic: string }
  | { readonly do: "slow"; readonly seconds: number }
  | { readonly do: "rename"; readonly name: string }
  | { readonly do: "delete" }
  | { readonly do: "role"; readonly user: string; readonly role: Role }
  | { readonly do: "invite"; readonly user: string }
  | { readonly do: "kick"; readonly user: string; readonly why?: string }
  | { readonly do: "ban"; readonly user: string; readonly for?: number }
  | { readonly do: "unban"; readonly user: string }
  | { readonly do: "silence"; readonly user: string; readonly for?: number }
  | { readonly do: "unsilence"; readonly user: string };

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
