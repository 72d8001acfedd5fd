/**
 * What the server can be asked, and what it may answer: the one list that the protocol, the
 * operations and the client agree on. Plain data only; this file imports nothing.
 */

/** Every machine-readable error code. Scripts rely on them: add where none fits, never change one. */
export const codes = {
  "bad-request": "the request's parameters are wrong or missing",
  "unknown-request": "no such request",
  "no-session": "not logged in, or the token is not valid",
  "bad-credentials": "unknown user or wrong password",
  "logged-in": "log out first",
  "user-exists": "the user name is taken",
  "user-not-found": "no such user",
  "group-exists": "the group name is taken",
  "group-not-found": "no such group",
  "already-member": "already a member of the group",
  "not-member": "not a member of the group",
  "message-not-found": "no such message, or not yours to see",
  "file-not-found": "no such file, or not yours to see",
  incomplete: "the bytes have ended before all had come; what has arrived can be gone on with",
  checksum: "the content is not what was announced",
  "too-large": "larger than this server accepts",
  quota: "the space allowed is used up",
  "disk-full": "the server's disk has too little room left",
  "realm-exists": "the realm is already known",
  "realm-not-found": "no such realm",
  "realm-unreachable": "the realm does not answer",
  "realm-refused": "the realm could not prove that it is the one meant",
  "outbox-full": "too much is waiting for that realm",
  forbidden: "not allowed here",
  "rate-limited": "too many tries, wait a moment",
  "too-many": "more than this server allows at once",
  storage: "could not be written to disk, nothing of it was kept",
  internal: "a fault in the server, nothing of it was kept",
} as const;

export type Code = keyof typeof codes;

/** A refusal. `detail` says in English what exactly was wrong, for people. */
export class Failure<C extends Code = Code> {
  readonly code: C;
  readonly detail: string | undefined;
  constructor(code: C, detail?: string) {
    this.code = code;
    this.detail = detail;
  }
}

export type Result<T, C extends Code = Code> = T | Failure<C>;

/**
 * What an operation that had to wait ends with: run at once and at one go, it looks at the state as
 * it is now, changes it and answers. What is thrown in it undoes all of it.
 */
export type Finish<T, C extends Code = Code> = () => Result<T, C> | Later<T, C>;

/**
 * The answer of an operation that was done here and is confirmed elsewhere: its request keeps its
 * place among the replies, and the connection's next requests need not wait for it.
 */
export class Later<T, C extends Code = Code> {
  #finish: (() => Result<T, C>) | undefined;
  #settled: (() => void) | undefined;

