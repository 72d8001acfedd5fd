/** What each operation can be refused with. */

import type { Code } from "./codes.ts";
import type { Operation, Output } from "./operations.ts";
import type { Finish, Result } from "./result.ts";

/** What any request can be refused with: its parameters, a token that is not valid, far too many of them, a fault of ours. */
export const refusedAlways = [
  "bad-request",
  "no-session",
  "rate-limited",
  "storage",
  "internal",
] as const satisfies readonly Code[];

/** What a connection can be refused with before it has asked anything. Of requests only a login is refused so. */
export const refusedBefore = ["tls-required", "banned"] as const satisfies readonly Code[];

const noUser = ["user-not-found", "realm-not-found"] as const;
const noGroup = ["group-not-found", "not-member", "realm-not-found"] as const;
const noRoom = ["too-large", "quota", "disk-full"] as const;
const noContent = ["file-not-found", "realm-unreachable"] as const;

/** What another realm can refuse an item with. In place of a server of the older kind, which has no codes, this one answers. */
export const refusedElsewhere = [
  "user-not-found",
  "group-not-found",
  "not-member",
  "forbidden",
  "realm-refused",
  "message-not-found",
  "too-many",
  ...noRoom,
] as const;

/** Of a request that may go to another realm: what that refuses, this server refuses with the same code. */
const notTaken = ["realm-not-found", "outbox-full", ...refusedElsewhere] as const;
/** Of a message, and of a file that is sent. */
const notGiven = [...noRoom, ...notTaken] as const;
const notAltered = ["message-not-found", "too-many", ...notTaken] as const;
const operatorOnly = ["forbidden"] as const;
const notLinked = ["realm-refused", "too-many", "forbidden"] as const;

/** What a deed in a group can be refused with, here or at its home. */
export const refusedDeeds = [
  ...noGroup,
  "forbidden",
  "user-not-found",
  "group-exists",
  "already-member",
  "too-many",
] as const;
const groupDeed = [...refusedDeeds, "outbox-full", "realm-refused"] as const;

/**
 * What each operation can be refused with, besides what any request can. The compiler checks its function and the texts of its
 * rows against this list.
 */
