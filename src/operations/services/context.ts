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
  /** Who may make an account, besides the operator. As that of realms it is known once the server listens. */
  readonly registration: Registration;
  /** Who may add realms, besides the operator. */
  readonly realms: "users" | "admins" | "closed";
  /** Whether everybody on the server's machine may, too, without a session. */
  readonly trustLoopback: boolean;
  /** Those who tell by a header whose their connections are: `--proxy-from`. */
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
  /** How long, in ms, whoever wants to be erased can change his mind. */
  readonly eraseAfter: number;
}

/** A content that is not finished, while it is written. */
export interface Part {
  /** Bytes written to it so far. */
  readonly length: number;
  /** The bytes must not be used by the caller any more. Resolves when more may be written. @throws StorageError */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all of it is on disk. @throws StorageError */
  sync(): Promise<void>;
  /** The SHA-256, lower-case hex; to be called once, at the end. */
  digest(): string;
}

/** A content that is open to be read. */
export interface Reading extends AsyncIterable<Uint8Array> {
  /** Bytes of all of it, and those of them that are in memory at once. */
  readonly size: number;
  readonly held: number;
  close(): void;
}

/** The port of files' contents, finished ones by name and unfinished ones (parts) by key. Errors are StorageErrors. */
export interface Contents {
  /** Bytes free on the disk; undefined if the folder cannot be read. */
  free(): number | undefined;
  /** Bytes of a part; undefined if there is none. */
  partLength(key: string): number | undefined;
  /** Bytes of all parts that are not being written here and whose key begins with `start`. */
  partsOf(start: string): number;
  /** Whether a part is another node's, which writes it, or did when it ended. */
  isOthers(key: string): boolean;
  /** Whether another node is there and writes a part. */
  isWritten(key: string): Promise<boolean>;
  /** Whether no other node writes a part; it is waited for some seconds that one does not any more. */
  isFree(key: string): Promise<boolean>;
  /** Opens a new part, or one that is there, to be written after its first `length` bytes. */
  part(key: string, length: number): Promise<Part>;
  /** Finishes a part, on disk, for every node. @returns the name that it is stored under. If it throws, nothing is left of it. */
  keep(key: string, part: Part, name: string, now: number): Promise<string>;
  /** The record of a content is kept. Before, other nodes take its part for one that is being written. */
  settle(stored: string): void;
  /** Closes a part, which stays and can be opened again. */
  leave(key: string, part: Part): Promise<void>;
  /** Closes and removes a part. */
  discard(key: string, part: Part): Promise<void>;
  /** Removes a part, unless it is being written. */
  removePart(key: string): void;
  /** Removes all parts whose key begins with `start`, unless they are being written. */
  removeParts(start: string): void;
  /** Removes parts last written before a time, in ms since 1970, unless they are being written. */
  expireParts(before: number): void;
  /** Opens the bytes from `start` up to `end`. A chunk is valid until the next is asked for. @param chunk its bytes */
  reading(stored: string, start: number, end: number, chunk?: number): Promise<Reading>;
  /**
   * Removes contents not in `known` and parts that are not wanted, unless another node does it, or may be about to use them.
   * @returns those of `known` that are missing
   */
  reconcile(known: ReadonlySet<string>, isWanted: (key: string) => boolean): Promise<readonly string[]>;
  /** Stores a content, on disk; the caller must not use the bytes any more. @returns the name that it is stored under */
  write(name: string, content: Uint8Array, now: number): Promise<string>;
  read(stored: string): Promise<Uint8Array>;
  /** At most `length` bytes from `offset`. */
  readPart(stored: string, offset: number, length: number): Promise<Uint8Array>;
  /** Removes a content, unless another node has; one that cannot be removed now is at the next start. */
  remove(stored: string): Promise<void>;
  /** Removes one in a while, unless it is wanted again before: the turn that has given it a record may be done again. */
  removeLater(stored: string): void;
  /** It gets a record. @returns false if it was to be removed, and is */
  reclaim(stored: string): boolean;
}

