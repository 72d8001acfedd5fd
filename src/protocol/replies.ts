/**
 * What a server tells, in the forms of `native`: the reply to each operation that succeeded, and each event. What a reader can
 * do without may be left out: other servers answer less.
 */
import type { Event } from "../contract/event.ts";
import type { Operation, Output } from "../contract/operations.ts";
import {
  anything,
  count,
  either,
  type Form,
  flag,
  list,
  maybe,
  no,
  number,
  object,
  oneOf,
  record,
  type Told,
  text,
} from "./form.ts";

/** A time in these forms is RFC 3339, UTC. */
const time = text;

const file = object({ id: text, name: text, size: count, sha256: text, gone: maybe(flag) });

const messageFields = {
  id: text,
  from: text,
  to: text,
  group: maybe(text),
  realm: maybe(text),
  message: text,
  time,
  file: maybe(object({ id: text, name: text, size: count, sha256: maybe(text), gone: maybe(flag) })),
  origin: maybe(text),
  sent: maybe(time),
  edited: maybe(time),
  reply: maybe(object({ id: text, from: text, text })),
  reactions: maybe(record(list(text))),
};
const message = object(messageFields);

/** What is left of a message that was deleted. */
const deletedMessage = object({ id: text, deleted: flag });
const messageOrNone = either(message, deletedMessage);

/** What became of the message `id`, whose `from`, `to` and `group` these are; `message` is its new text. */
const altering = object({
  id: text,
  origin: maybe(text),
  alteration: text,
  from: text,
  to: text,
  group: maybe(text),
  by: text,
  time,
  message: maybe(text),
  emoji: maybe(text),
});

const user = object({
  username: text,
  name: text,
  country: maybe(text),
  online: maybe(flag),
  realm: maybe(text),
  away: maybe(text),
  status: maybe(text),
  seen: maybe(time),
  erasing: maybe(time),
});

/** A newer server may tell of states that are not known here. */
const linkState = text;

const realm = object({
  realm: text,
  own: flag,
  host: maybe(text),
  port: maybe(count),
  key: maybe(text),
  state: maybe(linkState),
  contact: maybe(time),
  error: maybe(text),
  queued: maybe(count),
  oldest: maybe(time),
});

const sharedFile = object({
  id: text,
  name: text,
  size: count,
  sha256: text,
  time,
  from: maybe(text),
  group: maybe(text),
  to: maybe(list(text)),
  got: maybe(list(text)),
  gone: maybe(flag),
});

const accountFields = { username: text, name: text, country: text, online: flag, created: time, sessions: count };

const invitation = {
  id: count,
  uses: count,
  until: time,
  group: maybe(text),
  by: maybe(text),
  created: time,
};

const session = object({
  id: number,
  created: time,
  used: time,
  address: maybe(text),
  client: maybe(text),
  current: flag,
});
/** `queued` where it waits for another realm. */
const state = maybe(text);
const pages = { more: maybe(flag), before: maybe(text) };
const loggedIn = object({ data: maybe(text), tokenid: text, token_id: maybe(text), token: maybe(text), user: text });

/** A text that says what was done; some replies have more fields. */
const done = { message: maybe(text) };
const sent = object({ ...done, id: maybe(text), time: maybe(time), state });
const fileSent = object({ ...done, id: maybe(text), time: maybe(time), state, file });
const page = object({ data: list(message), ...pages });
const muteMode = oneOf("all", "mentions");
/** False: not muted. */
const muted = either(no, muteMode);
const altered = object({ ...done, id: text, alteration: maybe(text) });
const fileContent = object({ data: text, filename: text, file });

/** What was done in a group. */
const ofGroup = { ...done, group: text, state };
const settings = {
  access: maybe(text),
  history: maybe(text),
  posting: maybe(text),
  listed: maybe(flag),
  keep: maybe(count),
};
const restrained = list(object({ user: text, by: text, time, until: maybe(time) }));
const sanction = object({ group: text, user: text, by: maybe(text), until: maybe(time) });
const membership = object({ group: text, user: text, by: maybe(text), why: maybe(text) });