export const refusals = {
  register: ["logged-in", "user-exists", "forbidden", "too-many"],
  login: ["bad-credentials", "banned"],
  logout: [],
  endSession: ["session-not-found"],
  client: [],
  exportAll: ["too-many", "disk-full"],
  changePassword: ["bad-credentials"],
  erase: ["bad-credentials", "forbidden"],
  cancelErase: ["not-erasing"],
  sessions: [],
  resume: [],
  whoami: [],
  info: noUser,
  users: ["user-not-found"],
  loggedIn: [],
  userNames: [],
  block: ["too-many", ...noUser],
  unblock: noUser,
  report: ["message-not-found", "too-many"],
  settings: [],
  allow: [],
  refuseGroups: [],
  presence: [],
  away: [],
  back: [],
  setStatus: [],
  typing: [...noUser, "group-not-found", "not-member"],
  requests: [],
  acceptUser: ["request-not-found", ...noUser],
  declineUser: ["request-not-found", ...noUser],
  blocks: [],
  createGroup: ["group-exists", "forbidden", "too-many", ...noUser],
  joinGroup: ["group-not-found", "already-member", ...notTaken],
  leaveGroup: [...noGroup, "outbox-full"],
  groups: [],
  members: noGroup,
  groupInfo: noGroup,
  setGroup: groupDeed,
  setTopic: groupDeed,
  setSlow: groupDeed,
  renameGroup: groupDeed,
  deleteGroup: groupDeed,
  setRole: groupDeed,
  inviteToGroup: groupDeed,
  groupInvitations: [],
  acceptGroup: ["invitation-not-found", "group-not-found", "already-member", ...notTaken],
  declineGroup: ["invitation-not-found"],
  kick: groupDeed,
  ban: groupDeed,
  unban: groupDeed,
  silence: groupDeed,
  unsilence: groupDeed,
  bans: groupDeed,
  send: ["user-not-found", ...notGiven],
  sendGroup: ["group-not-found", "not-member", ...notGiven],
  sendToRealm: ["user-not-found", ...notGiven],
  sendToRealmGroup: ["too-many", "user-not-found", "group-not-found", "not-member", ...notGiven],
  post: ["user-not-found", "group-not-found", "not-member", ...notGiven],
  inbox: ["message-not-found"],
  realmInbox: ["realm-not-found"],
  groupInbox: noGroup,
  history: ["user-not-found", "group-not-found", "not-member", "message-not-found"],
  reply: ["message-not-found", "user-not-found", "group-not-found", "not-member", ...notGiven],
  postReply: ["message-not-found", "user-not-found", "group-not-found", "not-member", ...notGiven],
  forward: ["message-not-found", "file-not-found", "user-not-found", "group-not-found", "not-member", ...notGiven],
  editMessage: notAltered,
  deleteMessage: notAltered,
  react: notAltered,
  unreact: notAltered,
  pin: notAltered,
  unpin: notAltered,
  versions: ["message-not-found", "forbidden"],
  pins: noGroup,
  sync: ["message-not-found"],
  chats: ["message-not-found"],
  mute: ["too-many", "user-not-found", ...noGroup],
  unmute: ["user-not-found", ...noGroup],
  mutes: [],
  markRead: ["message-not-found"],
  search: ["user-not-found", "group-not-found", "not-member", "message-not-found"],
  sendFile: ["file-not-found", "user-not-found", ...notGiven],
  sendFileGroup: ["file-not-found", "user-not-found", "group-not-found", "not-member", ...notGiven],
  sendFileToRealm: ["file-not-found", "user-not-found", ...notGiven],
  sendFileToRealmGroup: ["too-many", "file-not-found", "user-not-found", "group-not-found", "not-member", ...notGiven],
  upload: ["user-not-found", "group-not-found", "not-member", "too-many", "incomplete", "checksum", ...notGiven],
  uploadStatus: [],
  download: ["too-many", ...noContent],
  files: ["file-not-found"],
  unsend: ["file-not-found"],
  myFiles: [],
  downloadFile: ["user-not-found", "too-large", ...noContent],
  downloadGroupFile: [...noGroup, "too-large", ...noContent],
  addRealm: ["realm-unreachable", "realm-exists", "too-many", "realm-refused", "forbidden"],
  removeRealm: ["realm-not-found", ...operatorOnly],
  realms: [],
  linkHello: notLinked,
  linkProve: notLinked,
  linkAnswer: ["forbidden"],
  linkCall: ["forbidden", ...noContent],
  legacyRealm: ["forbidden"],
  legacyMessage: ["forbidden", "user-not-found", "disk-full"],
  adminUsers: operatorOnly,
  adminPassword: ["user-not-found", ...operatorOnly],
  adminInvite: ["group-not-found", "too-many", ...operatorOnly],
  adminInvitations: operatorOnly,
  adminUninvite: ["invitation-not-found", ...operatorOnly],
  adminBan: ["user-not-found", "realm-not-found", "too-many", ...operatorOnly],
  adminUnban: ["not-banned", ...operatorOnly],
  adminBans: operatorOnly,
  adminReports: operatorOnly,
  adminBackup: ["too-many", ...operatorOnly],
  adminReportDone: ["report-not-found", ...operatorOnly],
  adminReload: ["bad-config", ...operatorOnly],
  adminUser: ["user-not-found", ...operatorOnly],
  adminKick: ["user-not-found", ...operatorOnly],
  adminDelete: ["user-not-found", ...operatorOnly],
  adminRename: ["user-not-found", "user-exists", ...operatorOnly],
  adminGroups: operatorOnly,
  adminGroupDelete: ["group-not-found", ...operatorOnly],
  adminMessageDelete: ["message-not-found", ...notTaken],
  adminRealmPin: ["realm-not-found", "realm-unreachable", "realm-exists", "too-many", "realm-refused", ...operatorOnly],
  adminAnnounce: ["disk-full", ...operatorOnly],
  adminStats: operatorOnly,
  adminAudit: operatorOnly,
  hello: [],
  ping: [],
  help: ["unknown-request"],
  dialect: [],
  watch: [],
} as const satisfies Readonly<Record<Operation, readonly Code[]>>;

/** The codes that an operation can be refused with, all of them. */
export type Refusal<O extends Operation> = (typeof refusedAlways | (typeof refusals)[O])[number];

/** The result of an operation that does not wait. */
export type ResultOf<O extends Operation> = Result<Output<O>, Refusal<O>>;
/** What an operation that had to wait ends with: run in a turn, it gives the result. */
export type FinishOf<O extends Operation> = Finish<Output<O>, Refusal<O>>;

/** Why nothing can be sent to a group; `rate-limited`: it is slow. */
export type NoGroupToSendTo = NoGroup | "forbidden" | "rate-limited";
export type DeedRefusal = (typeof refusedDeeds)[number];
export type NoUser = (typeof noUser)[number];
export type NoGroup = (typeof noGroup)[number];
/** `storage`: the uploads folder cannot be read. */
export type NoRoom = (typeof noRoom)[number] | "storage";
export type NoContent = (typeof noContent)[number];
export type NotLinked = (typeof notLinked)[number];
/** With `refusedAlways`: an item may be wrong, and the other server may have a fault. */
export type RefusedElsewhere = (typeof refusedElsewhere | typeof refusedAlways)[number];
export type NotTaken = (typeof notTaken | typeof refusedAlways)[number];
