/** What operations may give, made up by fast-check. */
import fc from "fast-check";
import type { Output } from "../../src/contract/operations.ts";
import type { Invitation, ReportInfo } from "../../src/contract/operator-shapes.ts";
import type {
  Chat,
  FileInfo,
  LinkState,
  Member,
  Message,
  Person,
  Restrained,
  SessionInfo,
  UserInfo,
  WaitingRequest,
} from "../../src/contract/shapes.ts";
import { accesses, postings, reaches, registrations, roles } from "../../src/contract/shapes.ts";
import { dialectNames } from "../../src/protocol/dialects/index.ts";
import type { Native } from "../../src/protocol/replies.ts";
import { anyCharacter } from "../support/any-character.ts";
import { contentOf } from "../support/content.ts";
import { name } from "./inputs.ts";

/** Any text, halves of surrogate pairs among it. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: anyCharacter }),
  fc.constantFrom('\r\n\r\n"\\', "\ud800", "__proto__"),
);

const id = fc.uuid({ version: 7 });
const time = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const count = fc.nat();
const place = fc.oneof(
  name,
  fc.tuple(name, name).map((parts) => parts.join("@")),
);
const places = fc.array(place, { maxLength: 3 });
const group = name;

/** All of the needed fields, and any of the others. */
function some<T extends object>(
  needed: { [K in keyof T]: fc.Arbitrary<T[K]> },
  others: object,
): fc.Arbitrary<Required<T>> {
  return fc.record({ ...needed, ...others }, { requiredKeys: Object.keys(needed) as never }) as never;
}

const person: fc.Arbitrary<Person> = fc.record({ name, fullName: anyText, realm: name, local: fc.boolean() });
const member: fc.Arbitrary<Member> = person.chain((one) =>
  some<Member>({ ...asArbitraries(one), role: fc.constantFrom(...roles) }, { online: fc.boolean() }),
);
const file: fc.Arbitrary<FileInfo> = some({ id, name: anyText, size: count, sha256: hex }, { gone: fc.boolean() });
const user: fc.Arbitrary<UserInfo> = some(
  { username: place, name: anyText, realm: name },
  { country: anyText, online: fc.boolean() },
);

const words = {
  id,
  from: person,
  text: anyText,
  time,
  file: fc.option(file, { nil: undefined }),
  origin: fc.option(fc.uuid(), { nil: undefined }),
  sent: fc.option(time, { nil: undefined }),
};

export const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ ...words, to: person, group: fc.constant(undefined) }),
  fc.record({ ...words, to: fc.constant(undefined), group }),
);

const become = { edited: time, reply: fc.record({ id, from: person, text: anyText }) };
const reactions = fc.uniqueArray(
  fc.tuple(fc.constantFrom("👍", "é", "__proto__"), fc.array(person, { maxLength: 2 })),
  {
    selector: ([emoji]) => emoji,
  },
);
/** What became of it as well. */
const altered: fc.Arbitrary<Message> = fc
  .tuple(message, fc.record(become, { requiredKeys: [] }), fc.option(reactions, { nil: undefined }))
  .map(([one, more, some]) => ({ ...one, ...more, ...(some && { reactions: new Map(some) }) }));
/** Of which nothing may be left, too. */
const leftOver: fc.Arbitrary<Message> = fc.oneof(
  altered,
  message.map((one) => ({ ...one, deleted: true as const })),
);

const pages = { before: fc.uuid() };
const page = some<Output<"inbox">>(
  { reader: person, messages: fc.array(message, { maxLength: 3 }), more: fc.boolean() },
  pages,
);
const alteration = some<Output<"editMessage">>({ id }, { alteration: id });
const queued = { state: fc.constant("queued") };
const sent = some<Output<"send">>({ id, time }, queued);
const fileSent = some<Output<"sendFile">>({ id, time, file }, queued);
const content = contentOf();
const fetched = fc.record({ file, content: fc.constant(content) });
const linkState = fc.constantFrom<LinkState>("linked", "connecting", "waiting", "refused", "unknown", "legacy");
const nothing = fc.constant({});
/** As it is once it has been sent: JSON knows no -0. */
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);