  /** The first time counts. */
  settle(finish: () => Result<T, C>): void {
    if (this.#finish) return;
    this.#finish = finish;
    this.#settled?.();
  }

  whenSettled(then: (finish: () => Result<T, C>) => void): void {
    this.#settled = () => this.#finish && then(this.#finish);
    this.#settled();
  }
}

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

/** Who said something, in an item. */
export interface Author {
  readonly name: string;
  readonly full: string;
}

interface Said {
  /** UUID of the message where it was said. */
  readonly id: string;
  readonly from: Author;
  readonly text: string;
  /** Milliseconds since 1970, UTC. */
  readonly time: number;
  readonly file?: FileInfo;
}

/** What a realm tells another for good: PROTOCOL.md, "Items". Groups and users of the receiver or, as it says, the sender. */
export type Told =
  | ({ readonly kind: "message"; readonly to: readonly string[] } & Said)
  | ({ readonly kind: "post"; readonly group: string } & Said)
  | { readonly kind: "join"; readonly group: string; readonly from: Author }
  | { readonly kind: "leave"; readonly group: string; readonly from: Author }
  | ({
      readonly kind: "group";
      readonly group: string;
      readonly seq: number;
      readonly prev: number;
      readonly from: Author & { readonly realm: string };
    } & Omit<Said, "from">)
  | {
      readonly kind: "members";
      readonly group: string;
      /** `name@realm`, as all of these. */
      readonly owner: string;
      readonly head: number;
      readonly add: readonly string[];
      readonly remove: readonly string[];
      /** `add` is the complete list. */
      readonly whole?: boolean;
    }
  | { readonly kind: "heads"; readonly heads: Readonly<Record<string, number>> };

export type Item = Told & { readonly n: number };

/** An item that was not understood. */
export interface BadItem {
  readonly n: number;
  readonly kind: "bad";
  readonly detail: string;
}

/** What became of an item: nothing to say, or values, or why not. */
export interface ItemResult {
  readonly code?: string;
  readonly detail?: string;
  readonly [key: string]: unknown;
}

/** Public names of a realm, after those that the asker has. `salt`: another one means other names. */
export interface Names {
  readonly salt: string;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly more: boolean;
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

type Nothing = Record<never, never>;
/** Nothing more to say of it. A refusal would be one of those, and is none of these. */
type Done = Readonly<Record<string, never>>;

/** Every operation: what goes in, what comes out when it succeeds. */
export interface Operations {
  register: {
    input: {
      user: string;
      password: string;
      name?: string;
      country?: string;
      /** `login`: also logs the connection in. `token`: only hands out a token. */
      session: "none" | "token" | "login";
      /** Refused with logged-in while somebody is (spec 003). */
      onlyLoggedOut?: boolean;
    };
    output: { user: Person; token?: string };
  };
  login: { input: { user: Address; password: string }; output: { user: string; token: string } };
  logout: { input: Nothing; output: Done };
  changePassword: { input: { old: string; new: string }; output: { closed: number } };
  sessions: { input: Nothing; output: { sessions: readonly SessionInfo[] } };
  /** The session that acts, by a token, becomes the connection's own. */
  resume: { input: Nothing; output: UserInfo };
  whoami: { input: Nothing; output: UserInfo };
  info: { input: { user?: Address }; output: UserInfo };
  /** `elsewhere`: users of linked realms, `name@realm`. */
  users: {
    input: Nothing;
    output: { me: string; users: readonly UserInfo[]; elsewhere: readonly string[] };
  };
  /** Who is logged in on some connection of this server. */
  loggedIn: { input: Nothing; output: { names: readonly string[] } };
  /** Names alone, for a document that knows no failure: without a session those of this realm, or none. */
  userNames: { input: Nothing; output: { names: readonly string[] } };

  createGroup: { input: { group: string; members?: readonly Address[] }; output: { group: string } };
  /** `anywhere`: a group of a linked realm where none here has that name (spec 002). */
  joinGroup: { input: { group: Address; anywhere?: boolean }; output: { group: string; state?: "queued" } };
  leaveGroup: { input: { group: Address }; output: { group: string } };
  groups: { input: Nothing; output: { all: readonly string[]; mine: readonly string[] } };
  members: { input: { group: Address }; output: { group: string; members: readonly Member[] } };
  setPosting: { input: { group: string; posting: "open" | "members" }; output: { group: string; posting: string } };

  send: { input: { user: Address; text: string }; output: Sent };
  sendGroup: { input: { group: Address; text: string }; output: Sent };
  sendToRealm: { input: { realm: string; user: string; text: string }; output: Sent };
  /** `to` is a group (`kelas`, `group:kelas`) or several users (`u1,u2`) of the realm, or of this one. */
  sendToRealmGroup: { input: { realm?: string; to: string; text: string }; output: Sent };
  /** `to` is a user, or a group written `#group`. */
  post: { input: { "client-id": string; to: string; text: string }; output: Sent };
  /** `since` and `before` go with the scope `since`: only what came after one message, and before another. */
  inbox: { input: { scope: InboxScope; contents?: boolean; since?: string; before?: string }; output: Page };
  realmInbox: { input: { realm: string }; output: Page };
  groupInbox: { input: { group: Address }; output: Page };
  /** `with` is a user, or a group (`#group` where a user has the same name). */
  history: { input: { with: string; before?: string; limit?: number }; output: Page };
  chats: {
    input: { before?: string; limit?: number };
    output: { chats: readonly Chat[]; more: boolean; before?: string };
  };
  markRead: { input: { id: string }; output: { id: string } };

