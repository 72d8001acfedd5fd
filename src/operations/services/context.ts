/** What an operation works with: the server's parts, and whoever asks. */

import type { ItemResult } from "../../contract/items.ts";
import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import type { Body, FileInfo, Hello, HelpEntry, LinkState, Person } from "../../contract/shapes.ts";
import type { Conversation, Group, Party, Realm, Session, StoredFile, User } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import type { World } from "../../world/world.ts";
import type { Passwords } from "./passwords.ts";
import type { Audience, Presence } from "./presence.ts";
import type { Transfers } from "./transfers.ts";
import type { Walks } from "./walks.ts";

export interface Policy {
  /** Who may make realms known, besides connections from loopback. */
  readonly realms: "users" | "admins" | "closed";
  /** Names, lower case. */
  readonly admins: ReadonlySet<string>;
  /** Characters. */
  readonly minPassword: number;
  /** Items, and UTF-16 units of them, that may wait for one realm. */
  readonly outboxItems: number;
  readonly outboxSize: number;
  /** Tell linked realms the names of users and groups. */
  readonly directory: boolean;
  /** Bytes of a file; of one that travels inside a reply; of all files of one user; that stay free on the disk. */
  readonly maxFile: number;
  readonly maxInline: number;
  readonly quota: number;
  readonly minFree: number;
  /** Transfers of one user at once. */
  readonly maxTransfers: number;
  /** How long, in ms, files and unfinished uploads are kept. */
  readonly fileLife: number;
  readonly partLife: number;
}

/** A content while it is written. */
export interface Part {
  /** Bytes that it has been given. */
  readonly length: number;
  /** Takes the bytes away from the caller; resolves when it may be given more. @throws StorageError */
  write(bytes: Uint8Array): Promise<void>;
  /** Everything that was given is on disk. @throws StorageError */
  sync(): Promise<void>;
  /** SHA-256 of all of it, lower-case hex; once, at the end. */
  digest(): string;
}

/** The contents of files, apart from their records. */
export interface Contents {
  /** Bytes that are free on its disk; undefined when it is not there. */
  free(): number | undefined;
  /** Bytes that there are of an unfinished one; undefined for none. */
  partLength(key: string): number | undefined;
  /** Bytes of the unfinished ones that nobody writes now, of those whose key begins so. */
  partsOf(start: string): number;
  /** A new one, or one that is gone on with after its first `length` bytes. @throws StorageError */
  part(key: string, length: number): Promise<Part>;
  /** Syncs it and gives it a name. @returns the name. @throws StorageError, and then nothing is left. */
  keep(key: string, part: Part, name: string, now: number): Promise<string>;
  /** It stays unfinished, for who goes on with it. */
  leave(key: string, part: Part): Promise<void>;
  discard(key: string, part: Part): Promise<void>;
  /** An unfinished one that nobody writes now goes. */
  removePart(key: string): void;
  /** Those that were written last before a time, in ms since 1970, go. */
  expireParts(before: number): void;
  /** The bytes from `start` up to `end`. A piece is valid until the next is asked for. @throws StorageError when it is gone. */
  reading(stored: string, start: number, end: number): Promise<AsyncIterable<Uint8Array> & { close(): void }>;
  /** Removes what nobody knows. @param known names of contents @returns those of them that are not there. */
  reconcile(known: ReadonlySet<string>, isWanted: (key: string) => boolean): readonly string[];
  /** Takes the content away from the caller; writes and syncs before it resolves. @returns the name it is stored under. @throws StorageError */
  write(name: string, content: Uint8Array, now: number): Promise<string>;
  /** @throws StorageError when it is gone. */
  read(stored: string): Promise<Uint8Array>;
  /** At most `length` bytes. @throws StorageError when it is gone. */
  readPart(stored: string, offset: number, length: number): Promise<Uint8Array>;
  /** Takes back a write that is of no use. */
  remove(stored: string): Promise<void>;
}

/** How a realm is linked, at this moment. */
export interface LinkStatus {
  readonly state: LinkState;
  /** Milliseconds since 1970. */
  readonly contact: number | undefined;
  readonly error: string | undefined;
}

/** One other realm, as the operations see it. */
export interface Neighbour {
  readonly status: LinkStatus;
  /** The names of its users, and which groups it has, as far as it has told them. */
  readonly directory: { readonly users: readonly string[]; hasGroup(group: string): boolean };
  /** An item or an awaited file was staged for it: it is served once the turn is on disk. */
  wake(): void;
  /** Calls `then` within a turn with the result of item `n`, or with undefined if none comes in time. */
  expect(n: number, then: (result: ItemResult | undefined) => void): void;
  /**
   * Its address or key is new: it is dialed at once. Resolves when it is linked or refused, or after some time; with undefined
   * if the turn was not kept.
   */
  meet(): Promise<LinkStatus | undefined>;
  /** It has said that it has new names: they are asked for. */
  refresh(): void;
}

