import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Code, codes } from "../../src/contract/codes.ts";
import type { Input, Operation, Output } from "../../src/contract/operations.ts";
import { Failure } from "../../src/contract/result.ts";
import type { Dialect } from "../../src/protocol/dialect.ts";
import { dialectNamed, dialectNames } from "../../src/protocol/dialects/index.ts";
import { FRAME_END, Frames } from "../../src/protocol/frames.ts";
import type { Knowledge, Misread, Request } from "../../src/protocol/reader.ts";
import type { Row } from "../../src/protocol/row.ts";
import { contentOf } from "../support/content.ts";
import { EACH_ROW, inputOf, word } from "./inputs.ts";

const TOKEN = "0f8fad5b-d9cb-469f-a165-70867728950e";
const OTHER = "7d444840-9dc0-41d1-b245-5ffdce74fad2";
const knows: Knowledge = { isToken: (word) => word.toLowerCase() === TOKEN, isRealm: () => true };

const named = dialectNames.map((name) => [name, dialectNamed(name)] as const);
const specs = ["basic", "multirealm", "application", "unix", "token"];
const failures = Object.keys(codes) as Code[];

const heard = (dialect: Dialect, text: string, of = knows): Request | Misread => dialect.decode(text, of);

/** What a server that knows just this realm, if any, understands. */
function meant(dialect: Dialect, text: string, realm?: unknown): unknown {
  const request = heard(dialect, text, { ...knows, isRealm: (one) => one === realm });
  if (!("input" in request)) return { misread: request.failure, text };
  return { operation: request.row.operation, input: request.input, token: request.token };
}

const mayCarryToken = ({ operation }: Row): boolean => operation !== "login" && operation !== "register";

describe.each(named.filter(([dialect]) => dialect !== "auto"))("%s: every row says what it means", (_, dialect) => {
  test.each(dialect.rows.map((row) => [row.pattern.source, row] as const))("%s", (_source, row) => {
    const { operation, pattern } = row;
    const tokens = fc.constantFrom(...(pattern.wantsToken ? [] : [undefined]), ...(mayCarryToken(row) ? [TOKEN] : []));
    fc.assert(
      fc.property(inputOf(row), tokens, (input, token) => {
        const realm = input[row.onlyKnownRealm ?? ""];
        expect(meant(dialect, pattern.encode(input, token), realm)).toEqual({ operation, input, token });
        const { own, ...plain } = input;
        const said = meant(dialect, dialect.encode(operation, plain as Input<Operation>, token), realm);
        if (own === undefined) expect(said).toEqual({ operation, input, token });
      }),
      EACH_ROW,
    );
  });
});

test("a dialect that has no words for an operation says so instead of guessing", () => {
  expect(() => dialectNamed("token").encode("createGroup", { group: "kelas" })).toThrow("createGroup");
});

test("a text keeps every line end but one at the end of the request, through framing and dialect", () => {
  const said = (text: string): unknown => {
    const frames = new Frames("blank-line", { least: 100, of: () => 100 });
    frames.push(Buffer.from(`send bob ${text}${FRAME_END}`));
    const frame = frames.next();
    const request = heard(dialectNamed("native"), frame?.is === "request" ? frame.text : "");
    return "input" in request ? request.input["text"] : request.failure;
  };
  expect(["a", "a\n", "a\r", "a\n\n", "a\r\nb", "a\rb\n\n\n"].map(said)).toEqual([
    "a",
    "a",
    "a",
    "a\n",
    "a\nb",
    "a\nb\n\n",
  ]);
});

describe.each(named)("%s: whatever is said is understood or refused", (_, dialect) => {
  test("with a code that is known, and never with an exception", () => {
    const said = fc.constantFrom(...dialect.rows.flatMap((row) => row.pattern.source.split(" ")));
    const piece = fc.oneof(said, word, fc.constantFrom(TOKEN, OTHER, "", "\t", "\n", "b@r", "__proto__"), fc.string());
    const request = fc.oneof(
      fc.string(),
      fc.tuple(said, fc.array(piece, { maxLength: 6 })).map((all) => all.flat().join(" ")),
    );
    fc.assert(
      fc.property(request, fc.boolean(), (text, known) => {
        const read = heard(dialect, text, { isToken: () => known, isRealm: () => known });
        if ("input" in read) expect(dialect.rows).toContain(read.row);
        else expect(failures).toContain(read.failure.code);
      }),
      { numRuns: 1000 },
    );
  });

  test("nothing, and an unheard-of word, are unknown requests", () => {
    for (const text of ["", " ", "fly", "constructor", "__proto__"]) {
      expect(heard(dialect, text)).toMatchObject({ failure: { code: "unknown-request" } });
    }
  });
});

