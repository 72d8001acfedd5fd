/**
 * State, as the operations see it. Users, sessions, groups and realms are held in memory by every
 * adapter; messages may live elsewhere and are fetched by number.
 *
 * Every change is staged, visible at once to whoever reads through these ports, and kept or
 * undone as a whole by `Stores.commit` (see journal.ts). Nothing may leave the process
 * before the commit of the turn that made it.
 */
import type { FileInfo } from "../operations/contract.ts";

/** What should have been kept could not be written or read. */
export class StorageError extends Error {}

export interface User {
  readonly id: number;
  /** As registered; compared by `key`, its lower-case form. */
  readonly name: string;
  readonly key: string;
  readonly fullName: string;
  readonly country: string;
  /** A PHC string; never leaves the server. */
  password: string;
  /** Milliseconds since 1970. */
  readonly created: number;
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
  readonly of: { readonly a: User; readonly b: User } | Group;
  /** Number of its newest message, 0 for none. */
  head: number;
  /** Per reader: everything up to this number has been read. */
  readonly read: Map<User, number>;
}

export interface Membership {
  /** Messages up to this number were there before the member joined. */
  readonly since: number;
}

export interface Group {
  readonly id: number;
  readonly name: string;
  readonly key: string;
  readonly owner: User;
  posting: "open" | "members";
  readonly created: number;
  readonly members: Map<User, Membership>;
}

export interface StoredFile extends FileInfo {
  /** Its name in the uploads folder. */
  readonly stored: string;
}

export interface StoredMessage {
  /** 1, 2, 3 … in the order of acceptance. */
  readonly seq: number;
  readonly conversation: Conversation;
  /** The previous message of the same conversation, 0 for none. */
  readonly prev: number;
  readonly sender: User;
  readonly time: number;
  readonly text: string;
  readonly file: StoredFile | undefined;
}

export interface Realm {
  readonly name: string;
  readonly key: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
}

export interface UserStore {
  find(name: string): User | undefined;
  byId(id: number): User | undefined;
  /** The name must be free: callers look first. */
  add(user: Omit<User, "id" | "key">): User;
  setPassword(user: User, password: string): void;
  all(): Iterable<User>;
}

export interface SessionStore {
  find(hash: string): Session | undefined;
  add(user: User, hash: string, now: number): Session;
  touch(session: Session, now: number): void;
  close(session: Session): void;
  of(user: User): Iterable<Session>;
}

export interface GroupStore {
  find(name: string): Group | undefined;
  /** The owner is its first member. The name must be free. */
  add(name: string, owner: User, now: number): Group;
  join(group: Group, user: User, since: number): void;
  leave(group: Group, user: User): void;
  setPosting(group: Group, posting: Group["posting"]): void;
  of(user: User): Iterable<Group>;
  all(): Iterable<Group>;
}

export interface MessageStore {
  /** The conversation of two users, or of a group, made on first use. */
  conversation(a: User, b: User): Conversation;
  groupConversation(group: Group): Conversation;
  /** A user's private conversations that exist; no particular order. */
  privateOf(user: User): Iterable<Conversation>;
  peek(a: User, b: User): Conversation | undefined;
  /** A sender who had read everything has still. */
  append(
    conversation: Conversation,
    sender: User,
    time: number,
    text: string,
    file: StoredFile | undefined,
  ): StoredMessage;
  /** The last that was accepted. */
  readonly newest: StoredMessage | undefined;
  /** By number. Undefined if there is none, or no longer any. */
  get(seq: number): StoredMessage | undefined;
  setRead(conversation: Conversation, user: User, seq: number): void;
  /** What `post` remembers: the message a client's own id was given, if any. */
  posted(user: User, clientId: string): StoredMessage | undefined;
  remember(user: User, clientId: string, message: StoredMessage): void;
  /** Random and constant for the life of the store; part of every message id. */
  readonly salt: Uint8Array;
}

/** Someone or some group was given a file; the message that gave it tells who, when and where. */
export interface Share {
  readonly file: StoredFile;
  readonly from: User;
  readonly to: User | Group;
}

export interface FileStore {
  /** @param undone called if the record does not come to be: its content is then nobody's. */
  add(file: StoredFile, owner: User, now: number, undone: () => void): void;
  share(share: Share, message: StoredMessage): void;
  /** Sent by or privately given to a user, oldest first. */
  of(user: User): readonly Share[];
  ofGroup(group: Group): readonly Share[];
}

export interface RealmStore {
  find(name: string): Realm | undefined;
  add(realm: Omit<Realm, "key">): Realm;
  all(): Iterable<Realm>;
}

export interface Stores {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly files: FileStore;
  readonly realms: RealmStore;
  /** A place to come back to with `revert`, within this turn. */
  mark(): number;
  /** Undoes every change staged since the mark, in memory too. */
  revert(mark: number): void;
  /**
   * Makes every staged change durable, all or none. Throws when it could not be written; then
   * every staged change has been undone, in memory too. Returns whether there was any.
   */
  commit(): boolean;
  /** Commits and lets go of everything. */
  close(): void;
}