/** Backups, made behind the turn; backup/ implements it. */
export interface Backups {
  readonly isRunning: boolean;
  /** @param folder absolute. @returns why nothing can be made there, in one line; or what rejects if it could not be made: nothing stays of it */
  begin(folder: string): { readonly made: Promise<Omit<Output<"adminBackup">, "folder">> } | string;
}

/** What words stand in which messages, in a process of its own that follows behind the turn; search/ implements it. */
export interface SearchIndex {
  /** Resolves once all messages up to a number are in it as they are now, or after so many milliseconds. */
  caughtUp(upTo: number, ms: number): Promise<void>;
  /** What it finds may have changed since, and is for nobody's eyes before that was checked. @throws Error without its process */
  find(query: Query): Promise<Hits>;
  /** For each text, the part where all the terms were found; undefined where they were not. @throws as `find` */
  excerpts(terms: readonly Term[], texts: readonly string[]): Promise<readonly (Excerpt | undefined)[]>;
}

/**
 * What the log tells of accounts; `throttled`: a password, or an invitation's code, that was not looked at; `ended`: for another
 * session, there were too many; `ban-refused`: of somebody who is banned.
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

/** Of `ServerFigures` what is in no state. */
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
  /** Undefined where nothing is on disk. */
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
  /** Logs an error that does not end the work at hand. @param part where it happened */
  fault(error: unknown, part: string): void;
  /** Logs what somebody has done, or tried, with an account. @param user his name, or what was given for one. @param invitation its id */
  account(event: AccountEvent, user: string, caller: Caller, invitation?: number): void;
  /** Counts an account that is about to be made. @returns why it is refused: too many have come from that address */
  newAccount(caller: Caller): Failure<"rate-limited"> | undefined;
  /** Logs that somebody has made a realm known, or removed one. */
  realmLog(event: "realm-added" | "realm-removed", facts: Readonly<Record<string, unknown>>, caller: Caller): void;
  /** Logs that the operator has banned somebody, or has lifted a ban. @param until ms since 1970 */
  banLog(
    event: "banned" | "unbanned",
    facts: { readonly target: string; readonly until?: number | undefined },
    caller: Caller,
  ): void;
  /** Rereads the options and the certificate; what cannot be used changes nothing. Says in the log what has come of it. */
  reload(): Promise<Reloaded | Failure<"bad-config">>;
  /** Logs that a message was reported, or that a report is seen to. @param facts the report's number, and who did it */
  reportLog(event: "reported" | "report-done", facts: { readonly report: number; readonly by: string }): void;
  /** Logs that somebody was erased. @param facts what went since the start, and the realms where his words may be still */
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
  /** What both ends know of this connection, and what no other has (RFC 9266, tls-exporter): 32 bytes, base64url. */
  readonly binding: string;
}

/** What follows from a reply. */
export interface Promised {
  /** It has left the process, within a turn; or, with false, it cannot. */
  spoken(whole: boolean): void;
  /** It is said in this turn. @returns what is done in a later one: it has left, or cannot, or that takes long */
  begun?(): () => void;
}

/** A connection, as operations see it. */
export interface Caller extends Audience, Asker {
  /** The session of this request: its token's, else the connection's own. */
  readonly acting: Session | undefined;
  readonly dialect: string;
  /** What the client says that it is, or else its dialect. */
  readonly client: string;
  introduce(client: string): void;
  /** Whether it is the operator's connection: it came over the control socket. */
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
  /** The client has promised to send something that often; if it does not, the connection is closed. */
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
  /** What is to be done about the reply to this request. */
  whenSpoken(promised: Promised): void;
}

/** A party, as it is told. */
export function person({ realm, model }: Services, party: Party): Person {
  const { name, fullName } = party;
  if (party.realm === undefined) {
    // Told with every message: it is the same one until he changes it.
    const told = tellable.get(party);
    if (told && told.name === name && told.fullName === fullName && told.realm === realm) return told;
    const made: Person = { name, fullName, realm, local: true };
    tellable.set(party, made);
    return made;
  }
  return { name, fullName, realm: model.realms.find(party.realm)?.name ?? party.realm, local: false };
}

/** Users of this realm, as they were told last. */
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