/** Everything at once that could break an answer: frame ends, quotes, scripts, half of a surrogate pair. */
const nasty = '\r\n\r\n"\\ é €😀 \u2028\u007f\u009f </script> \ud800';
const person = { name: "messi", fullName: nasty, realm: "barca", local: false };
const file = { id: OTHER, name: nasty, size: 3, sha256: "00" };
const info = { username: "messi", name: nasty, country: nasty, online: true, realm: "barca" };
const letterTo = {
  id: OTHER,
  from: person,
  to: person,
  group: undefined,
  text: nasty,
  time: 0,
  file,
  origin: TOKEN,
  sent: 0,
  content: Buffer.from("hi"),
};
const page = {
  reader: person,
  messages: [letterTo, { ...letterTo, to: undefined, group: "kelas" }],
  more: true,
  before: OTHER,
};
const sent = { id: OTHER, time: 0 };
const sentFile = { ...sent, file };
const fetched = { file, content: contentOf("hi") };
const time = 0;

const outputs: { readonly [O in Operation]: Output<O> } = {
  register: { user: person, token: TOKEN },
  login: { user: "messi", token: TOKEN },
  logout: {},
  endSession: {},
  client: {},
  exportAll: { size: 2, content: contentOf("hi") },
  changePassword: { closed: 1 },
  erase: { until: time, realms: [{ realm: "barca", deletes: false }] },
  cancelErase: {},
  resume: { username: "alice", name: "Alice Wati", country: "indonesia", online: true, realm: "kampus" },
  sessions: { sessions: [{ id: 1, created: time, used: time, address: "192.0.2.1", client: nasty, current: true }] },
  whoami: info,
  info,
  users: { me: "messi", users: [info], elsewhere: ["xavi@barca"], more: true, after: "xavi@barca" },
  loggedIn: { names: ["messi"] },
  userNames: { names: ["messi", "xavi@barca"] },
  block: { user: "messi" },
  unblock: { user: "xavi@barca" },
  report: { report: 1 },
  settings: { allow: "everyone", refuseGroups: true, presence: true },
  allow: { allow: "everyone" },
  refuseGroups: { on: false },
  presence: { on: true },
  away: {},
  back: {},
  setStatus: {},
  typing: {},
  requests: { requests: [{ user: "messi", time }] },
  acceptUser: { user: "messi" },
  declineUser: { user: "xavi@barca" },
  blocks: { blocked: [{ user: "messi", time }] },
  createGroup: { group: "kelas" },
  joinGroup: { group: "kelas" },
  leaveGroup: { group: "kelas" },
  groups: { all: ["kelas"], mine: ["kelas"] },
  members: { group: "__proto__", members: [{ ...person, role: "owner" }] },
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
    created: time,
  },
  setGroup: { group: "kelas" },
  setTopic: { group: "kelas", topic: "ujian hari Senin" },
  setSlow: { group: "kelas", slow: 30 },
  renameGroup: { group: "kelas7" },
  deleteGroup: { group: "kelas" },
  setRole: { group: "kelas", user: "bob", role: "moderator" },
  inviteToGroup: { group: "kelas", user: "bob" },
  groupInvitations: { invitations: [{ group: "kelas", by: "alice", time: time }] },
  acceptGroup: { group: "kelas" },
  declineGroup: { group: "kelas" },
  kick: { group: "kelas", user: "bob" },
  ban: { group: "kelas", user: "bob", until: time + 24 * 3600_000 },
  unban: { group: "kelas", user: "bob" },
  silence: { group: "kelas", user: "bob", until: time + 600_000 },
  unsilence: { group: "kelas", user: "bob" },
  bans: { group: "kelas", bans: [{ user: "bob", by: "alice", time: time }], silences: [] },
  send: sent,
  sendGroup: sent,
  sendToRealm: sent,
  sendToRealmGroup: sent,
  post: sent,
  inbox: page,
  realmInbox: page,
  groupInbox: page,
  history: page,
  sync: { events: [{ kind: "message", message: letterTo }], more: true, before: OTHER },
  reply: sent,
  postReply: sent,
  forward: sent,
  editMessage: { id: OTHER, alteration: OTHER },
  deleteMessage: { id: OTHER, alteration: OTHER },
  react: { id: OTHER, alteration: OTHER },
  unreact: { id: OTHER },
  pin: { id: OTHER, alteration: OTHER },
  unpin: { id: OTHER },
  versions: { versions: [{ text: nasty, time }] },
  pins: page,
  chats: {
    chats: [{ with: "messi@barca", last: letterTo, unread: 1, mentions: 0, muted: "all" }],
    more: true,
    before: OTHER,
  },
  mute: { with: "#kelas@barca", muted: "mentions" },
  unmute: { with: "messi" },
  mutes: { muted: [{ with: "messi", muted: "all", time }] },
  markRead: { id: OTHER },
  search: { found: [{ message: letterTo, snippet: "halo", found: ["halo"] }], more: true, before: OTHER, behind: true },
  sendFile: sentFile,
  sendFileGroup: sentFile,
  sendFileToRealm: sentFile,
  sendFileToRealmGroup: sentFile,
  upload: sentFile,
  uploadStatus: { state: "partial", received: 3 },
  download: { file, offset: 1, content: contentOf() },
  files: {
    files: [{ ...file, time: 0, from: "xavi@barca", to: ["messi", "#kelas"], got: ["messi"] }],
    more: true,
    before: OTHER,
  },
  unsend: { id: OTHER },
  myFiles: { files: new Map([["__proto__", [nasty]]]) },
  downloadFile: fetched,
  downloadGroupFile: fetched,
  adminUsers: { users: [{ username: "messi", name: nasty, country: nasty, online: true, created: time, sessions: 2 }] },
  adminInvite: {
    invitation: { id: 1, uses: 1, until: time, group: "kelas", created: time },
    code: "inv-abcdefghijklmnop",
  },
  adminInvitations: { invitations: [{ id: 1, uses: 1, until: time, by: "messi", created: time }] },
  adminUninvite: { invitation: 1 },
  adminPassword: { user: "messi", closed: 1 },
  adminBan: { target: "messi", until: time },
  adminUnban: { target: "messi" },
  adminReports: {
    reports: [{ report: 1, by: "kaka", from: "messi", id: "id", message: nasty, sent: time, time }],
    more: false,
  },
  adminBackup: { folder: nasty, files: 3, size: 9, last: 4, time, wrong: [nasty] },
  adminReportDone: { report: 1 },
  adminReload: { changed: ["quota"], restart: ["port"] },
  adminUser: {
    ...{ username: "messi", name: nasty, country: nasty, online: true, created: time, sessions: 1, admin: false },
    ...{ seen: time, ban: { reason: nasty, until: time }, space: 1, groups: 1, owned: 1, failures: 1 },
    logins: [{ id: 1, created: time, used: time, address: nasty, client: nasty }],
    connections: [{ address: nasty, dialect: "native" }],
    nodes: [1, 2],
  },
  adminKick: { user: "messi", closed: 1 },
  adminDelete: { user: "messi", deleted: 1 },
  adminRename: { user: "messi", name: "leo" },
  adminGroups: { groups: [{ group: "kelas", owner: "messi", members: 1, access: "open", created: time }] },
  adminGroupDelete: { group: "kelas" },
  adminMessageDelete: { id: OTHER },
  adminRealmPin: { realm: "barca", state: "linked" },
  adminAnnounce: { users: 1 },
  adminStats: {
    ...{ version: "0.2.0", uptime: 3_600_000, users: 12, online: 3, sessions: 15, connections: 4, groups: 2 },
    ...{ conversations: 20, messages: 4000, files: 7, fileBytes: 1_048_576, databaseBytes: 2_097_152 },
    ...{ indexBytes: 524_288, memoryBytes: 90_000_000, realms: 1, outboxItems: 0, outboxSize: 0, reports: 1 },
  },
  adminAudit: { acts: [{ act: 1, time, by: "control", what: "ban", target: nasty }], more: true, before: 1 },
  adminBans: { bans: [{ target: "messi", reason: nasty, time, by: "kaka" }] },
  addRealm: { realm: "barca", state: "linked" },
  removeRealm: { realm: "barca", refused: 1, as: "barca.1" },
  realms: { realms: [{ realm: "barca", host: nasty, port: 1, own: false }] },
  linkHello: { realm: "barca", key: nasty, nonce: nasty, signature: nasty },
  linkProve: { realm: "barca", received: 1 },
  linkAnswer: {},
  linkCall: { data: [{}, { code: nasty, detail: nasty }] },
  legacyRealm: {},
  legacyMessage: {},
  hello: {
    ...{ server: nasty, version: "1", realm: "barca", dialect: "native", dialects: dialectNames },
    ...{ registration: "open", limits: {} },
  },
  ping: {},
  help: { requests: [{ request: nasty, about: nasty }] },
  dialect: { dialect: nasty },
  watch: { watching: true },
};

