/** What operations take and give: plain data, and the raw bytes beside it. */

/** `name` or `name@realm`; no realm means this one. */
export interface Address {
  readonly name: string;
  readonly realm?: string;
}

export interface Person {
  readonly name: string;
  readonly fullName: string;
  readonly realm: string;
  /** Of the server's own realm. */
  readonly local: boolean;
}

/** Somebody in a group. */
export interface Member extends Person {
  /** Of this realm's own only. */
  readonly online?: boolean;
}

export interface FileInfo {
  /** UUID of the stored content. */
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Its content is no longer to be had. */
  readonly gone?: boolean;
}

/** The raw bytes that follow a request, as they come; each part of them once. Iterating throws BodyCut. */
export interface Body extends AsyncIterable<Uint8Array> {
  /** Nothing more of it is wanted: who iterates is told so, the rest is dropped. */
  cut(reason: string): void;
}

/** A body has ended before it was whole. */
export class BodyCut extends Error {}

/** Raw bytes that follow a reply. A part is valid until the next is asked for. */
export interface Content extends AsyncIterable<Uint8Array> {
  /** Must be called in any case. @param whole all of it has left the process */
  close(whole: boolean): void;
}

/** A file that was given to somebody, as its sender and those who were given it see it. */
export interface SharedFile extends FileInfo {
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly from: string;
  /** Users and `#groups`. */
  readonly to: readonly string[];
  /** Who has fetched it to its end. */
  readonly got: readonly string[];
}

/** What has become of an upload with a client's own id. */
export interface UploadStatus {
  readonly state: "none" | "partial" | "receiving" | "done";
  /** Bytes that have arrived. */
  readonly received: number;
  readonly id?: string;
  readonly time?: number;
  readonly file?: FileInfo;
}

export interface Message {
  /** UUID version 7 (RFC 9562). */
  readonly id: string;
  readonly from: Person;
  /** The reader; nobody for a group message. */
  readonly to: Person | undefined;
  readonly group: string | undefined;
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly file: FileInfo | undefined;
  /** Its id in the realm that it comes from, if that is another. */
  readonly origin: string | undefined;
  /** When it was sent there, as that realm says; milliseconds since 1970, UTC. */
  readonly sent: number | undefined;
  /** The file's bytes, where the request asked for contents and they were small enough. */
  readonly content?: Uint8Array;
}

/** Some messages, oldest first. `before`: where the next older page starts, when there is more. */
export interface Page {
  readonly reader: Person;
  readonly messages: readonly Message[];
  readonly more: boolean;
  readonly before?: string;
}

/** A conversation of one's own, as a list of them has it. */
export interface Chat {
  /** A user, `user@realm`, or `#group`. */
  readonly with: string;
  /** What was said last; nothing yet in a group that is new. */
  readonly last?: Message;
  /** Messages that one has not read, 1,000 at the most. */
  readonly unread: number;
}

export interface Sent {
  readonly id: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  /** It waits for another realm, which has not answered yet. */
  readonly state?: "queued";
}

export interface UserInfo {
  readonly username: string;
  readonly name: string;
  /** Of users of this realm only, as `online`. */
  readonly country?: string;
  readonly online?: boolean;
  readonly realm: string;
}

export interface SessionInfo {
  readonly id: number;
  /** Milliseconds since 1970, UTC; the last use to about an hour. */
  readonly created: number;
  readonly used: number;
  readonly current: boolean;
}

/**
 * `linked`, `connecting`, `waiting` for the next try, `refused` for a wrong key or name, of
 * `unknown` address, or of the older kind that has no links.
 */
export type LinkState = "linked" | "connecting" | "waiting" | "refused" | "unknown" | "legacy";

export interface RealmInfo {
  readonly realm: string;
  readonly own: boolean;
  readonly host?: string;
  readonly port?: number;
  /** Its public key, base64url, once it is known. */
  readonly key?: string;
  readonly state?: LinkState;
  /** When it spoke last; milliseconds since 1970, UTC. */
  readonly contact?: number;
  /** Why it is not linked, or was not the last time. */
  readonly error?: string;
  /** How many items wait for it, and since when. */
  readonly queued?: number;
  readonly oldest?: number;
}

export interface Hello {
  readonly server: string;
  readonly version: string;
  readonly realm: string;
  readonly dialect: string;
  readonly dialects: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export interface HelpEntry {
  readonly request: string;
  readonly about: string;
}

/**
 * What a list of conversations is read for; see `inbox` in operations/messages/inbox.ts. `unread` marks what it gives read,
 * `peek` gives the same and marks nothing, `since` gives what came after a message.
 */
export type InboxScope = "unread" | "peek" | "all" | "private" | "since";
