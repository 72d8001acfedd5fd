/** Who is blocked, and who has blocked him: what neither may learn appears in no reply and no event. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Reply } from "../../src/connection/errors.ts";
import type { Wire } from "../../src/connection/wire.ts";
import type { Operation } from "../../src/contract/operations.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { House } from "../support/house.ts";
import { hasRead, newUser, ok, refused } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

/** What is known of what was said before the walk. */
interface Known {
  /** A message of bob's that alice has, one that she has not, and one of hers. */
  readonly seen: string;
  readonly hidden: string;
  readonly hers: string;
  /** A file of bob's that alice has, and one that she has not. */
  readonly file: string;
  readonly secret: string;
}

/** In every text that alice may not see. */
const SECRET = "rahasia-bob";

/**
 * What somebody asks who wants to find out about another, or to reach him: of each operation all that can name somebody.
 * Those without a request are the connection's own, the operator's, and other servers'.
 */
function walk(
  other: string,
  word: string,
  { seen, hidden, hers, file, secret }: Known,
): { readonly [O in Operation]: readonly string[] } {
  const ids = [seen, hidden, hers];
  return {
    register: [`register ${other} 123 x y`],
    login: [`auth ${other} salah`],
    logout: [],
    endSession: ["logout 1000000"],
    exportAll: ["export-all"],
    client: ["client obrol"],
    changePassword: ["passwd salah salah"],
    erase: ["erase salah"],
    cancelErase: ["erase cancel"],
    sessions: [],
    resume: ["resume"],
    whoami: ["whoami"],
    info: [`info ${other}`, "info"],
    users: ["users"],
    loggedIn: ["logininfo"],
    userNames: ["list_users"],
    block: [`block carol`],
    unblock: [`unblock ${other}`, "unblock carol"],
    blocks: ["blocks"],
    report: ids.map((id) => `report ${id} spam`),
    settings: ["settings"],
    allow: ["allow everyone"],
    refuseGroups: ["refuse-groups off"],
    presence: ["presence on"],
    away: ["away", "away sebentar"],
    back: ["back"],
    setStatus: ["status belajar", "status"],
    typing: [`typing ${other}`, "typing #kelas", "typing carol"],
    requests: ["requests"],
    acceptUser: [`accept ${other}`],
    declineUser: [`decline ${other}`],
    createGroup: [`addgroup klub-${other}`],
    joinGroup: ["joingroup kelas"],
    inviteToGroup: [`invite klub-${other} ${other}`, `invite klub-${other} ${other}`, `invite kelas ${other}`],
    groupInvitations: ["invites"],
    acceptGroup: ["accept #kelas"],
    declineGroup: ["decline #kelas"],
    groupInfo: ["group kelas"],
    setGroup: ["group set kelas posting members"],
    setTopic: ["topic kelas hari ini"],
    setSlow: ["slow kelas 0"],
    renameGroup: [],
    deleteGroup: [],
    setRole: [`role klub-${other} ${other} moderator`],
    kick: [`kick klub-${other} ${other}`],
    ban: [`ban klub-${other} carol`],
    unban: [`unban klub-${other} carol`],
    silence: [`silence klub-${other} carol`],
    unsilence: [`unsilence klub-${other} carol`],
    bans: [`bans klub-${other}`],
    leaveGroup: ["leave tidak-ada"],
    groups: ["groups"],
    members: ["members kelas"],
    send: [`send ${other} ${word} 1`],
    sendGroup: ["sendgroup kelas halo kelas"],
    sendToRealm: [`sendprivaterealm kampus ${other} ${word} 2`],
    sendToRealmGroup: [`sendgroup ${other},carol ${word} 3`],
    post: [`post c-9 ${other} ${word} 4`, `post c-9 ${other} ${word} 4`],
    inbox: ["inbox", "inbox all", "unread", "unread mentions", ...ids.map((id) => `inbox since ${id}`)],
    realmInbox: ["getrealminbox kampus"],
    groupInbox: ["get_inbox_group kelas"],
    history: [
      `history ${other}`,
      "history #kelas",
      `history ${other} since 2000-01-01`,
      "history #kelas since 2000-01-01",
      ...ids.map((id) => `history ${other} before ${id}`),
      ...ids.map((id) => `history ${other} after ${id}`),
      ...ids.map((id) => `history ${other} around ${id}`),
    ],
    chats: ["chats", ...ids.map((id) => `chats before ${id}`)],
    // For who is blocked it takes as long as the index does.
    search: word === SECRET ? [] : ["", `in ${other} `, `from ${other} `].map((where) => `search ${where}${SECRET}`),
    sync: ids.map((id) => `sync since ${id}`),
    reply: ids.map((id) => `reply ${id} ${word} 11`),
    postReply: ids.map((id) => `post-reply c-${id} ${id} ${word} 12`),
    forward: ids.map((id) => `forward ${id} carol`),
    editMessage: ids.map((id) => `edit ${id} ${word} 13`),
    deleteMessage: [],
    react: ids.map((id) => `react ${id} 👍`),
    unreact: ids.map((id) => `unreact ${id}`),
    pin: ids.map((id) => `pin ${id}`),
    unpin: ids.map((id) => `unpin ${id}`),
    versions: ids.map((id) => `versions ${id}`),
    pins: ["pins kelas"],
    mute: [`mute ${other}`, "mute kelas mentions", `mute #klub-${other}`, `mute ${other}@kampus mentions`],
    unmute: [`unmute carol`, `unmute ${other}@rumah`],
    mutes: ["mutes", "chats"],
    markRead: ids.map((id) => `read ${id}`),
    sendFile: [`sendfile ${other} ${SECRET}.txt`, `sendfile ${other} ${word}-5.txt aGFsbw==`],
    sendFileGroup: ["sendfilegroup kelas terbuka.txt aGFsbw=="],
    sendFileToRealm: [`sendfilerealm kampus ${other} ${word}-6.txt aGFsbw==`],
    sendFileToRealmGroup: [`sendgroupfile ${other},carol ${word}-7.txt aGFsbw==`],
    upload: [`upload ${other} ${word}-8.txt 4 id u-1`],
    uploadStatus: ["upload-status u-1"],
    download: [file, secret].map((id) => `download ${id} offset 4`),
    files: ["files", "files received", ...[file, secret].map((id) => `files received before ${id}`)],
    unsend: [`unsend ${secret}`],
    myFiles: ["my_file"],
    downloadFile: [`download_file ${SECRET}.txt`, "download_file lama.txt", `download ${other} ${SECRET}.txt`],
    downloadGroupFile: [`downloadgroup_file kelas ${SECRET}.txt`],
    addRealm: [],
    removeRealm: ["delrealm rumah"],
    realms: ["connectedrealm"],
    linkHello: [],
    linkProve: [],
    linkAnswer: [],
    linkCall: [],
    legacyRealm: [],
    legacyMessage: [`serverinbox bob ${other} ${word} 10`],
    adminUsers: ["admin users"],
    adminPassword: [`admin password ${other} 12345`],
    adminInvite: ["admin invite"],
    adminInvitations: ["admin invitations"],
    adminUninvite: ["admin uninvite 1"],
    adminBan: [`admin ban ${other}`],
    adminUnban: [`admin unban ${other}`],
    adminBans: ["admin bans"],
    adminReports: ["admin reports"],
    adminBackup: ["admin backup /srv"],
    adminReportDone: ["admin report done 1"],
    adminReload: ["admin reload"],
    adminUser: [`admin user ${other}`],
    adminKick: [`admin kick ${other}`],
    adminDelete: [`admin delete ${other} messages`],
    adminRename: [`admin rename ${other} lain`],
    adminGroups: ["admin groups"],
    adminGroupDelete: ["admin group delete kelas"],
    adminMessageDelete: ids.map((id) => `admin message delete ${id}`),
    adminRealmPin: [],
    adminAnnounce: ["admin announce halo"],
    adminStats: ["admin stats"],
    adminAudit: ["admin audit"],
    hello: ["hello"],
    ping: ["ping"],
    help: ["help block"],
    dialect: [],
    watch: [],
  };
}

