/** What operations work with: the parts of the server (`Services`), and the connection that asks (`Caller`). */

import type { Cidr } from "../../contract/cidr.ts";
import type { Exported } from "../../contract/exported.ts";
import type { Output } from "../../contract/operations.ts";
import type { Reloaded, ServerFigures } from "../../contract/operator-shapes.ts";
import type { Failure } from "../../contract/result.ts";
import type { Excerpt, Hits, Query, Term } from "../../contract/search.ts";
import type { Body, FileInfo, Hello, HelpEntry, Person, Registration } from "../../contract/shapes.ts";
import type { Conversation, Group, Party, Realm, Session, User } from "../../state/entities.ts";
import type { State } from "../../state/state.ts";
import type { World } from "../../world/world.ts";
import type { Contents } from "./contents.ts";
import type { ErrandsDone } from "./errands.ts";
import type { Asker } from "./hash-queue.ts";
import type { Intake } from "./intake.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Passwords } from "./passwords.ts";
import type { Audience, Presence } from "./presence.ts";
import type { Transfers } from "./transfers.ts";
import type { TypingPace } from "./typing-pace.ts";
import type { Walks } from "./walks.ts";

/** What the server's options allow. */
export interface Policy {
  /**
   * Who may make an account, besides the operator. The default of this and of `realms` depends on where the server listens: both
   * are known once it does.
   */
  readonly registration: Registration;
  /** Who may add realms, besides the operator. */
  readonly realms: "users" | "admins" | "closed";
  /** Whether everybody on the server's machine may add realms, without a session. */
  readonly trustLoopback: boolean;
  /** Proxies, which tell in a header whose connections theirs are: `--proxy-from`. */
  readonly proxies: readonly Cidr[];
  /** Names of administrators, lower case. */
  readonly admins: ReadonlySet<string>;
  /** Characters of a new password. */
  readonly minPassword: number;
  /** Items that may wait for one realm, and UTF-16 units of them. */
  readonly outboxItems: number;
  readonly outboxSize: number;
  /** Whether linked realms are told the names of users and groups. */
  readonly directory: boolean;
  /** Bytes of a file. */
  readonly maxFile: number;
  /** Bytes of a file inside a reply. */
  readonly maxInline: number;
  /** Bytes of all files of one user. */
  readonly quota: number;
  /** Bytes that files leave free on the disk. */
  readonly minFree: number;
  /** Transfers of one user at once. */
  readonly maxTransfers: number;
  /** How long, in ms, messages are kept. */
  readonly messageLife: number;
  /** How long, in ms, files and unfinished uploads are kept. */
  readonly fileLife: number;
  readonly partLife: number;
  /** How long, in ms, a user can cancel being erased. */
  readonly eraseAfter: number;
}

/** Backups, made behind the turn; backup/ implements it. */
export interface Backups {
  readonly isRunning: boolean;
  /**
   * @param folder absolute. @returns why no backup can be made there, in one line; or `made`, which rejects if it failed: then
   * nothing of it stays
   */
  begin(folder: string): { readonly made: Promise<Omit<Output<"adminBackup">, "folder">> } | string;
}

/** The full-text index of messages, in a process of its own that follows behind the turn; search/ implements it. */
export interface SearchIndex {
  /** Resolves once all messages up to a number are indexed as they are now, but after `ms` milliseconds at the latest. */
  caughtUp(upTo: number, ms: number): Promise<void>;
  /**
   * Hits may be outdated, or of messages that the user may not see: the caller checks each. @throws Error if the process is gone
   */
  find(query: Query): Promise<Hits>;
  /** For each text, the part where all the terms were found; undefined where they were not. @throws as `find` */
  excerpts(terms: readonly Term[], texts: readonly string[]): Promise<readonly (Excerpt | undefined)[]>;
}

/**
 * What the log tells of accounts. `login-throttled`: a password or an invitation's code was not looked at; `session-ended`: to
 * make place for a new one, the user having too many; `ban-refused`: a banned user was turned away.
 */
export type AccountEvent =
  | "logged-in"
  | "login-failed"
  | "login-throttled"
  | "ban-refused"
  | "registered"
  | "password-changed"
  | "kicked"
  | "deleted"
  | "erasing"
  | "not-erasing"
  | "renamed"
  | "session-ended";

/** Those of `ServerFigures` that are not in the state. */
export type OwnFigures = Pick<
  ServerFigures,
  "version" | "uptime" | "connections" | "databaseBytes" | "indexBytes" | "memoryBytes"
>;