/** Beside `status`. */
export const replies = {
  register: loggedIn,
  login: loggedIn,
  logout: object(done),
  endSession: object(done),
  client: object(done),
  exportAll: object({ data: text, length: count }),
  changePassword: object({ ...done, closed: count }),
  erase: object({ ...done, until: time, realms: list(object({ realm: text, deletes: flag })) }),
  cancelErase: object(done),
  sessions: object({ data: list(session) }),
  resume: object({ data: maybe(user) }),
  whoami: object({ data: user }),
  info: object({ data: user }),
  users: object({
    data: list(text),
    users: list(user),
    elsewhere: list(text),
    more: maybe(flag),
    after: maybe(text),
  }),
  loggedIn: object({ data: list(text), users: list(text) }),

  block: object({ ...done, user: text }),
  unblock: object({ ...done, user: text }),
  report: object({ ...done, report: count }),
  settings: object({
    data: object({
      allow: oneOf("everyone", "known"),
      refuseGroups: flag,
      presence: maybe(flag),
      away: maybe(text),
      status: maybe(text),
    }),
  }),
  allow: object({ ...done, allow: text }),
  refuseGroups: object({ ...done, on: flag }),
  presence: object({ ...done, on: flag }),
  away: object(done),
  back: object(done),
  setStatus: object(done),
  typing: object(done),
  requests: object({ data: list(object({ user: text, time, first: maybe(message) })) }),
  acceptUser: object({ ...done, user: text }),
  declineUser: object({ ...done, user: text }),
  blocks: object({ data: list(object({ user: text, time })) }),

  createGroup: object({ ...done, group: text }),
  joinGroup: object({ ...done, group: text, state }),
  leaveGroup: object({ ...done, group: text }),
  groups: object({ data: list(text), groups: list(text), mine: list(text) }),
  members: object({
    data: list(text),
    members: list(object({ user: text, name: text, role: maybe(text), online: maybe(flag) })),
  }),
  groupInfo: object({
    data: object({
      group: text,
      topic: text,
      owner: text,
      role: text,
      members: count,
      access: text,
      history: text,
      posting: text,
      listed: flag,
      keep: count,
      slow: count,
      created: time,
    }),
  }),
  setGroup: object({ ...ofGroup, ...settings }),
  setTopic: object({ ...ofGroup, topic: text }),
  setSlow: object({ ...ofGroup, slow: count }),
  renameGroup: object(ofGroup),
  deleteGroup: object(ofGroup),
  setRole: object({ ...ofGroup, user: text, role: text }),
  inviteToGroup: object({ ...ofGroup, user: text }),
  groupInvitations: object({ data: list(object({ group: text, by: text, time })) }),
  acceptGroup: object(ofGroup),
  declineGroup: object(ofGroup),
  kick: object({ ...ofGroup, user: text }),
  ban: object({ ...ofGroup, user: text, until: maybe(time) }),
  unban: object({ ...ofGroup, user: text }),
  silence: object({ ...ofGroup, user: text, until: maybe(time) }),
  unsilence: object({ ...ofGroup, user: text }),
  bans: object({ data: restrained, silences: restrained }),

  send: sent,
  sendGroup: sent,
  sendToRealm: sent,
  sendToRealmGroup: sent,
  post: sent,
  inbox: page,
  realmInbox: page,
  history: object({ data: list(messageOrNone), ...pages, after: maybe(text) }),
  sync: object({ data: list(object({ event: text, data: anything })), ...pages }),
  reply: sent,
  postReply: sent,
  forward: sent,
  editMessage: altered,
  deleteMessage: altered,
  react: altered,
  unreact: altered,
  pin: altered,
  unpin: altered,
  versions: object({ data: list(object({ message: text, time })) }),
  pins: object({ data: list(message) }),
  chats: object({
    data: list(
      object({ with: text, last: maybe(messageOrNone), unread: count, mentions: maybe(count), muted: maybe(muted) }),
    ),
    ...pages,
  }),
  mute: object({ ...done, with: text, muted: muteMode }),
  unmute: object({ ...done, with: text }),
  mutes: object({ data: list(object({ with: text, muted: muteMode, time })) }),
  markRead: object({ ...done, id: text }),
  search: object({
    data: list(object({ ...messageFields, snippet: text, found: list(text) })),
    ...pages,
    behind: maybe(flag),
  }),

  sendFile: fileSent,
  sendFileGroup: fileSent,
  sendFileToRealm: fileSent,
  sendFileToRealmGroup: fileSent,
  upload: fileSent,
  uploadStatus: object({
    data: object({
      state: oneOf("none", "partial", "receiving", "done"),
      received: count,
      id: maybe(text),
      time: maybe(time),
      file: maybe(file),
    }),
  }),
  download: object({
    data: text,
    filename: text,
    size: count,
    sha256: text,
    offset: count,
    length: count,
    file,
  }),
  files: object({ data: list(sharedFile), ...pages }),
  unsend: object({ ...done, id: text }),
  myFiles: object({ data: record(list(text)) }),
  downloadFile: fileContent,
  downloadGroupFile: fileContent,

  addRealm: object({ ...done, realm: text, state: linkState }),
  removeRealm: object({ ...done, realm: text, refused: count, as: maybe(text) }),
  realms: object({ data: list(realm) }),

  linkHello: object({ realm: text, key: text, nonce: text, signature: text }),
  linkProve: object({ realm: maybe(text), received: count }),
  linkAnswer: object(done),
  linkCall: object({ data: maybe(anything) }),
  legacyRealm: object(done),
  legacyMessage: object(done),

  adminUsers: object({ data: list(object(accountFields)) }),
  adminPassword: object({ ...done, user: text, closed: count }),
  adminInvite: object({ data: object({ ...invitation, code: text }) }),
  adminInvitations: object({ data: list(object(invitation)) }),
  adminUninvite: object({ ...done, invitation: count }),
  adminBan: object({ ...done, target: text, until: maybe(time) }),
  adminUnban: object({ ...done, target: text }),
  adminBans: object({
    data: list(object({ target: text, reason: text, until: maybe(time), by: maybe(text), time })),
  }),

  adminReports: object({
    data: list(
      object({
        report: count,
        by: text,
        from: text,
        group: maybe(text),
        id: text,
        message: text,
        file: maybe(text),
        sent: time,
        why: maybe(text),
        time,
      }),
    ),
    more: maybe(flag),
  }),
  adminBackup: object({
    ...done,
    folder: text,
    files: count,
    size: count,
    last: count,
    time,
    wrong: list(text),
  }),
  adminReportDone: object({ ...done, report: count }),
  adminReload: object({ ...done, changed: list(text), restart: list(text) }),
  adminUser: object({
    data: object({
      ...accountFields,
      admin: flag,
      seen: maybe(time),
      ban: maybe(object({ reason: text, until: maybe(time) })),
      space: count,
      groups: count,
      owned: count,
      failures: count,
      logins: list(object({ id: count, created: time, used: time, address: text, client: text })),
      connections: list(object({ address: text, dialect: text })),
      nodes: maybe(list(count)),
    }),
  }),
  adminKick: object({ ...done, user: text, closed: count }),
  adminDelete: object({ ...done, user: text, deleted: count }),
  adminRename: object({ ...done, user: text, name: text }),
  adminGroups: object({
    data: list(object({ group: text, owner: text, members: count, access: text, created: time })),
  }),
  adminGroupDelete: object({ ...done, group: text }),
  adminMessageDelete: object({ ...done, id: text }),
  adminRealmPin: object({ ...done, realm: text, state: linkState }),
  adminAnnounce: object({ ...done, users: count }),
  adminStats: object({
    data: object({
      version: text,
      uptime: count,
      users: count,
      online: count,
      sessions: count,
      connections: count,
      groups: count,
      conversations: count,
      messages: count,
      files: count,
      fileBytes: count,
      databaseBytes: count,
      indexBytes: count,
      memoryBytes: count,
      realms: count,
      outboxItems: count,
      outboxSize: count,
      reports: count,
    }),
  }),
  adminAudit: object({
    data: list(object({ act: count, time, by: text, what: text, target: text })),
    more: maybe(flag),
    before: maybe(count),
  }),

  hello: object({
    data: object({
      server: text,
      version: text,
      realm: text,
      dialect: text,
      dialects: list(text),
      registration: maybe(text),
      limits: record(number),
    }),
  }),
  ping: object({ ...done, every: maybe(number) }),
  help: object({ data: list(object({ request: text, about: text })) }),
  dialect: object({ data: maybe(text), dialect: maybe(text) }),
  watch: object({ ...done, watching: maybe(flag) }),
} satisfies Partial<Readonly<Record<Operation, Form<unknown>>>>;

