/** One example of what each operation answers, for the tables of PROTOCOL.md. */
import type { Operation, Output } from "../../src/contract/operations.ts";
import type { Message, Page, Person, Sent } from "../../src/contract/shapes.ts";
import { contentOf } from "./content.ts";

const TOKEN = "9b2f8c1e-5f0d-4f6a-9c37-1d2e3f4a5b6c";
const KEY = "7uPnMb7rfgqT8-FkAbdzHAXBLBXwIIUGpzmAdoJv5lI";
const ID = "01a1fc92-5ef7-7000-8000-080000b221e3";
const LATER = "01a1fc92-6b10-7000-8000-080400b221e3";
const TIME = Date.UTC(2026, 10, 21, 5, 26, 53, 431);

const alice: Person = { name: "alice", fullName: "Alice Wati", realm: "kampus", local: true };
const bob: Person = { name: "bob", fullName: "Bob Budiman", realm: "kampus", local: true };
const info = { username: "bob", name: "Bob Budiman", country: "indonesia", online: true, realm: "kampus" };
const message: Message = {
  id: ID,
  from: bob,
  to: alice,
  group: undefined,
  text: "halo",
  time: TIME,
  file: undefined,
  origin: undefined,
  sent: undefined,
};
const page: Page = { reader: alice, messages: [message], more: false };
const sent: Sent = { id: ID, time: TIME };
const invitation = { id: 1, uses: 5, until: TIME + 7 * 24 * 3600_000, group: "kelas", created: TIME };
const file = { id: "e0a1…", name: "a.txt", size: 4, sha256: "a4e6…" };
const content = { file, content: contentOf("halo") };

export const samples: { readonly [O in Operation]: Output<O> } = {
  register: { user: alice, token: TOKEN },
  login: { user: "alice", token: TOKEN },
  logout: {},
  changePassword: { closed: 0 },
  sessions: { sessions: [{ id: 1, created: sent.time, used: sent.time, current: true }] },
  whoami: info,
  resume: info,
  info,
  users: { me: "alice", users: [info], elsewhere: ["carl@rumah"] },
  loggedIn: { names: ["alice", "bob"] },
  userNames: { names: ["bob", "carl@rumah"] },
  createGroup: { group: "kelas" },
  joinGroup: { group: "kelas" },
  leaveGroup: { group: "kelas" },
  groups: { all: ["kelas", "klub"], mine: ["kelas"] },
  members: {
    group: "kelas",
    members: [
      { ...alice, role: "owner" },
      { ...bob, role: "member" },
    ],
  },
  groupInfo: {
    group: "kelas",
    topic: "ujian hari Senin",
    owner: "alice",
    role: "member",
    members: 2,
    access: "open",
    history: "all",
    posting: "open",
    listed: true,
    keep: 0,
    slow: 0,
    created: TIME,
  },
  setGroup: { group: "kelas" },
  setTopic: { group: "kelas", topic: "ujian hari Senin" },
  setSlow: { group: "kelas", slow: 30 },
  renameGroup: { group: "kelas7" },
  deleteGroup: { group: "kelas" },
  setRole: { group: "kelas", user: "bob", role: "moderator" },
  inviteToGroup: { group: "kelas", user: "bob" },
  groupInvitations: { invitations: [{ group: "kelas", by: "alice", time: TIME }] },
  acceptGroup: { group: "kelas" },
  declineGroup: { group: "kelas" },
  kick: { group: "kelas", user: "bob" },
  ban: { group: "kelas", user: "bob", until: TIME + 24 * 3600_000 },
  unban: { group: "kelas", user: "bob" },
  silence: { group: "kelas", user: "bob", until: TIME + 600_000 },
  unsilence: { group: "kelas", user: "bob" },
  bans: { group: "kelas", bans: [{ user: "bob", by: "alice", time: TIME }], silences: [] },
  send: sent,
  sendGroup: sent,
  sendToRealm: sent,
  sendToRealmGroup: sent,
  post: sent,
  inbox: page,
  realmInbox: page,
  groupInbox: { ...page, messages: [{ ...message, to: undefined, group: "kelas" }] },
  history: page,
  sync: { events: [{ kind: "sent", message: { ...message, from: alice, to: bob } }], more: false },
  reply: sent,
  postReply: sent,
  forward: sent,
  editMessage: { id: ID, alteration: LATER },
  deleteMessage: { id: ID, alteration: LATER },
  react: { id: ID, alteration: LATER },
  unreact: { id: ID, alteration: LATER },
  pin: { id: ID, alteration: LATER },
  unpin: { id: ID, alteration: LATER },
  versions: { versions: [{ text: "halo", time: TIME }] },
  pins: { reader: alice, messages: [{ ...message, to: undefined, group: "kelas" }] },
  chats: { chats: [{ with: "bob", last: message, unread: 1 }], more: false },
  markRead: { id: ID },
  search: { found: [{ message, snippet: "halo", found: ["halo"] }], more: false, behind: false },
  sendFile: { ...sent, file },
  sendFileGroup: { ...sent, file },
  sendFileToRealm: { ...sent, file },
  sendFileToRealmGroup: { ...sent, file },
  upload: { ...sent, file },
  uploadStatus: { state: "partial", received: 1_048_576 },
  download: { file, offset: 0, content: contentOf() },
  files: { files: [{ ...file, time: TIME, from: "bob", to: ["alice"], got: ["alice"] }], more: false },
  unsend: { id: "e0a1…" },
  myFiles: { files: new Map([["bob", ["a.txt"]]]) },
  downloadFile: content,
  downloadGroupFile: content,
  adminUsers: {
    users: [{ username: "alice", name: "alice wati", country: "indonesia", online: true, created: TIME, sessions: 2 }],
  },
  adminInvite: { invitation, code: "inv-jqzkwmxbtrplhavd" },
  adminInvitations: { invitations: [{ ...invitation, by: "alice" }] },
  adminUninvite: { invitation: 1 },
  adminPassword: { user: "alice", closed: 2 },
  adminBan: { target: "192.0.2.0/24", until: TIME + 3600_000 },
  adminUnban: { target: "192.0.2.0/24" },
  adminBans: {
    bans: [{ target: "bob", reason: "spam", until: TIME + 3600_000, by: "alice", time: TIME }],
  },
  addRealm: { realm: "rumah", state: "linked" },
  removeRealm: { realm: "rumah", refused: 2, as: "rumah.1" },
  realms: {
    realms: [
      { realm: "kampus", own: true, key: KEY },
      {
        realm: "rumah",
        own: false,
        host: "192.0.2.7",
        port: 8889,
        key: KEY,
        state: "linked",
        contact: sent.time,
        queued: 0,
      },
    ],
  },
  linkHello: { realm: "rumah", key: KEY, nonce: "q2Xy…", signature: "Jd8s…" },
  linkProve: { realm: "rumah", received: 0 },
  linkAnswer: {},
  linkCall: { data: [{}, { code: "user-not-found", detail: "bobb" }] },
  legacyRealm: {},
  legacyMessage: {},
  hello: {
    server: "obrol",
    version: "0.2.0",
    realm: "kampus",
    dialect: "auto",
    dialects: ["auto", "native"],
    registration: "open",
    limits: { "max-request": 65_536 },
  },
  ping: { seconds: 60 },
  help: { requests: [{ request: "ping", about: "answer at once" }] },
  dialect: { dialect: "unix" },
  watch: { watching: true },
};