  sendFile: { input: { user: Address; filename: string; b64?: Uint8Array }; output: Sent & { file: FileInfo } };
  sendFileGroup: {
    /** `realm`: only to its members of that realm. */
    input: { group: Address; filename: string; b64?: Uint8Array; realm?: string };
    output: Sent & { file: FileInfo };
  };
  sendFileToRealm: {
    input: { realm: string; user: string; filename: string; b64?: Uint8Array };
    output: Sent & { file: FileInfo };
  };
  /** `to` as of `sendToRealmGroup`. */
  sendFileToRealmGroup: {
    input: { realm?: string; to: string; filename: string; b64?: Uint8Array };
    output: Sent & { file: FileInfo };
  };
  /** `receiver` is a user, or a group written `#group`. The content is the request's body. */
  upload: {
    input: {
      receiver: string;
      filename: string;
      size: number;
      sha256?: string;
      "client-id"?: string;
      offset?: number;
    };
    output: Sent & { file: FileInfo };
  };
  uploadStatus: { input: { "client-id": string }; output: UploadStatus };
  download: { input: { id: string; offset?: number }; output: { file: FileInfo; offset: number; content: Content } };
  /** What one has sent or, with `received`, was given; the newest, oldest first. */
  files: {
    input: { received: boolean; before?: string; limit?: number };
    output: { files: readonly SharedFile[]; more: boolean; before?: string };
  };
  unsend: { input: { id: string }; output: { id: string } };
  myFiles: { input: Nothing; output: { files: ReadonlyMap<string, readonly string[]> } };
  /** `from`: only what this user has sent, or was sent by oneself, or what was sent to this group. */
  downloadFile: { input: { filename: string; from?: Address }; output: { file: FileInfo; content: Uint8Array } };
  downloadGroupFile: {
    input: { group: Address; filename: string };
    output: { file: FileInfo; content: Uint8Array };
  };

  /** `key`: the public key that it must have. */
  addRealm: {
    input: { realm: string; host?: string; port?: number; key?: string };
    output: { realm: string; state: LinkState };
  };
  realms: { input: Nothing; output: { realms: readonly RealmInfo[] } };

  linkHello: {
    input: { version: string; realm: string; key: string; nonce: string; advertise?: string };
    output: { realm: string; key: string; nonce: string; signature: string };
  };
  linkProve: { input: { signature: string; received: number }; output: { realm: string; received: number } };
  linkAnswer: { input: { call: number; answer: unknown }; output: Done };
  /** What a linked realm asks: its methods are a table of their own, realms/rpc.ts. */
  linkCall: { input: { method: string; body: unknown }; output: { data: unknown } };
  /** What existing servers of this family say to each other; `realm`: who they say they are. */
  legacyRealm: { input: { realm: string; host: string; port: number }; output: Done };
  legacyMessage: {
    input: { from: Address; realm?: string; members: readonly Address[]; text: string };
    output: Done;
  };

