/**
 * State, as the operations see it. Users, sessions, groups and realms are held in memory by every
 * adapter; messages may live elsewhere and are fetched by number.
 *
 * Every change is staged, visible at once to whoever reads through these ports, and kept or
 * undone as a whole by `Stores.commit` (see journal.ts). Nothing may leave the process
 * before the commit of the turn that made it.
 */
import type { FileInfo, ItemResult } from "../operations/contract.ts";

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

/** What was said of a message when it was accepted. */
export interface Posted {
  readonly id: string;
  readonly time: number;
  /** The key of the group elsewhere that it went to; of none, or not kept by an older program, undefined. */
  readonly group?: string | undefined;
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

export interface UserStore {
  /** Of this realm. */
  find(name: string): User | undefined;
  /** Of another realm, by its key. */
  findAt(name: string, realm: string): Party | undefined;
  byId(id: number): Party | undefined;
  /** The name must be free: callers look first. */
  add(user: Omit<User, "id" | "key" | "realm">): User;
  /** Somebody of another realm, by its key; who is not known yet. */
  addAt(name: string, realm: string, fullName: string): Party;
  /** As another realm has it: the same name in other case, and the full name. */
  setNames(party: Party, name: string, fullName: string): void;
  setPassword(user: User, password: string): void;
  /** Of this realm, in the order they came. */
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
  /** Of this realm. */
  find(name: string): Group | undefined;
  /** Of another realm, by its key, with members here. */
  findAt(name: string, realm: string): Group | undefined;
  /** The owner is its first member. The name must be free. */
  add(name: string, owner: Party, now: number): Group;
  /** A group of another realm, by its key, without members yet. */
  addAt(name: string, realm: string, owner: Party, heard: number, now: number): Group;
  join(group: Group, user: Party, since: number): void;
  leave(group: Group, user: Party): void;
  setPosting(group: Group, posting: Group["posting"]): void;
  /** @param undone called if it does not come to be. */
  setHeard(group: Group, seq: number, undone?: () => void): void;
  of(user: Party): Iterable<Group>;
  /** Of this realm, in the order they came. */
  all(): Iterable<Group>;
}

export interface MessageStore {
  /** The conversation of two users, or of a group, made on first use. */
  conversation(a: Party, b: Party): Conversation;
  groupConversation(group: Group): Conversation;
  /** A user's private conversations that exist; no particular order. */
  privateOf(user: Party): Iterable<Conversation>;
  peek(a: Party, b: Party): Conversation | undefined;
  /** A sender who had read everything has still. */
  append(
    conversation: Conversation,
    sender: Party,
    time: number,
    text: string,
    file: StoredFile | undefined,
    origin?: string,
  ): StoredMessage;
  /** The newest of its conversation leaves it again; one that others have followed stays. */
  withdraw(message: StoredMessage): void;
  /** The last that was accepted. */
  readonly newest: StoredMessage | undefined;
  /** By number. Undefined if there is none, or no longer any. */
  get(seq: number): StoredMessage | undefined;
  setRead(conversation: Conversation, user: Party, seq: number): void;
  /** What `post` remembers: the message that a client's own id was given, or what was said of one that went elsewhere. */
  posted(user: User, clientId: string): StoredMessage | Posted | undefined;
  remember(user: User, clientId: string, what: StoredMessage | Posted): void;
  /** What was remembered a moment ago was refused elsewhere. */
  forget(user: User, clientId: string): void;
  /** Random and constant for the life of the store; part of every message id. */
  readonly salt: Uint8Array;
}

/** Someone or some group was given a file; the message that gave it tells when. */
export interface Share {
  readonly file: StoredFile;
  readonly from: Party;
  readonly to: Party | Group;
}

export interface FileStore {
  /** @param undone called if the record does not come to be: its content is then nobody's. */
  add(file: StoredFile, undone: () => void): void;
  /** The content of a file from another realm is here. @param undone as of `add`. */
  arrive(file: StoredFile, stored: string, undone: () => void): void;
  /** Its content is gone. @param kept called once that is on disk: the content is then nobody's. */
  lose(file: StoredFile, kept: () => void): void;
  /** Bytes of the files that a party owns and that are not gone. */
  usedBy(owner: Party): number;
  /** Oldest first. */
  all(): Iterable<StoredFile>;
  /** A file that somebody was given. */
  byId(id: string): StoredFile | undefined;
  /** Whom a file was given to. */
  sharesOf(file: StoredFile): readonly Share[];
  /** Files whose content is still to come from a realm; and bytes of those of all realms. */
  awaited(realm: string): Iterable<StoredFile>;
  readonly awaitedSize: number;
  /** @param message none where the file went to a group of another realm: its log is there. */
  share(share: Share, message?: StoredMessage): void;
  /** Whoever was given a file by this sender no longer has it from him. @param to only these */
  unshare(file: StoredFile, sender: Party, to?: ReadonlySet<Party | Group>): void;
  /** Somebody has fetched it to its end. */
  fetched(file: StoredFile, by: Party): void;
  /** Who has fetched a file to its end, in that order. */
  fetchersOf(file: StoredFile): Iterable<Party>;
  /** Sent by or privately given to a user, oldest first. */
  of(user: Party): readonly Share[];
  ofGroup(group: Group): readonly Share[];
}

export interface RealmStore {
  find(name: string): Realm | undefined;
  add(realm: Pick<Realm, "name" | "host" | "port" | "given">): Realm;
  /** Takes back an addition of a moment ago: nothing may refer to it yet. */
  remove(realm: Realm): void;
  setAddress(realm: Realm, host: string | undefined, port: number | undefined, given: Realm["given"]): void;
  pin(realm: Realm, publicKey: string | undefined): void;
  setReceived(realm: Realm, received: number, results: Realm["results"]): void;
  all(): Iterable<Realm>;
}

/** What waits for other realms, in order. */
export interface OutboxStore {
  /** @param now milliseconds since 1970. */
  add(realm: Realm, body: string, now: number): OutboxItem;
  /**
   * The next items after a number that are on disk, where there is one: at most `count` of them, and no more than
   * the first beyond `size` UTF-16 units.
   */
  after(realm: Realm, n: number, count: number, size: number): readonly OutboxItem[];
  /** @param items the first there are. */
  remove(realm: Realm, items: readonly OutboxItem[]): void;
  waiting(realm: Realm): Waiting;
  /** The next item's number will be higher than this. */
  raise(realm: Realm, n: number): void;
}

export interface Stores {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly groups: GroupStore;
  readonly messages: MessageStore;
  readonly files: FileStore;
  readonly realms: RealmStore;
  readonly outbox: OutboxStore;
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
