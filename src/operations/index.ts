/** The table of operations: who may call each, and the function that executes it. */

import type { Input, Operation, Output } from "../contract/operations.ts";
import type { FinishOf, Refusal, ResultOf } from "../contract/refusals.ts";
import { Failure, type Finish, type Later, type Result } from "../contract/result.ts";
import { adminDelete, adminRename } from "./accounts.ts";
import { type AnyNoted, adminAudit, note, noted } from "./audit.ts";
import { adminBackup } from "./backup.ts";
import { cancelErase, erase } from "./erasing.ts";
import { removeRealm } from "./federation/ending.ts";
import { addRealm, adminRealmPin, legacyMessage, legacyRealm, realms } from "./federation/realms.ts";
import { adminStats } from "./figures.ts";
import { download, downloadFile, downloadGroupFile } from "./files/download.ts";
import { exportAll } from "./files/export.ts";
import { forward } from "./files/forward.ts";
import { files, myFiles, unsend } from "./files/lists.ts";
import {
  sendFile,
  sendFileGroup,
  sendFileToRealm,
  sendFileToRealmGroup,
  upload,
  uploadStatus,
} from "./files/upload.ts";
import { createGroup, groups, joinGroup, leaveGroup, members } from "./groups/groups.ts";
import {
  acceptGroup,
  ban,
  bans,
  declineGroup,
  deleteGroup,
  groupInfo,
  groupInvitations,
  inviteToGroup,
  kick,
  renameGroup,
  setGroup,
  setRole,
  setSlow,
  setTopic,
  silence,
  unban,
  unsilence,
} from "./groups/manage.ts";
import { adminGroupDelete, adminGroups } from "./groups/oversight.ts";
import { register } from "./groups/registration.ts";
import { deleteMessage, editMessage, pin, pins, react, unpin, unreact, versions } from "./messages/alter.ts";
import { chats } from "./messages/chats.ts";
import { history } from "./messages/history.ts";
import { groupInbox, inbox, markRead, realmInbox } from "./messages/inbox.ts";
import { mute, mutes, unmute } from "./messages/mutes.ts";
import { adminAnnounce, adminMessageDelete } from "./messages/oversight.ts";
import { adminReportDone, adminReports, report } from "./messages/reports.ts";
import { acceptUser, declineUser, requests } from "./messages/requests.ts";
import { search } from "./messages/search.ts";
import { post, postReply, reply, send, sendGroup, sendToRealm, sendToRealmGroup } from "./messages/send.ts";
import { sync } from "./messages/sync.ts";
import { typing } from "./messages/typing.ts";
import { adminReload, dialect, hello, help, ping, watch } from "./meta.ts";
import { isOperator } from "./operator.ts";
import { adminKick, adminPassword, adminUser, adminUsers } from "./people/accounts.ts";
import { adminBan, adminBans, adminUnban } from "./people/bans.ts";
import { block, blocks, unblock } from "./people/blocks.ts";
import { adminInvitations, adminInvite, adminUninvite } from "./people/invitations.ts";
import { client, endSession, login, logout, sessions } from "./people/sessions.ts";
import { allow, away, back, presence, refuseGroups, setStatus, settings } from "./people/settings.ts";
import { changePassword, info, loggedIn, resume, userNames, users, whoami } from "./people/users.ts";
import type { Caller, Services } from "./services/context.ts";

type Run<O extends Operation, R> = (services: Services, caller: Caller, input: Input<O>) => R;
type AtOnce<O extends Operation> = ResultOf<O> | Later<Output<O>, Refusal<O>>;

interface Access<O extends Operation> {
  /**
   * `session`: with a valid session; `session or operator`: with one, or over the control socket; `operator`: see `isOperator`;
   * `realm`: a server that has proven which realm it is.
   */
  readonly for:
    | "anyone"
    | "session"
    | "session or operator"
    | ("forbidden" extends Refusal<O> ? "operator" | "realm" : never);
}

/**
 * `waits`: it may go on beside turns, and end in another one. `acts`: what it does is no change of the state, and done a second
 * time it would find it done.
 */
type Entry<O extends Operation> = Access<O> &
  (
    | { readonly run: Run<O, AtOnce<O>> }
    | { readonly waits: true; readonly acts?: true; readonly run: Run<O, AtOnce<O> | Promise<FinishOf<O>>> }
  );

/** The result of any operation. */
type Performed = Result<unknown> | Later<unknown> | Promise<Finish<unknown>>;
type Perform = (services: Services, caller: Caller, input: unknown) => Performed;