/** The operations that `native` has words for. */
export type Native = keyof typeof replies;

/** The reply to an operation that succeeded. */
export type ReplyTo<O extends Native> = Told<(typeof replies)[O]>;

/** The reply that is a text, with the output's own fields beside it. */
export type TextReply<O extends Operation> = { readonly message: string; readonly data: string } & {
  readonly [K in keyof Output<O>]: K extends "time" ? string : Output<O>[K];
};

/** A message, as it is told. */
export type ToldMessage = Told<typeof message>;
/** A message, or what is left of one that was deleted. */
export type ToldOrDeleted = Told<typeof messageOrNone>;
/** What became of a message, as it is told. */
export type ToldAltering = Told<typeof altering>;
/** A file in a list of them. */
export type ToldFile = Told<typeof sharedFile>;

/** `data` of each event; a message with a file is a `file`. */
export const events = {
  message,
  file: message,
  sent: message,
  read: object({ with: text, id: text }),
  muted: object({ with: text, muted }),
  fate: object({ id: text, state: text, detail: maybe(text) }),
  edited: altering,
  deleted: altering,
  reacted: altering,
  unreacted: altering,
  pinned: altering,
  unpinned: altering,
  join: membership,
  leave: membership,
  group: object({
    group: text,
    by: maybe(text),
    ...settings,
    topic: maybe(text),
    slow: maybe(count),
    name: maybe(text),
    gone: maybe(flag),
  }),
  role: object({ group: text, user: text, role: text, by: maybe(text) }),
  invite: object({ group: text, by: text }),
  ban: sanction,
  unban: sanction,
  silence: sanction,
  unsilence: sanction,
  unsend: object({ file: text, name: text, from: text, group: maybe(text) }),
  request: object({ user: text }),
  presence: object({ user: text, online: flag, away: maybe(text), status: maybe(text) }),
  typing: object({ with: text, user: text }),
  closing: object({}),
  call: object({ call: count, method: text, body: maybe(anything) }),
} satisfies Readonly<Record<Event["kind"] | "file", Form<unknown>>>;

export type EventName = keyof typeof events;
export type EventData<E extends EventName> = Told<(typeof events)[E]>;

/** An event, as it is told; `other` is one that is not known here, or has not the form of its name. */
export type ToldEvent =
  | { readonly [E in EventName]: { readonly event: E; readonly data: EventData<E> } }[EventName]
  | { readonly event: "other"; readonly name: string; readonly data: object };

/** @param data any JSON value; an event that has nothing to tell but its name has none */
export function readEvent(name: string, data: unknown): ToldEvent {
  const told = Object.hasOwn(events, name) ? events[name as EventName].read(data ?? {}) : undefined;
  if (told !== undefined) return { event: name, data: told } as ToldEvent;
  // What is no object is told of as one.
  return { event: "other", name, data: typeof data === "object" ? (data ?? {}) : { data } };
}
