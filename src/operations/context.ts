/** What an operation works with: the server's parts, and whoever asks. */

import type { Conversation, Group, Session, Stores, User } from "../stores/ports.ts";
import type { FileInfo, Hello, HelpEntry, Person } from "./contract.ts";
import type { Passwords } from "./passwords.ts";
import type { Audience, Presence } from "./presence.ts";

export interface Policy {
  /** Who may make realms known, besides connections from loopback. */
  readonly realms: "users" | "admins" | "closed";
  /** Names, lower case. */
  readonly admins: ReadonlySet<string>;
  /** Characters. */
  readonly minPassword: number;
}

/** The contents of files, apart from their records. */
export interface Contents {
  /** Writes and syncs before it resolves. @returns the name it is stored under. @throws StorageError */
  write(name: string, content: Uint8Array, now: number): Promise<string>;
  /** @throws StorageError when it is gone. */
  read(stored: string): Promise<Uint8Array>;
  /** Takes back a write that is of no use. */
  remove(stored: string): Promise<void>;
}

export interface Services {
  readonly realm: string;
  readonly stores: Stores;
  readonly contents: Contents;
  readonly passwords: Passwords;
  readonly presence: Presence;
  readonly policy: Policy;
  /** Milliseconds since 1970; never goes back. */
  readonly now: () => number;
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
  /** From now on this session is the connection's own. */
  logIn(session: Session): void;
  /** Per conversation and reader: everything up to this number stands in replies of this connection on their way. */
  readonly shown: Map<Conversation, Map<User, number>>;
  useDialect(name: string): void;
  /** Whoever acts is told of events here from now on, or no longer. */
  watch(on: boolean): void;
  /** Runs once the reply to this request has left the process, or with `false` when it could not. */
  whenSpoken(then: (spoken: boolean) => void): void;
}

export function person({ realm }: Services, user: User): Person {
  return { name: user.name, fullName: user.fullName, realm, local: true };
}

export function fileInfo({ id, name, size, sha256 }: FileInfo): FileInfo {
  return { id, name, size, sha256 };
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

export function isMember(group: Group, user: User): boolean {
  return group.members.has(user);
}