const table: { readonly [O in Operation]: Entry<O> } = {
  register: { for: "anyone", waits: true, run: register },
  login: { for: "anyone", waits: true, run: login },
  logout: { for: "session", run: logout },
  endSession: { for: "session", run: endSession },
  client: { for: "anyone", run: client },
  exportAll: { for: "session", waits: true, run: exportAll },
  changePassword: { for: "session", waits: true, run: changePassword },
  erase: { for: "session", waits: true, run: erase },
  cancelErase: { for: "session", run: cancelErase },
  sessions: { for: "session", run: sessions },
  resume: { for: "session", run: resume },
  whoami: { for: "session", run: whoami },
  info: { for: "session", waits: true, run: info },
  users: { for: "session", run: users },
  loggedIn: { for: "session", run: loggedIn },
  userNames: { for: "anyone", run: userNames },
  block: { for: "session", run: block },
  unblock: { for: "session", run: unblock },
  report: { for: "session", run: report },
  settings: { for: "session", run: settings },
  allow: { for: "session", run: allow },
  refuseGroups: { for: "session", run: refuseGroups },
  presence: { for: "session", run: presence },
  away: { for: "session", run: away },
  back: { for: "session", run: back },
  setStatus: { for: "session", run: setStatus },
  typing: { for: "session", run: typing },
  requests: { for: "session", run: requests },
  acceptUser: { for: "session", run: acceptUser },
  declineUser: { for: "session", run: declineUser },
  blocks: { for: "session", run: blocks },
  createGroup: { for: "session", run: createGroup },
  joinGroup: { for: "session", waits: true, run: joinGroup },
  leaveGroup: { for: "session", run: leaveGroup },
  groups: { for: "session", run: groups },
  members: { for: "session", run: members },
  groupInfo: { for: "session", run: groupInfo },
  setGroup: { for: "session", run: setGroup },
  setTopic: { for: "session", run: setTopic },
  setSlow: { for: "session", run: setSlow },
  renameGroup: { for: "session", run: renameGroup },
  deleteGroup: { for: "session", run: deleteGroup },
  setRole: { for: "session", run: setRole },
  inviteToGroup: { for: "session", run: inviteToGroup },
  groupInvitations: { for: "session", run: groupInvitations },
  acceptGroup: { for: "session", waits: true, run: acceptGroup },
  declineGroup: { for: "session", run: declineGroup },
  kick: { for: "session", run: kick },
  ban: { for: "session", run: ban },
  unban: { for: "session", run: unban },
  silence: { for: "session", run: silence },
  unsilence: { for: "session", run: unsilence },
  bans: { for: "session", run: bans },
  send: { for: "session", run: send },
  sendGroup: { for: "session", run: sendGroup },
  sendToRealm: { for: "session", run: sendToRealm },
  sendToRealmGroup: { for: "session", run: sendToRealmGroup },
  post: { for: "session", run: post },
  inbox: { for: "session", waits: true, run: inbox },
  realmInbox: { for: "session", waits: true, run: realmInbox },
  groupInbox: { for: "session", waits: true, run: groupInbox },
  history: { for: "session", waits: true, run: history },
  reply: { for: "session", run: reply },
  postReply: { for: "session", run: postReply },
  forward: { for: "session", run: forward },
  editMessage: { for: "session", run: editMessage },
  deleteMessage: { for: "session", run: deleteMessage },
  react: { for: "session", run: react },
  unreact: { for: "session", run: unreact },
  pin: { for: "session", run: pin },
  unpin: { for: "session", run: unpin },
  versions: { for: "session", run: versions },
  pins: { for: "session", run: pins },
  sync: { for: "session", waits: true, run: sync },
  chats: { for: "session", waits: true, run: chats },
  mute: { for: "session", run: mute },
  unmute: { for: "session", run: unmute },
  mutes: { for: "session", run: mutes },
  markRead: { for: "session", run: markRead },
  search: { for: "session", waits: true, run: search },
  sendFile: { for: "session", waits: true, run: sendFile },
  sendFileGroup: { for: "session", waits: true, run: sendFileGroup },
  sendFileToRealm: { for: "session", waits: true, run: sendFileToRealm },
  sendFileToRealmGroup: { for: "session", waits: true, run: sendFileToRealmGroup },
  upload: { for: "session", waits: true, run: upload },
  uploadStatus: { for: "session", waits: true, run: uploadStatus },
  download: { for: "session", waits: true, run: download },
  files: { for: "session", run: files },
  unsend: { for: "session", run: unsend },
  myFiles: { for: "session", run: myFiles },
  downloadFile: { for: "session", waits: true, run: downloadFile },
  downloadGroupFile: { for: "session", waits: true, run: downloadGroupFile },
  addRealm: { for: "anyone", waits: true, run: addRealm },
  removeRealm: { for: "operator", run: removeRealm },
  realms: { for: "session or operator", run: realms },
  linkHello: { for: "anyone", run: ({ neighbours }, caller, input) => neighbours.hello(caller, input) },
  linkProve: { for: "anyone", run: ({ neighbours }, caller, input) => neighbours.prove(caller, input) },
  linkAnswer: { for: "realm", run: ({ neighbours }, caller, input) => neighbours.answer(caller, input) },
  linkCall: { for: "realm", waits: true, run: ({ neighbours }, caller, input) => neighbours.call(caller, input) },
  legacyRealm: { for: "anyone", run: legacyRealm },
  legacyMessage: { for: "anyone", run: legacyMessage },
  adminUsers: { for: "operator", run: adminUsers },
  adminPassword: { for: "operator", waits: true, run: adminPassword },
  adminInvite: { for: "operator", run: adminInvite },
  adminInvitations: { for: "operator", run: adminInvitations },
  adminUninvite: { for: "operator", run: adminUninvite },
  adminBan: { for: "operator", run: adminBan },
  adminUnban: { for: "operator", run: adminUnban },
  adminBans: { for: "operator", run: adminBans },
  adminReports: { for: "operator", run: adminReports },
  adminBackup: { for: "operator", waits: true, acts: true, run: adminBackup },
  adminReportDone: { for: "operator", run: adminReportDone },
  adminReload: { for: "operator", waits: true, acts: true, run: adminReload },
  adminUser: { for: "operator", run: adminUser },
  adminKick: { for: "operator", run: adminKick },
  adminDelete: { for: "operator", run: adminDelete },
  adminRename: { for: "operator", run: adminRename },
  adminGroups: { for: "operator", run: adminGroups },
  adminGroupDelete: { for: "operator", run: adminGroupDelete },
  adminMessageDelete: { for: "operator", run: adminMessageDelete },
  adminRealmPin: { for: "operator", waits: true, run: adminRealmPin },
  adminAnnounce: { for: "operator", run: adminAnnounce },
  adminStats: { for: "operator", run: adminStats },
  adminAudit: { for: "operator", run: adminAudit },
  hello: { for: "anyone", run: hello },
  ping: { for: "anyone", run: ping },
  help: { for: "anyone", run: help },
  dialect: { for: "anyone", run: dialect },
  watch: { for: "session", run: watch },
};

