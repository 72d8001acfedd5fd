/** The data that operations take and give, and the raw bytes beside it. All times are milliseconds since 1970. */

import type { UserShown } from "./hints.ts";

/** A list that may be very long: its items may be made only when it is read, which must be within the turn that gave it. */
export interface Listed<T> extends Iterable<T> {
  readonly length: number;
  map<U>(make: (item: T) => U): Listed<U>;
}

/** `name` or `name@realm`; no realm means this one. */
export interface Address {
  readonly name: string;
  readonly realm?: string;
}

/** A user of this realm or of another. */
export interface Person {
  readonly name: string;
  readonly fullName: string;
  readonly realm: string;
  /** Whether it is a user of this realm. */
  readonly local: boolean;
}

/** What a member is in a group; it has one owner. */
export const roles = ["owner", "moderator", "member"] as const;
export type Role = (typeof roles)[number];

/** A member of a group. */
export interface Member extends Person {
  readonly role: Role;
  /** Of users of this realm only. */
  readonly online?: boolean;
}

/** Who may join a group: everybody, only who was invited, or nobody: its owner adds members. */
export const accesses = ["open", "invite", "closed"] as const;
export type Access = (typeof accesses)[number];

/** What a new member of a group sees of earlier messages. */
export const reaches = ["all", "joined"] as const;
export type Reach = (typeof reaches)[number];

/** Who sends to a group; `open`: its members, and everybody of other realms. */
export const postings = ["members", "moderators", "open"] as const;
export type Posting = (typeof postings)[number];

/** The settings of a group. */
export interface GroupSettings {
  readonly access: Access;
  readonly history: Reach;
  readonly posting: Posting;
  /** Whether it is listed for those who are not in it, also where it is not open. */
  readonly listed: boolean;
  /** Days for which messages are shown; 0: for ever. */
  readonly keep: number;
}

/** A group, as its members see it. */
export interface GroupInfo extends GroupSettings {
  readonly group: string;
  readonly topic: string;
  readonly owner: string;
  /** Of the user who asks. */
  readonly role: Role;
  /** How many. */
  readonly members: number;
  /** Seconds between two messages of a member; 0: it is not slow. */
  readonly slow: number;
  readonly created: number;
}

/** An invitation to a group. */
export interface GroupAsked {
  readonly group: string;
  readonly by: string;
  readonly time: number;
}

/** Somebody who is banned from a group, or silenced there. */
export interface Restrained {
  readonly user: string;
  readonly by: string;
  readonly time: number;
  /** When it ends by itself. */
  readonly until?: number;
}

/** What is known of a file. */
export interface FileInfo {
  /** UUID of the stored content. */
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Its content is gone for good. */
  readonly gone?: boolean;
}

/** The raw bytes that follow a request, as they come; to be iterated once. Iterating throws BodyCut when they end too soon. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Ends it: iterating throws BodyCut, and bytes that are still to come are dropped. */
  cut(reason: string): void;
}

/** A body has ended before all of it had come; the message says why. */
export class BodyCut extends Error {}

/** Raw bytes that follow a reply, or stand inside it as base64. A chunk is valid until the next is asked for. */
export interface Content extends AsyncIterable<Uint8Array> {
  /** Bytes of all of it, and those of them that are in memory at once. */
  readonly size: number;
  readonly held: number;
  /** Must be called in any case. @param whole whether all bytes have left the process */
  close(whole: boolean): void;
}

/** A file, with its sender and receivers. */
export interface SharedFile extends FileInfo {
  readonly time: number;
  readonly from: string;
  /** Users and `#groups`. */
  readonly to: readonly string[];
  /** Users who have fetched all of it. */
  readonly got: readonly string[];
}

/** How far an upload with a client's own id has come. */
export interface UploadStatus {
  readonly state: "none" | "partial" | "receiving" | "done";
  /** Bytes that have arrived. */
  readonly received: number;
  readonly id?: string;
  readonly time?: number;
  readonly file?: FileInfo;
}

/** What can become of a message after it was said. */
export const alterations = ["edited", "deleted", "reacted", "unreacted", "pinned", "unpinned"] as const;
export type Alteration = (typeof alterations)[number];

/** A message, as it is told. */
export interface Message {
  /** UUID version 7 (RFC 9562). */
  readonly id: string;
  readonly from: Person;
  /** The receiver; undefined for a group's message. */
  readonly to: Person | undefined;
  readonly group: string | undefined;
  readonly text: string;
  readonly time: number;
  readonly file: FileInfo | undefined;
  /** Its id in the realm that it comes from, if that is another. */
  readonly origin: string | undefined;
  /** When it was sent, by the clock of that realm. */
  readonly sent: number | undefined;
  /** When it was edited last. */
  readonly edited?: number;
  /** Nothing of it is left. */
  readonly deleted?: true;
  /** The message that it answers, with the beginning of its text; nothing of a deleted one. */
  readonly reply?: { readonly id: string; readonly from: Person; readonly text: string };
  /** Who has reacted to it, by emoji. */
  readonly reactions?: ReadonlyMap<string, readonly Person[]>;
  /** The file's bytes, where the request asked for contents and they were small enough. */
  readonly content?: Uint8Array;
}