/** Everything that somebody is answered, by his requests. */
async function asked(client: Wire, requests: Readonly<Record<string, readonly string[]>>): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for (const request of Object.values(requests).flat()) {
    const [reply] = request.startsWith("upload ")
      ? await client.raw(`${request}\r\n\r\nhalo`, 1)
      : [await client.request(request)];
    all.push([request, JSON.stringify(reply)]);
  }
  return all;
}

/** With ids, times and tokens by the order in which they appear. */
function plain(texts: readonly (readonly [string, string])[]): string[] {
  const names = new Map<string, string>();
  const name = (id: string): string => {
    const known = names.get(id) ?? `id ${names.size}`;
    names.set(id, known);
    return known;
  };
  return texts.map((pair) =>
    pair
      .join(" → ")
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, name)
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time")
      .replace(/"key":"[^"]*"/, "key"),
  );
}

interface Played {
  readonly bob: Wire;
  readonly alice: Wire;
  readonly told: ToldEvent[];
  readonly aliceTold: ToldEvent[];
  readonly known: Known;
}

/** alice and bob have a conversation and a group; then she blocks him, or is gone; then he says what she may not see. */
async function played(server: TestServer, blocked: boolean): Promise<Played> {
  const told: ToldEvent[] = [];
  const aliceTold: ToldEvent[] = [];
  const bob = (await newUser(server, "bob", { onEvent: (event) => void told.push(event) })).client;
  const alice = (await newUser(server, "alice", { onEvent: (event) => void aliceTold.push(event) })).client;
  await newUser(server, "carol");
  await ok(alice.request("addgroup kelas"));
  await ok(bob.request("joingroup kelas"));
  const hers = String((await ok(alice.request("send bob halo")))["id"]);
  const seen = String((await ok(bob.request("send alice halo juga")))["id"]);
  const old = await ok(bob.request("sendfile alice lama.txt aGFsbw=="));
  if (blocked) {
    await ok(alice.request("block bob"));
    await ok(alice.request("watch on"));
  } else {
    await ok(alice.request("logout"));
  }
  await ok(bob.request("watch on"));
  const hidden = String((await ok(bob.request(`send alice ${SECRET}`)))["id"]);
  const secret = await ok(bob.request(`sendfile alice ${SECRET}.txt aGFsbw==`));
  const idOf = (reply: Reply): string => (reply["file"] as { id: string }).id;
  return { bob, alice, told, aliceTold, known: { hers, seen, hidden, file: idOf(old), secret: idOf(secret) } };
}