  hello: { input: Nothing; output: Hello };
  /** `seconds`: a promise to be heard of that often. */
  ping: { input: { seconds?: number }; output: { seconds?: number } };
  help: { input: { request?: string }; output: { requests: readonly HelpEntry[] } };
  dialect: { input: { dialect: string }; output: { dialect: string } };
  watch: { input: { on: boolean }; output: { watching: boolean } };
}

export type Operation = keyof Operations;
export type Input<O extends Operation> = Operations[O]["input"];
export type Output<O extends Operation> = Operations[O]["output"];

/** What any request can be refused with: its parameters, a token that is not valid, a fault of ours. */
export const refusedAlways = ["bad-request", "no-session", "storage", "internal"] as const satisfies readonly Code[];

const noUser = ["user-not-found", "realm-not-found"] as const;
const noGroup = ["group-not-found", "not-member", "realm-not-found"] as const;
const noRoom = ["too-large", "quota", "disk-full"] as const;
const noContent = ["file-not-found", "realm-unreachable"] as const;

/** What another realm can refuse an item with, or what is said for one of the older kind. */
export const refusedElsewhere = [
  "user-not-found",
  "group-not-found",
  "not-member",
  "forbidden",
  "realm-refused",
  ...noRoom,
] as const;

/** Of what may be for another realm. What is refused there is refused here, with the same code. */
const notTaken = ["realm-not-found", "outbox-full", ...refusedElsewhere] as const;
const notSaid = ["too-large", ...notTaken] as const;
const noFile = [...noRoom, ...notTaken] as const;
const notLinked = ["realm-refused", "too-many", "forbidden"] as const;

/** What each operation can be refused with besides: the compiler holds its function and its rows' texts against it. */
export const refusals = {
  register: ["logged-in", "user-exists", "rate-limited"],
  login: ["bad-credentials", "rate-limited"],
  logout: [],
  changePassword: ["bad-credentials", "rate-limited"],
  sessions: [],
  resume: [],
  whoami: [],
  info: noUser,
  users: [],
  loggedIn: [],
  userNames: [],
  createGroup: ["group-exists", ...noUser],
  joinGroup: ["group-not-found", "already-member", ...notTaken],
  leaveGroup: [...noGroup, "outbox-full"],
  groups: [],
  members: noGroup,
  setPosting: [...noGroup, "forbidden"],
  send: ["user-not-found", ...notSaid],
  sendGroup: ["group-not-found", "not-member", ...notSaid],
  sendToRealm: ["user-not-found", ...notSaid],
  sendToRealmGroup: ["user-not-found", "group-not-found", "not-member", ...notSaid],
  post: ["user-not-found", "group-not-found", "not-member", ...notSaid],
  inbox: ["message-not-found"],
  realmInbox: ["realm-not-found"],
  groupInbox: noGroup,
  history: ["user-not-found", "group-not-found", "not-member", "message-not-found"],
  chats: ["message-not-found"],
  markRead: ["message-not-found"],
  sendFile: ["file-not-found", "user-not-found", ...noFile],
  sendFileGroup: ["file-not-found", "user-not-found", "group-not-found", "not-member", ...noFile],
  sendFileToRealm: ["file-not-found", "user-not-found", ...noFile],
  sendFileToRealmGroup: ["file-not-found", "user-not-found", "group-not-found", "not-member", ...noFile],
  upload: ["user-not-found", "group-not-found", "not-member", "too-many", "incomplete", "checksum", ...noFile],
  uploadStatus: [],
  download: ["too-many", ...noContent],
  files: ["file-not-found"],
  unsend: ["file-not-found"],
  myFiles: [],
  downloadFile: ["user-not-found", "too-large", ...noContent],
  downloadGroupFile: [...noGroup, "too-large", ...noContent],
  addRealm: ["realm-exists", "realm-refused", "forbidden"],
  realms: [],
  linkHello: ["rate-limited", ...notLinked],
  linkProve: notLinked,
  linkAnswer: ["forbidden"],
  linkCall: ["forbidden", ...noContent],
  legacyRealm: ["forbidden"],
  legacyMessage: ["forbidden", "user-not-found"],
  hello: [],
  ping: [],
  help: ["unknown-request"],
  dialect: [],
  watch: [],
} as const satisfies Readonly<Record<Operation, readonly Code[]>>;

export type Refusal<O extends Operation> = (typeof refusedAlways | (typeof refusals)[O])[number];

/** What an operation answers at once. */
export type Answer<O extends Operation> = Result<Output<O>, Refusal<O>>;
/** What one that had to wait ends with. */
export type Ending<O extends Operation> = Finish<Output<O>, Refusal<O>>;

export type NoUser = (typeof noUser)[number];
export type NoGroup = (typeof noGroup)[number];
/** The folder of files may be unreadable, too. */
export type NoRoom = (typeof noRoom)[number] | "storage";
export type NoContent = (typeof noContent)[number];
export type NotLinked = (typeof notLinked)[number];
/** An item may be wrong, and the other server have a fault of its own. */
export type RefusedElsewhere = (typeof refusedElsewhere | typeof refusedAlways)[number];
export type NotTaken = (typeof notTaken | typeof refusedAlways)[number];

/** What a watching connection is told as it happens. */
export type Event =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "join" | "leave"; readonly group: string; readonly user: string }
  /** A file was withdrawn by its sender. */
  | { readonly kind: "unsend"; readonly file: FileInfo; readonly from: string; readonly group: string | undefined }
  | { readonly kind: "presence"; readonly user: string; readonly online: boolean }
  /** A call of this server to the one that has linked with it; `body` is JSON. */
  | { readonly kind: "call"; readonly call: number; readonly method: string; readonly body: string };