/** The parts of the server. */
export interface Services {
  /** The name of this realm. */
  readonly realm: string;
  readonly model: State;
  readonly contents: Contents;
  readonly index: SearchIndex;
  /** Undefined with `--memory`. */
  readonly backups: Backups | undefined;
  readonly intake: Intake;
  readonly transfers: Transfers;
  readonly passwords: Passwords;
  readonly presence: Presence;
  readonly typingPace: TypingPace;
  readonly neighbours: Neighbours;
  readonly policy: Policy;
  readonly world: World;
  readonly walks: Walks;
  readonly errands: ErrandsDone;
  /** Milliseconds since 1970; never goes back. */
  readonly now: () => number;
  /** Whether the server can be reached only from its own machine. */
  onlyLoopback(): boolean;
  /** Logs an error that does not end the work at hand; that the store is lost (`StoreLost`) only once. @param part where it happened */
  fault(error: unknown, part: string): void;
  /**
   * Logs what somebody has done, or tried, with an account. @param user the name, as it was given if there is no such user.
   * @param invitation its id
   */
  account(event: AccountEvent, user: string, caller: Caller, invitation?: number): void;
  /** Counts an account that is about to be made. @returns the refusal, if too many were made from that address */
  newAccount(caller: Caller): Failure<"rate-limited"> | undefined;
  /** Logs that somebody has made a realm known, or removed one. */
  realmLog(event: "realm-added" | "realm-removed", facts: Readonly<Record<string, unknown>>, caller: Caller): void;
  /** Logs a ban, or that one is lifted. @param until ms since 1970 */
  banLog(
    event: "banned" | "unbanned",
    facts: { readonly target: string; readonly until?: number | undefined },
    caller: Caller,
  ): void;
  /** Rereads the options and the certificate, and logs what has come of it. Values that cannot be used change nothing. */
  reload(): Promise<Reloaded | Failure<"bad-config">>;
  /** Logs that a message was reported, or that a report is done. @param facts the report's number, and who did it */
  reportLog(event: "reported" | "report-done", facts: { readonly report: number; readonly by: string }): void;
  /**
   * Logs that a user was erased. @param facts what was deleted since it last began, and the realms that may still have messages
   */
  erasedLog(facts: {
    readonly user: string;
    readonly messages: number;
    readonly files: number;
    readonly reactions: number | undefined;
    readonly unreached: string | undefined;
  }): void;
  /** What the process knows of itself. */
  figures(): OwnFigures;
  /** A line of what `exportAll` gives. */
  exportedLine(one: Exported): string;
  hello(dialect: string): Omit<Hello, "registration">;
  help(dialect: string, request: string | undefined): HelpEntry[];
  hasDialect(name: string): boolean;
}

/** An encrypted connection as servers make it to link: PROTOCOL.md, "Linking". */
export interface LinkChannel {
  /** The key of the certificate that the other side has shown, base64url. */
  readonly key: string;
  /** What both ends know of this connection and no other connection has (RFC 9266, tls-exporter): 32 bytes, base64url. */
  readonly binding: string;
}

/** What is to be done when a reply leaves. */
export interface Promised {
  /** Called within a turn: all of the reply has left the process, or, with false, it cannot leave. */
  spoken(whole: boolean): void;
  /**
   * Called in the turn that sends the reply. @returns what to do in a later one, when it has left, cannot leave, or takes long
   */
  begun?(): () => void;
}

/** A connection, as operations see it. */
export interface Caller extends Audience, Asker {
  /** The session of this request: that of its token, else the connection's own. */
  readonly acting: Session | undefined;
  readonly dialect: string;
  /** What the client calls itself, or else its dialect. */
  readonly client: string;
  introduce(client: string): void;
  /** Whether the connection came over the control socket. */
  readonly operator: boolean;
  /** The raw bytes that follow this request. To be taken at once, by an operation whose rows announce them. */
  readonly body: Body;
  readonly remote: { readonly address: string; readonly port: number };
  /** Undefined for a connection that was not made to link, encrypted or not. */
  readonly channel: LinkChannel | undefined;
  /** The realm that the other side has proven to be. */
  readonly realm: Realm | undefined;
  /** The other side has proven to be this realm. @param ended called when the connection has ended */
  become(realm: Realm, ended: () => void): void;
  /** The client has promised to send something every so many seconds; the connection is closed if it does not. */
  expectEvery(seconds: number): void;
  /** Closes the connection once this request is answered. */
  part(): void;
  /** Makes a session the connection's own. */
  logIn(session: Session): void;
  /** Per conversation and reader: messages up to this number are in replies of this connection that are on their way. */
  readonly readInFlight: Map<Conversation, Map<Party, number>>;
  useDialect(name: string): void;
  /** Whether events of the acting session's user are told on this connection, from now on. */
  watch(on: boolean): void;
  /** Registers what is to be done when the reply to this request leaves. */
  whenSpoken(promised: Promised): void;
}

/** A party, as it is told. */
export function person({ realm, model }: Services, party: Party): Person {
  const { name, fullName } = party;
  if (party.realm === undefined) {
    // Every message has one: the same object serves until the user changes name.
    const told = tellable.get(party);
    if (told && told.name === name && told.fullName === fullName && told.realm === realm) return told;
    const made: Person = { name, fullName, realm, local: true };
    tellable.set(party, made);
    return made;
  }
  return { name, fullName, realm: model.realms.find(party.realm)?.name ?? party.realm, local: false };
}

/** By user of this realm: what `person` has made last. */
const tellable = new WeakMap<Party, Person>();

/** A group's name here: `name`, or `name@realm` if its home is another. */
export function groupName({ model }: Services, { name, realm }: Group): string {
  return realm === undefined ? name : `${name}@${model.realms.find(realm)?.name ?? realm}`;
}

/** A file, as it is told. */
export function fileInfo({ id, name, size, sha256, gone }: FileInfo): FileInfo {
  return { id, name, size, sha256, ...(gone && { gone }) };
}

/** The user who acts. @throws Error without a session: only for operations whose entry in the table requires one */
export function actor(caller: Caller): User {
  if (!caller.acting) throw new Error("an operation for sessions ran without one");
  return caller.acting.user;
}

/** Whether the session of a request that has waited is still open. */
export function stillActing({ acting }: Caller): boolean {
  return acting !== undefined && !acting.closed;
}

/** Whether a realm's name is this server's own, or left out. */
export function isLocal({ realm }: Services, other: string | undefined): boolean {
  return other === undefined || other.toLowerCase() === realm.toLowerCase();
}