/** The object in a frame, which must be one, whole and alone. */
function opened(frame: string): Record<string, unknown> {
  expect(frame.indexOf(FRAME_END)).toBe(frame.length - FRAME_END.length);
  const reply = JSON.parse(frame) as Record<string, unknown>;
  expect(Object.prototype.toString.call(reply)).toBe("[object Object]");
  return reply;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what it is for
const isAscii = (text: string): boolean => /^[\u0000-\u007f]*$/.test(text);

/** Said with a letter and a token that JSON must not lose. */
const input = { group: "kelas", posting: "open", on: true };

describe.each(named)("%s: every answer is one JSON object and the frame's end", (dialectName, dialect) => {
  const [ok, error] = dialectName === "multirealm" ? ["ok", "error"] : ["OK", "ERROR"];
  const ascii = (token: string | undefined): boolean =>
    specs.includes(dialectName) || (dialectName === "auto" && token !== undefined);
  // Some clients of the documents read a text in `messages` only; our own do not.
  const repeats = dialectName !== "native";

  test.each(dialect.rows.map((row) => [row.pattern.source, row] as const))("%s", (_source, row) => {
    for (const token of [undefined, TOKEN]) {
      const frame = dialect.reply({ row, input, token }, outputs[row.operation]);
      const reply = opened(frame);
      expect(reply["status"]).toBe(ok);
      expect(Object.keys(reply).length).toBeGreaterThan(1);
      const tokens = ["tokenid", "token_id", "token"].filter((name) => name in reply);
      if (tokens.length > 0) expect(tokens.map((name) => reply[name])).toEqual([TOKEN, TOKEN, TOKEN]);
      if (typeof reply["message"] === "string") {
        expect(reply).toHaveProperty("data");
        expect("messages" in reply).toBe(repeats);
      }
      if (ascii(token)) expect(isAscii(frame)).toBe(true);
      for (const code of failures) {
        const refusal = dialect.refuse(new Failure(code, nasty), row, { input, token });
        const { message, data, detail, messages, ...rest } = opened(refusal);
        expect(rest).toEqual({ status: error, code });
        expect(messages).toBe(repeats ? message : undefined);
        expect([typeof message, message === "", data, detail]).toEqual(["string", false, message, nasty]);
        expect(String(message)).not.toMatch(/[{}]|undefined/);
        if (ascii(token)) expect(isAscii(refusal)).toBe(true);
      }
    }
  });

  test("a request that was not understood is refused in the same form", () => {
    for (const code of failures) {
      const { message, data, messages, ...rest } = opened(dialect.refuse(new Failure(code)));
      expect(rest).toEqual({ status: error, code });
      expect(messages).toBe(repeats ? message : undefined);
      expect([message, message === code]).toEqual([data, false]);
    }
  });

  test("help tells of every row", () => {
    const told = dialect.help();
    for (const { pattern } of dialect.rows) expect(told.map(({ request }) => request)).toContain(pattern.source);
    expect(told.filter(({ about }) => about === "")).toEqual([]);
    for (const { pattern } of dialect.rows) {
      const one = dialect.help(pattern.words.join(" ").toUpperCase()).map(({ request }) => request);
      expect(one).toContain(pattern.source);
    }
    expect(dialect.help("fly")).toEqual([]);
  });
});

describe("auto: the row that fits best answers", () => {
  const auto = dialectNamed("auto");
  function answer(request: string, realms = ["here", "barca"]): unknown[] {
    const read = heard(auto, request, { isToken: knows.isToken, isRealm: (realm) => realms.includes(realm) });
    const said = (frame: string): unknown => opened(frame)["message"];
    if (!("input" in read)) return [read.failure.code, said(auto.refuse(read.failure, read.row))];
    return [read.row.operation, said(auto.reply(read, outputs[read.row.operation])), read.input, read.token];
  }
  const bob = { name: "bob" };
  const kelas = { name: "kelas" };

  test.each<[string, string, ...unknown[]]>([
    // More literal words before fewer.
    [`send message ${TOKEN} bob hi`, "send", "Message sent", { user: bob, text: "hi" }, TOKEN],
    [`SEND GROUP MESSAGE ${TOKEN} kelas hi`, "sendGroup", "Message sent to group", { group: kelas, text: "hi" }, TOKEN],
    ["send message hi", "send", "Message sent", { user: { name: "message" }, text: "hi" }, undefined],
    ["inbox all", "inbox", undefined, { scope: "all" }, undefined],
    // Where a token stands, a row that wants one there, known or not.
    [
      `download_file ${TOKEN} bob f.txt`,
      "downloadFile",
      undefined,
      { from: { name: "bob" }, filename: "f.txt" },
      TOKEN,
    ],
    [
      `download_file ${OTHER} bob f.txt`,
      "downloadFile",
      undefined,
      { from: { name: "bob" }, filename: "f.txt" },
      OTHER,
    ],
    ["download_file f.txt", "downloadFile", undefined, { filename: "f.txt" }, undefined],
    [`mkgr kelas ${TOKEN}`, "createGroup", "Grup berhasil dibuat", { group: "kelas" }, TOKEN],
    [`leave kelas ${TOKEN}`, "leaveGroup", "Berhasil keluar dari grup", { group: { name: "kelas" } }, TOKEN],
    [`sendgroup kelas ${TOKEN} hi`, "sendGroup", "Pesan terkirim", { group: kelas, text: "hi" }, TOKEN],
    // A known realm's name is text like any other: only multirealm by name takes it for an address.
    [
      `sendgroup ${TOKEN} kelas barca hi`,
      "sendGroup",
      "Message sent to group",
      { group: kelas, text: "barca hi" },
      TOKEN,
    ],
    [
      `sendgroup ${TOKEN} kelas good hi`,
      "sendGroup",
      "Message sent to group",
      { group: kelas, text: "good hi" },
      TOKEN,
    ],
    // Then the order of the dialects.
    ["auth bob p", "login", undefined, { user: bob, password: "p" }, undefined],
    [
      "register u p joko_w id",
      "register",
      undefined,
      { user: "u", password: "p", name: "joko w", country: "id", session: "login" },
      undefined,
    ],
    [
      "register u joko p",
      "register",
      "User telah terdaftar",
      { user: "u", name: "joko", password: "p", session: "none" },
      undefined,
    ],
    [
      "register u p id joko w",
      "register",
      "registrasi berhasil",
      { user: "u", password: "p", country: "id", name: "joko w", session: "token" },
      undefined,
    ],
    [
      "auth_register u p",
      "register",
      "Registrasi berhasil",
      { user: "u", password: "p", session: "none", onlyLoggedOut: true },
      undefined,
    ],
    ["logout", "logout", "Logout successful", {}, undefined],
    ["leave kelas", "leaveGroup", "Leave group successful", { group: { name: "kelas" } }, undefined],
    ["send_group kelas hi", "sendGroup", "pesan terkirim", { group: kelas, text: "hi" }, undefined],
    ["send_file bob f.txt", "sendFile", "file terkirim", { user: bob, filename: "f.txt" }, undefined],
    ["creategroup kelas", "createGroup", "Group kelas telah dibuat", { group: "kelas" }, undefined],
    // What a client calls its own id is not a token for looking like one.
    [`post ${OTHER} bob hi`, "post", "Message sent", { "client-id": OTHER, to: "bob", text: "hi" }, undefined],
    [`post ${TOKEN} mine bob hi`, "post", "Message sent", { "client-id": "mine", to: "bob", text: "hi" }, TOKEN],
    // What fits nowhere is refused in the words of the reference dialect.
    ["send bob", "bad-request", "parameter salah / tidak ada"],
    ["register u", "bad-request", "parameter salah / tidak ada"],
    ["mkgr", "bad-request", "parameter salah / tidak ada"],
    ["add_group a b", "bad-request", "parameter salah / tidak ada"],
    ["fly bob", "unknown-request", "*Maaf, command tidak benar"],
  ])("%s", (request, ...expected) => {
    expect(answer(request)).toEqual(expected);
  });

  test("a client that says where it is, is understood where that is a realm known here", () => {
    for (const request of [
      `sendfileserver ${TOKEN} here bob@barca f`,
      `sendfilegroupserver ${TOKEN} here barca kelas f`,
    ]) {
      expect(answer(request)[0]).toMatch(/^sendFile/);
      expect(answer(request, [])[0]).toBe("bad-request");
    }
  });

  test("a request with a token is answered in ASCII, any other as it is", () => {
    const reply = (request: string): string => auto.reply(heard(auto, request) as Request, { ...info, name: "é😀" });
    expect(reply("info bob")).toContain("é😀");
    expect(reply(`info ${TOKEN} bob`)).toContain("\\u00e9\\ud83d\\ude00");
  });
});
