/** Items, which realms send each other in order and once each: PROTOCOL.md, "Items". */
import type { Access, Alteration, FileInfo, GroupSettings, Role } from "./shapes.ts";

/** The user that an item is from, of the sending realm unless it says another. */
export interface Author {
  readonly name: string;
  readonly full: string;
  /** Where he alters something: names that he had before, under which he may have said it, or something to it. */
  readonly was?: readonly string[];
}

/** Names of `was`, at most. */
export const FORMER_NAMES = 100;

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
 * An item without its number. `gid` is a group's id, which it keeps under another name. `to`, and `group` of `post`, `join` and `leave`, are names of the receiving realm; `group` of
 * `group` and `members`, and the keys of `heads`, are groups of the sending realm.
 */
export type ItemBody =
  | ({ readonly kind: "message"; readonly to: readonly string[] } & MessageFields)
  | ({ readonly kind: "post"; readonly group: string; readonly gid?: string } & MessageFields)
  | { readonly kind: "join"; readonly group: string; readonly gid?: string; readonly from: Author }
  | { readonly kind: "leave"; readonly group: string; readonly gid?: string; readonly from: Author }
  /** A user who was asked to join a group does not. */
  | { readonly kind: "decline"; readonly group: string; readonly gid?: string; readonly from: Author }
  | {
      readonly kind: "deed";
      readonly group: string;
      readonly gid?: string;
      readonly from: Author;
      readonly deed: GroupDeed;
    }
  /** A user of the receiving realm is asked to join a group of the sending one. */
  | {
      readonly kind: "invited";
      readonly group: string;
      readonly gid: string;
      readonly to: string;
      readonly by: string;
      readonly owner: string;
      readonly access: Access;
      readonly listed: boolean;
    }
  /** What a group is now: all that members are told of it. `by`: whose deed it follows from. */
  | ({
      readonly kind: "about";
      readonly group: string;
      readonly gid: string;
      /** The name that it had before. */
      readonly was?: string;
      readonly owner: string;
      readonly moderators: readonly string[];
      readonly topic: string;
      readonly slow: number;
      readonly by?: string;
    } & GroupSettings)
  /** A group is no more. */
  | { readonly kind: "gone"; readonly group: string; readonly gid: string; readonly by?: string }
  | {
      /** Of a message to a user of the receiving realm, `to`, or in a group of it; `id` is the message's. */
      readonly kind: "alter";
      readonly to?: string;
      readonly group?: string;
      readonly gid?: string;
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
      /** Who has put those out that are removed, and why. */
      readonly by?: string;
      readonly why?: string;
      /** `add` is the complete list. */
      readonly whole?: boolean;
    }
  /** `more`: another one with the rest follows. */
  | { readonly kind: "heads"; readonly more?: true; readonly heads: Readonly<Record<string, number>> };

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
  | { readonly do: "unsilence"; readonly user: string }
  | { readonly do: "bans" };

/** The place of an item among those for one realm. */
interface Numbered {
  readonly n: number;
  /** The number of the last one that was sent before it over the same link: without that it is not accepted. */
  readonly after?: number;
}

/** An item of any kind. */
export type Item = ItemBody & Numbered;

export type ItemOf<K extends Item["kind"]> = Item & { readonly kind: K };

/** An item that was not understood. */
export interface BadItem extends Numbered {
  readonly kind: "bad";
  readonly detail: string;
}

/** What became of an item: empty if it was accepted, with values for some kinds, with a code if it was refused. */
export interface ItemResult {
  readonly code?: string;
  readonly detail?: string;
  readonly [key: string]: unknown;
}