async function server(...options: readonly string[]): Promise<TestServer> {
  // Its clock stands still: nobody is logged in for so long that he is there without watching.
  const one = await startServer(["--realm", "kampus", "--memory", ...options], undefined, "standing");
  onTestFinished(() => one.stop());
  return one;
}

describe("who is blocked", () => {
  test("is answered and told, whatever he asks, as if the other were just not there", async () => {
    const walks = [];
    for (const blocked of [true, false]) {
      const one = await server();
      const { bob, told, known } = await played(one, blocked);
      const replies = await asked(bob, walk("alice", SECRET, known));
      await hasRead(one);
      walks.push(plain([...replies, ...told.map((event): [string, string] => ["", JSON.stringify(event)])]));
    }
    expect(walks[0]).toEqual(walks[1]);
    expect(walks[0]?.length).toBeGreaterThan(70);
  });

  test("sees the other go, and come when it is over", async () => {
    const one = await server();
    const { alice, told } = await played(one, false);
    await ok(alice.request("auth alice rahasia"));
    await ok(alice.request("watch on"));
    const seen = (): boolean[] => told.flatMap(({ event, data }) => (event === "presence" ? [data.online] : []));
    await until("alice is seen", () => seen().length === 1);
    await ok(alice.request("block bob"));
    await ok(alice.request("unblock bob"));
    await ok(alice.request("unblock bob"));
    await until("alice goes and comes", () => seen().length === 3);
    expect(seen()).toEqual([true, false, true]);
  });
});

describe("who has blocked somebody", () => {
  test("finds nothing of what he has said meanwhile, whatever he asks, then and later", async () => {
    const one = await server();
    const { bob, alice, aliceTold, known } = await played(one, true);
    await asked(bob, walk("alice", SECRET, known));
    const found = async (): Promise<string[]> => {
      const replies = await asked(alice, walk("bob", "punya-alice", known));
      return replies.filter(([, reply]) => reply.includes(SECRET)).map(([request]) => request);
    };
    expect(await found()).toEqual([]);
    await ok(alice.request("unblock bob"));
    expect(await found()).toEqual([]);
    await hasRead(one);
    const texts = JSON.stringify(aliceTold.filter(({ event }) => event !== "presence"));
    expect(texts).not.toContain(SECRET);
    expect(texts).toContain("halo kelas");
  });

  test("finds it so after a restart, too, in whichever state it was left", async () => {
    const house = await House.of("kampus");
    let alice = (await newUser(house, "alice")).client;
    let bob = (await newUser(house, "bob")).client;
    const again = async (): Promise<void> => {
      await house.stop();
      await house.start();
      [alice, bob] = [await house.connect(), await house.connect()];
      await ok(alice.request("auth alice rahasia"));
      await ok(bob.request("auth bob rahasia"));
    };
    const texts = async (): Promise<string[]> => {
      const { data } = await ok(alice.request("history bob"));
      return (data as { message: string }[]).map(({ message }) => message);
    };
    const { id } = await ok(bob.request("send alice satu"));
    await ok(alice.request("block bob"));
    await ok(bob.request("send alice dua"));
    await ok(bob.request(`edit ${id} ${SECRET}`));
    await ok(bob.request(`react ${id} é`));
    await ok(bob.request("sendfile alice dua.txt aGFsbw=="));
    await again();
    await ok(bob.request("send alice tiga"));
    expect(await texts()).toEqual(["satu"]);
    expect((await ok(alice.request("blocks"))).data).toMatchObject([{ user: "bob" }]);
    expect(await refused(alice.request("download_file dua.txt"))).toBe("file-not-found");
    await ok(alice.request("unblock bob"));
    await ok(bob.request(`react ${id} à`));
    await again();
    await ok(bob.request("send alice empat"));
    const { data } = await ok(alice.request("history bob"));
    expect((data as { reactions?: object }[])[0]?.reactions).toEqual({ à: ["bob"] });
    expect(await texts()).toEqual(["satu", "empat"]);
    expect((await ok(alice.request("blocks"))).data).toEqual([]);
    expect(await refused(alice.request("download_file dua.txt"))).toBe("file-not-found");
  });
});
