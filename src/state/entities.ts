/**
 * Who and what there is, as live objects: users, groups, sessions, conversations, files, realms. They are looked at, and
 * changed only by `apply.ts`.
 */
import type { ItemResult } from "../contract/items.ts";
import type { FileInfo } from "../contract/shapes.ts";
import type { HeadsAsked } from "./changes.ts";

/** What should have been kept could not be written or read. */
export class StorageError extends Error {}

/** Somebody who sends and receives: a user of this realm, or of another. */
export interface Party {
  readonly id: number;
  /** As registered; compared by `key`, its lower-case form, with `@` and the realm's key if that is another. */
  name: string;
  readonly key: string;
  fullName: string;
  /** Another realm's key; undefined for this one. */
  readonly realm: string | undefined;
}

/** Who notices come from. Not a name: nobody can register it. */
export const SERVER: Party = { id: 0, name: "*", key: "*", fullName: "*", realm: undefined };

/** An account here. */
export interface User extends Party {
  readonly realm: undefined;
  readonly country: string;
  /** A PHC string; never leaves the server. */
  password: string;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export function isUser(party: Party | undefined): party is User {
  return party !== undefined && party.realm === undefined && party !== SERVER;
}

export interface Session {
  readonly id: number;
  /** SHA-256 of the token, base64. The token itself is not kept. */
  readonly hash: string;
  readonly user: User;
  readonly created: number;
  /** Last use, to the hour. */
  used: number;
  /** Set once the session has ended; a holder of the object must look. */
  closed: boolean;
}

export interface Conversation {
  readonly id: number;
  readonly of: { readonly a: Party; readonly b: Party } | Group;
  /** Number of its newest message, 0 for none. */
  head: number;
  /** Per reader: everything up to this number has been read. */
  readonly read: Map<Party, number>;
}

export interface Membership {
  /** Messages up to this number were there before the member joined. */
  readonly since: number;
}

export interface Group {
  readonly id: number;
  readonly name: string;
  /** Lower case: the name, with `@` and its home's key if that is another realm. */
  readonly key: string;
  /** Its home's key, if that is another realm. */
  readonly realm: string | undefined;
  readonly owner: Party;
  posting: "open" | "members";
  readonly created: number;
  readonly members: Map<Party, Membership>;
  /** Other realms that have members, by key, and how many. */
  readonly realms: Map<string, number>;
  /** Of a group whose home is elsewhere: the home's number of the newest message that has come from there. */
  heard: number;
  /** The latest words of users here that have come back from there: when they were said, and their ids. */
  returned: { readonly time: number; readonly ids: Set<string> } | undefined;
}

export interface StoredFile extends FileInfo {
  /** Whose space it takes: who has sent it first. */
  readonly owner: Party;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** Its name in the uploads folder; undefined while its content is still to come from another realm, and once it is gone. */
  stored: string | undefined;
  /** Its content will not be had any more. */
  gone: boolean;
  /** Where its content comes from, and its id there. */
  readonly origin?: { readonly realm: string; readonly id: string } | undefined;
}

export interface StoredMessage {
  /** 1, 2, 3 … in the order of acceptance. */
  readonly seq: number;
  readonly conversation: Conversation;
  /** The previous message of the same conversation, 0 for none. */
  readonly prev: number;
  readonly sender: Party;
  readonly time: number;
  readonly text: string;
  readonly file: StoredFile | undefined;
  /** The id that it has where it comes from, if that is another realm. */
  readonly origin: string | undefined;
}

/** Another server, known by name. */
export interface Realm {
  readonly name: string;
  readonly key: string;
  host: string | undefined;
  port: number | undefined;
  /** Who gave its address: somebody who may name private ones, anybody else, or it itself. */
  given: "operator" | "user" | "peer";
  /** The public key that it has proven to have, base64url. */
  pinned: string | undefined;
  /** The highest number of its items that was accepted. */
  received: number;
  /** What some of the last of them were answered, if not just accepted: by number. */
  results: ReadonlyMap<number, ItemResult>;
  /** Is it being asked what it has missed, and has it missed more since? */
  headsAsked: HeadsAsked;
  /** What it has missed of groups here and was sent again. */
  readonly gaps: Map<Group, Gap>;
}

/** What was sent again of a group. */
export interface Gap {
  /** The last item of it: what was sent before says nothing new. */
  n: number;
  /** Messages that the realm has refused for good, by number: they are passed over. */
  readonly refused: Set<number>;
}

/** Something that waits until a realm has confirmed it. */
export interface OutboxItem {
  /** Strictly growing for a realm, over restarts too: microseconds since 1970, or one more than the last. */
  readonly n: number;
  /** A JSON object, without `n`. */
  readonly body: string;
}

/** What waits for a realm: items, and UTF-16 units of their bodies. */
export interface Waiting {
  readonly items: number;
  readonly size: number;
}

/** Someone or some group was given a file; the message that gave it tells when. */
export interface Share {
  readonly file: StoredFile;
  readonly from: Party;
  readonly to: Party | Group;
}