/** An operation, as it is performed. */
interface Known {
  readonly for: Access<Operation>["for"];
  readonly run: Perform;
  readonly waits: boolean;
  readonly acts: boolean;
  readonly noted: AnyNoted | undefined;
}

/** The same by name, in one form. Looked up for every request: reading a `Map` is cheaper than reading so large an object. */
const known: ReadonlyMap<string, Known> = new Map(
  Object.entries(table).map(([name, entry]) => {
    const { for: access, run, ...more } = entry;
    const act = noted[name as Operation] as AnyNoted | undefined;
    return [name, { for: access, run: run as Perform, waits: "waits" in more, acts: "acts" in more, noted: act }];
  }),
);

function knownAs(operation: Operation): Known {
  return known.get(operation) as Known;
}

/** Whether it may begin something that goes on beside turns. */
export function mayWait(operation: Operation): boolean {
  return knownAs(operation).waits;
}

/** Whether it is answered once it has been executed: a second time it would be another request. */
export function isDoneOnce(operation: Operation): boolean {
  return knownAs(operation).acts;
}

/**
 * Checks access, runs the operation, and notes it if it is an operator's act. @param input as the operation takes it: the row of
 * the dialect was compiled against it
 */
export function perform(services: Services, caller: Caller, operation: Operation, input: unknown): Performed {
  const { for: access, run, noted: act } = knownAs(operation);
  const wantsSession = access === "session" || (access === "session or operator" && !caller.operator);
  if (wantsSession && !caller.acting) return new Failure("no-session");
  if (access === "operator" && !isOperator(services, caller)) {
    return caller.acting ? new Failure("forbidden", "only for administrators") : new Failure("no-session");
  }
  if (access === "realm" && !caller.realm) return new Failure("forbidden", "only for a linked realm");
  const { presence } = services;
  const before = presence.asking.begin(caller);
  let result: Performed;
  try {
    result = run(services, caller, input);
    if (act && !(result instanceof Promise)) note(services, caller, act, input, result);
  } finally {
    presence.asking.end(before);
  }
  if (!(result instanceof Promise)) return result;
  return result.then((finish) => () => {
    const done = presence.asking.during(caller, finish);
    if (act) note(services, caller, act, input, done);
    return done;
  });
}
