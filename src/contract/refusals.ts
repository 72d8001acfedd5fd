/** What each request can be refused with. */

import type { Code } from "./codes.ts";
import type { Operation, Output } from "./operations.ts";
import type { Finish, Result } from "./result.ts";

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