/** What became of a message, as it is told. */
export interface Altering {
  readonly what: Alteration;
  /** The message's id, as its sender, receiver and group. */
  readonly id: string;
  readonly from: Person;
  readonly to: Person | undefined;
  readonly group: string | undefined;
  /** The message's id in the realm that it comes from, if that is another. */
  readonly origin: string | undefined;
  /** The id of what became of it. */
  readonly alteration: string;
  /** Who has done it. */
  readonly by: Person;
  readonly time: number;
  /** Its new text, if it was edited. */
  readonly text?: string;
  /** Left out if all of one's reactions were taken back. */
  readonly emoji?: string;
}

/** What was done to a message; without `alteration` where it was so already. */
export interface Altered {
  readonly id: string;
  readonly alteration?: string;
}

/** What a message has said, at one time. */
export interface Version {
  readonly text: string;
  readonly time: number;
}

/**
 * Some messages, oldest first. `before`: where the next older page starts, when there is more; `after`: where the next newer one
 * does, in a page that does not end with the newest.
 */
export interface Page {
  readonly reader: Person;
  readonly messages: readonly Message[];
  readonly more: boolean;
  readonly before?: string;
  readonly after?: string;
}

/** A message that was searched for. `found`: the words that were, as they stand in it. */
export interface Found {
  readonly message: Message;
  /** The part of its text where they stand. */
  readonly snippet: string;
  readonly found: readonly string[];
}

/** A conversation, in a user's list of them. */
export interface Chat {
  /** A user, `user@realm`, or `#group`. */
  readonly with: string;
  /** Its newest message; undefined while a group has none. */
  readonly last?: Message;
  /** Messages that the user has not read, at most 1,000; and those of them that name him as `@name`. */
  readonly unread: number;
  readonly mentions: number;
  readonly muted: false | MuteMode;
}

/** Of a muted conversation the user wants to be told nothing, or only what mentions him. */
export type MuteMode = "all" | "mentions";

/** A conversation that a user has muted. */
export interface Muted {
  /** As of `Chat`. */
  readonly with: string;
  readonly muted: MuteMode;
  readonly time: number;
}

/** What the sender of a message is told. */
export interface Sent {
  readonly id: string;
  readonly time: number;
  /** It waits in the outbox for another realm, which has not answered yet. */
  readonly state?: "queued";
}

/** What is known of a user. */
export interface UserInfo extends Partial<UserShown> {
  readonly username: string;
  readonly name: string;
  /** Of users of this realm only. */
  readonly country?: string;
  readonly realm: string;
  /** When all that is his begins to go, in ms since 1970: told to himself, if he has asked for that. */
  readonly erasing?: number;
}

/** Another realm that has messages of a user who wants to be erased. */
export interface ErasedAt {
  readonly realm: string;
  /** Whether it is linked now and takes deletions. */
  readonly deletes: boolean;
}

/** Somebody who waits until a user lets him write. */
export interface WaitingRequest {
  /** `name`, or `name@realm`. */
  readonly user: string;
  readonly time: number;
  /** What he has said first, if it is still there. */
  readonly first?: Message;
}

/** What a user has set for himself. */
export interface OwnSettings {
  readonly allow: "everyone" | "known";
  readonly refuseGroups: boolean;
  readonly presence: boolean;
  /** As of `UserShown`. */
  readonly away?: string | undefined;
  readonly status?: string | undefined;
}

/** Somebody whom a user has blocked. */
export interface Blocked {
  /** `name`, or `name@realm`. */
  readonly user: string;
  readonly time: number;
}

/** A session, in its user's list of them. */
export interface SessionInfo {
  readonly id: number;
  readonly created: number;
  /** The last use, to about an hour. */
  readonly used: number;
  /** The address that it was used from last, and by what; missing where that is not known. */
  readonly address?: string;
  readonly client?: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}

/**
 * `linked`, `connecting`, `waiting` for the next try, `refused` for a wrong key or name, of
 * `unknown` address, of the older kind that has no links, or removed (`ended`).
 */
export type LinkState = "linked" | "connecting" | "waiting" | "refused" | "unknown" | "legacy" | "ended";

/** A realm, in the list of them. */
export interface RealmInfo {
  readonly realm: string;
  /** Whether it is this server's own. */
  readonly own: boolean;
  readonly host?: string;
  readonly port?: number;
  /** Its public key, base64url, once it is known. */
  readonly key?: string;
  readonly state?: LinkState;
  /** When it spoke last. */
  readonly contact?: number;
  /** Why it is not linked, or was not before. */
  readonly error?: string;
  /** How many items wait for it. */
  readonly queued?: number;
  /** Since when the oldest of them waits. */
  readonly oldest?: number;
}

/** Who may make an account: everybody, who has an invitation, or nobody but the operator. */
export const registrations = ["open", "invite", "closed"] as const;
export type Registration = (typeof registrations)[number];

/** What a server tells of itself. `limits`: by name, bytes or milliseconds. */
export interface Hello {
  readonly server: string;
  readonly version: string;
  readonly realm: string;
  readonly dialect: string;
  readonly dialects: readonly string[];
  readonly registration: Registration;
  readonly limits: Readonly<Record<string, number>>;
}

/** A request's pattern, and what it does. */
export interface HelpEntry {
  readonly request: string;
  readonly about: string;
}

/**
 * Which messages `inbox` gives: `unread`, and marks them read; `peek`, the same without marking; `all`; `private`, all that
 * came to no group; `since`, all after a message.
 */
export type InboxScope = "unread" | "peek" | "all" | "private" | "since";