/** All other realms, as the operations see them; realms/ implements it. */
export interface Neighbours {
  /** This realm's public key, base64url. */
  readonly key: string;
  of(realm: Realm): Neighbour;
  /** A message id that only this realm can make for this text. @param time milliseconds since 1970 */
  seal(time: number, text: string): string;
  /** A user or group here is new: the linked realms are told that there are new names. */
  announce(): void;
  /** Resolves when the content of a file from another realm is here, or with false after some time without it. */
  arrival(file: StoredFile): Promise<boolean>;
  /** The realm of the older kind that sends from this address; with `name`, only if it has that name. */
  legacyAt(address: string, name: string | undefined): Realm | undefined;
  /** `link hello`. The connection is closed if it is refused, as by `prove`. */
  hello(caller: Caller, input: Input<"linkHello">): ResultOf<"linkHello">;
  prove(caller: Caller, input: Input<"linkProve">): ResultOf<"linkProve">;
  answer(caller: Caller, input: Input<"linkAnswer">): ResultOf<"linkAnswer">;
  call(caller: Caller, input: Input<"linkCall">): ResultOf<"linkCall"> | Promise<FinishOf<"linkCall">>;
}

export interface Services {
  readonly realm: string;
  readonly model: State;
  readonly contents: Contents;
  readonly transfers: Transfers;
  readonly passwords: Passwords;
  readonly presence: Presence;
  readonly neighbours: Neighbours;
  readonly policy: Policy;
  readonly world: World;
  readonly walks: Walks;
  /** Milliseconds since 1970; never goes back. */
  readonly now: () => number;
  /** Nobody from another machine can reach the server. */
  onlyLoopback(): boolean;
  /** A fault of ours in a part of a request, whose other parts go on. */
  fault(error: unknown, part: string): void;
  hello(dialect: string): Hello;
  help(dialect: string, request: string | undefined): HelpEntry[];
  hasDialect(name: string): boolean;
}

/** A connection, as an operation sees it. */
export interface Caller extends Audience {
  /** Who acts in this request: its token's session, or else the connection's own. */
  readonly acting: Session | undefined;
  readonly dialect: string;
  readonly loopback: boolean;
  /** The raw bytes that follow this request; only for an operation whose rows announce them, and at its beginning. */
  readonly body: Body;
  /** The address it speaks from, and its port. */
  readonly remote: { readonly address: string; readonly port: number };
  /** The realm that it has proven to be. */
  readonly realm: Realm | undefined;
  /** From now on it is this realm. @param ended called when the connection is. */
  become(realm: Realm, ended: () => void): void;
  /** It has promised to be heard of every so many seconds: if it is not, it is gone. */
  expectEvery(seconds: number): void;
  /** The connection is closed once this request is answered. */
  part(): void;
  /** From now on this session is the connection's own. */
  logIn(session: Session): void;
  /** Per conversation and reader: messages up to this number are in replies of this connection that are on their way. */
  readonly readInFlight: Map<Conversation, Map<Party, number>>;
  useDialect(name: string): void;
  /** Whoever acts is told of events here from now on, or no longer. */
  watch(on: boolean): void;
  /** Runs once the reply to this request has left the process, or with `false` when it could not. */
  whenSpoken(then: (spoken: boolean) => void): void;
}

export function person({ realm, model }: Services, party: Party): Person {
  const { name, fullName } = party;
  if (party.realm === undefined) return { name, fullName, realm, local: true };
  return { name, fullName, realm: model.realms.find(party.realm)?.name ?? party.realm, local: false };
}

/** A group's name as it is called here. */
export function groupName({ model }: Services, { name, realm }: Group): string {
  return realm === undefined ? name : `${name}@${model.realms.find(realm)?.name ?? realm}`;
}

export function fileInfo({ id, name, size, sha256, gone }: FileInfo): FileInfo {
  return { id, name, size, sha256, ...(gone && { gone }) };
}

/** Whoever acts. Only for operations that the table opens to sessions alone. */
export function actor(caller: Caller): User {
  if (!caller.acting) throw new Error("an operation for sessions ran without one");
  return caller.acting.user;
}

/** Has the session of a request that waited not ended meanwhile? */
export function stillActing({ acting }: Caller): boolean {
  return acting !== undefined && !acting.closed;
}

export function isLocal({ realm }: Services, other: string | undefined): boolean {
  return other === undefined || other.toLowerCase() === realm.toLowerCase();
}