const muteMode = fc.constantFrom("all", "mentions");
const muted = fc.constantFrom(false as const, "all" as const, "mentions" as const);

const settings = {
  access: fc.constantFrom(...accesses),
  history: fc.constantFrom(...reaches),
  posting: fc.constantFrom(...postings),
  listed: fc.boolean(),
  keep: count,
};
const restrained = some<Output<"kick">>({ group: place, user: place }, queued);
const sanctioned = some<Output<"ban">>({ group: place, user: place }, { ...queued, until: time });
const sanctions = fc.array(some<Restrained>({ user: place, by: place, time }, { until: time }), { maxLength: 3 });

const invitation = some<Invitation>({ id: count, uses: count, until: time, created: time }, { group: name, by: name });

export const outputs: { readonly [O in Native]: fc.Arbitrary<Output<O>> } = {
  register: fc.record({ user: person, token: fc.uuid() }),
  login: fc.record({ user: name, token: fc.uuid() }),
  logout: nothing,
  endSession: nothing,
  client: nothing,
  exportAll: fc.record({ size: count, content: fc.constant(contentOf("{}")) }),
  changePassword: fc.record({ closed: count }),
  erase: fc.record({
    until: time,
    realms: fc.array(fc.record({ realm: name, deletes: fc.boolean() }), { maxLength: 3 }),
  }),
  cancelErase: nothing,
  sessions: fc.record({
    sessions: fc.array(
      some<SessionInfo>(
        { id: count, created: time, used: time, current: fc.boolean() },
        { address: name, client: name },
      ),
    ),
  }),
  resume: user,
  whoami: user,
  info: user,
  users: fc.record({ me: name, users: fc.array(user, { maxLength: 3 }), elsewhere: places, more: fc.boolean() }),
  loggedIn: fc.record({ names: places }),
  block: fc.record({ user: place }),
  unblock: fc.record({ user: place }),
  report: fc.record({ report: count }),
  settings: fc.record({
    allow: fc.constantFrom("everyone", "known"),
    refuseGroups: fc.boolean(),
    presence: fc.boolean(),
    away: fc.option(anyText, { nil: undefined }),
    status: fc.option(anyText, { nil: undefined }),
  }),
  allow: fc.record({ allow: fc.constantFrom("everyone", "known") }),
  refuseGroups: fc.record({ on: fc.boolean() }),
  presence: fc.record({ on: fc.boolean() }),
  away: nothing,
  back: nothing,
  setStatus: nothing,
  typing: nothing,
  requests: fc.record({
    requests: fc.array(some<WaitingRequest>({ user: place, time }, { first: message }), { maxLength: 3 }),
  }),
  acceptUser: fc.record({ user: place }),
  declineUser: fc.record({ user: place }),
  blocks: fc.record({ blocked: fc.array(fc.record({ user: place, time }), { maxLength: 3 }) }),
  createGroup: fc.record({ group }),
  joinGroup: some<Output<"joinGroup">>({ group }, queued),
  leaveGroup: fc.record({ group }),
  groups: fc.record({ all: places, mine: places }),
  members: fc.record({ group, members: fc.array(member, { maxLength: 3 }) }),
  groupInfo: fc.record({
    group: place,
    topic: anyText,
    owner: place,
    role: fc.constantFrom(...roles),
    members: count,
    ...settings,
    slow: count,
    created: time,
  }),
  setGroup: some<Output<"setGroup">>({ group: place }, { ...queued, ...settings }),
  setTopic: some<Output<"setTopic">>({ group: place, topic: anyText }, queued),
  setSlow: some<Output<"setSlow">>({ group: place, slow: count }, queued),
  renameGroup: some<Output<"renameGroup">>({ group: place }, queued),
  deleteGroup: some<Output<"deleteGroup">>({ group: place }, queued),
  setRole: some<Output<"setRole">>({ group: place, user: place, role: fc.constantFrom(...roles) }, queued),
  inviteToGroup: restrained,
  groupInvitations: fc.record({ invitations: fc.array(fc.record({ group: place, by: place, time })) }),
  acceptGroup: some<Output<"acceptGroup">>({ group: place }, queued),
  declineGroup: some<Output<"declineGroup">>({ group: place }, queued),
  kick: restrained,
  ban: sanctioned,
  unban: restrained,
  silence: sanctioned,
  unsilence: restrained,
  bans: fc.record({ group: place, bans: sanctions, silences: sanctions }),
  send: sent,
  sendGroup: sent,
  sendToRealm: sent,
  sendToRealmGroup: sent,
  post: sent,
  inbox: page,
  realmInbox: page,
  history: some<Output<"history">>(
    { reader: person, messages: fc.array(leftOver, { maxLength: 3 }), more: fc.boolean() },
    pages,
  ),
  sync: some<Output<"sync">>(
    {
      events: fc.array(
        altered.map((one) => ({ kind: "sent", message: one })),
        { maxLength: 3 },
      ),
      more: fc.boolean(),
    },
    pages,
  ),
  reply: sent,
  postReply: sent,
  forward: sent,
  editMessage: alteration,
  deleteMessage: alteration,
  react: alteration,
  unreact: alteration,
  pin: alteration,
  unpin: alteration,
  versions: fc.record({ versions: fc.array(fc.record({ text: anyText, time }), { maxLength: 3 }) }),
  pins: fc.record({ reader: person, messages: fc.array(altered, { maxLength: 3 }) }),
  chats: some<Output<"chats">>(
    {
      chats: fc.array(some<Chat>({ with: place, unread: count, mentions: count, muted }, { last: leftOver }), {
        maxLength: 3,
      }),
      more: fc.boolean(),
    },
    pages,
  ),
  mute: fc.record({ with: place, muted: muteMode }),
  unmute: fc.record({ with: place }),
  mutes: fc.record({ muted: fc.array(fc.record({ with: place, muted: muteMode, time }), { maxLength: 3 }) }),
  markRead: fc.record({ id }),
  search: some<Output<"search">>(
    {
      found: fc.array(fc.record({ message, snippet: fc.string(), found: fc.array(fc.string()) }), { maxLength: 3 }),
      more: fc.boolean(),
      behind: fc.boolean(),
    },
    pages,
  ),
  sendFile: fileSent,
  sendFileGroup: fileSent,
  sendFileToRealm: fileSent,
  sendFileToRealmGroup: fileSent,
  upload: fileSent,
  uploadStatus: some<Output<"uploadStatus">>(
    { state: fc.constantFrom("none", "partial", "receiving", "done"), received: count },
    { id, time, file },
  ),
  download: fc.record({ file, offset: fc.constant(0), content: fc.constant(content) }),
  files: some<Output<"files">>(
    {
      files: fc.array(
        file.chain((one) =>
          fc.record({
            ...asArbitraries(one),
            time,
            from: place,
            to: fc.array(
              fc.oneof(
                place,
                group.map((to) => `#${to}`),
              ),
              { minLength: 1, maxLength: 3 },
            ),
            got: places,
          }),
        ),
        { maxLength: 3 },
      ),
      more: fc.boolean(),
    },
    pages,
  ),
  unsend: fc.record({ id }),
  myFiles: fc.record({
    files: fc.array(fc.tuple(fc.oneof(name, anyText), fc.array(anyText))).map((all) => new Map(all)),
  }),
  downloadFile: fetched,
  downloadGroupFile: fetched,
  adminUsers: fc.record({
    users: fc.array(
      fc.record({
        username: name,
        name: anyText,
        country: anyText,
        online: fc.boolean(),
        created: time,
        sessions: count,
      }),
    ),
  }),
  adminReports: fc.record({
    reports: fc.array(
      some<ReportInfo>(
        { report: count, by: name, from: place, id, message: anyText, sent: time, time },
        { group: place, file: anyText, why: anyText },
      ),
      { maxLength: 3 },
    ),
    more: fc.boolean(),
  }),
  adminReload: fc.record({ changed: fc.array(anyText), restart: fc.array(anyText) }),
  adminBackup: fc.record({ folder: anyText, files: count, size: count, last: count, time, wrong: fc.array(anyText) }),
  adminReportDone: fc.record({ report: count }),
  adminUser: some<Output<"adminUser">>(
    {
      username: name,
      name: anyText,
      country: anyText,
      online: fc.boolean(),
      created: time,
      sessions: count,
      admin: fc.boolean(),
      space: count,
      groups: count,
      owned: count,
      failures: count,
      logins: fc.array(fc.record({ id: count, created: time, used: time, address: anyText, client: anyText })),
      connections: fc.array(fc.record({ address: anyText, dialect: name })),
    },
    {
      seen: time,
      nodes: fc.array(count),
      ban: some<{ reason: string; until?: number }>({ reason: anyText }, { until: time }),
    },
  ),
  adminKick: fc.record({ user: name, closed: count }),
  adminDelete: fc.record({ user: name, deleted: count }),
  adminRename: fc.record({ user: name, name }),
  adminGroups: fc.record({
    groups: fc.array(
      fc.record({ group: name, owner: place, members: count, access: fc.constantFrom(...accesses), created: time }),
    ),
  }),
  adminGroupDelete: fc.record({ group: name }),
  adminMessageDelete: fc.record({ id }),
  adminRealmPin: fc.record({ realm: name, state: linkState }),
  adminAnnounce: fc.record({ users: count }),
  adminStats: fc.record({
    version: name,
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
  adminAudit: some<Output<"adminAudit">>(
    {
      acts: fc.array(fc.record({ act: count, time, by: name, what: anyText, target: anyText })),
      more: fc.boolean(),
    },
    { before: count },
  ),
  adminInvite: fc.record({ invitation, code: fc.stringMatching(/^inv-[a-z]{16}$/) }),
  adminInvitations: fc.record({ invitations: fc.array(invitation) }),
  adminUninvite: fc.record({ invitation: count }),
  adminPassword: fc.record({ user: name, closed: count }),
  adminBan: some<Output<"adminBan">>({ target: anyText }, { until: time }),
  adminUnban: fc.record({ target: anyText }),
  adminBans: fc.record({
    bans: fc.array(
      some<Output<"adminBans">["bans"][number]>({ target: anyText, reason: anyText, time }, { until: time, by: name }),
    ),
  }),
  addRealm: fc.record({ realm: name, state: linkState }),
  removeRealm: some({ realm: name, refused: count }, { as: name }),
  realms: fc.record({
    realms: fc.array(
      some<Output<"realms">["realms"][number]>(
        { realm: name, own: fc.boolean() },
        {
          host: anyText,
          port: fc.nat(65_535),
          key: anyText,
          state: linkState,
          contact: time,
          error: anyText,
          queued: count,
          oldest: time,
        },
      ),
    ),
  }),
  linkHello: fc.record({ realm: name, key: anyText, nonce: anyText, signature: anyText }),
  linkProve: fc.record({ realm: name, received: count }),
  linkAnswer: nothing,
  linkCall: fc.record({ data: json }),
  legacyRealm: nothing,
  legacyMessage: nothing,
  hello: fc.record({
    server: anyText,
    version: anyText,
    realm: name,
    dialect: fc.constantFrom(...dialectNames),
    dialects: fc.constant(dialectNames),
    registration: fc.constantFrom(...registrations),
    limits: fc.array(fc.tuple(anyText, count)).map((all) => Object.fromEntries(all)),
  }),
  ping: some<Output<"ping">>({}, { seconds: count }),
  help: fc.record({ requests: fc.array(fc.record({ request: anyText, about: anyText })) }),
  dialect: fc.record({ dialect: fc.constantFrom(...dialectNames) }),
  watch: fc.record({ watching: fc.boolean() }),
};

function asArbitraries<T extends object>(value: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fc.constant(one)])) as never;
}
