/** A server of somebody else's making that keeps to PROTOCOL.md is a realm like any other. */
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { Dialer } from "../support/dialer.ts";
import { type Answers, but, wellBehaved } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { groupMessage, type Item, item, message, person, post } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { history, inbox, loggedIn, newUser, ok, refused } from "../support/people.ts";
import { startProcess } from "../support/server.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { realmRow, withAlice } from "./scene.ts";

/** The items of a kind that a peer was given. */
function ofKind(peer: Dialer | Listener, kind: string): readonly Item[] {
  return peer.items.filter((given) => given.kind === kind);
}

async function given(peer: Dialer | Listener, kind: string, count = 1): Promise<readonly Item[]> {
  return until(`${count} of ${kind} are given to the peer`, () => {
    const items = ofKind(peer, kind);
    return items.length >= count && items;
  });
}

/** Its results for items of one kind; the usual ones for others. */
function results(kind: string, result: (item: Item) => unknown): Answers {
  return but("deliver", ({ body }) => ({
    data: (body as Item[]).map((one) => (one.kind === kind ? result(one) : {})),
  }));
}

const messagesOf = async (client: Wire, request: string): Promise<readonly unknown[]> =>
  (await ok(client.request(request))).data as readonly unknown[];

describe("messages", () => {
  it("go both ways over the connection that a peer without an address has opened", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));

    const halo = message("wati", ["alice"], "halo dari rumah");
    expect(await peer.deliver(halo)).toEqual([{}]);
    expect(await messagesOf(alice, "inbox")).toMatchObject([
      { from: "wati@rumah", to: "alice", message: "halo dari rumah", origin: halo["id"] },
    ]);

    const reply = await ok(alice.request("send wati@rumah apa kabar?"));
    expect(reply).not.toHaveProperty("state");
    const [sent] = await given(peer, "message");
    expect(sent).toMatchObject({ id: reply["id"], from: { name: "alice", full: "alice" }, to: ["wati"] });
    expect(sent).toMatchObject({ text: "apa kabar?", time: Date.parse(String(reply["time"])) });
    expect(await history(alice, "wati@rumah")).toEqual(["halo dari rumah", "apa kabar?"]);
  });

  it("go both ways with a peer that listens", async () => {
    const { alice } = await withAlice();
    const peer = await Listener.start(newIdentity("rumah"));
    await ok(alice.request(`addrealm rumah ${peer.host} ${peer.port}`));

    await ok(alice.request("send wati@rumah apa kabar?"));
    expect(await given(peer, "message")).toMatchObject([{ to: ["wati"], text: "apa kabar?" }]);
    expect(await peer.deliver(message("wati", ["alice"], "baik"))).toEqual([{}]);
    expect(await inbox(alice, "new")).toEqual(["baik"]);
  });

  it("to somebody whom the peer does not know are refused at once", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    peer.answers = results("message", () => ({ code: "user-not-found", detail: "wati" }));
    expect(await refused(alice.request("send wati@rumah halo"))).toBe("user-not-found");
  });

  it("wait for a peer that is away, and come in order when it is back", async () => {
    const { server, alice } = await withAlice();
    const rumah = newIdentity("rumah");
    (await Dialer.linked(server, rumah)).channel.close();
    await until("it is gone", async () => (await realmRow(alice, "rumah"))["state"] !== "linked");

    for (const text of ["satu", "dua", "tiga"]) {
      expect(await ok(alice.request(`send wati@rumah ${text}`))).toMatchObject({ state: "queued" });
    }
    expect(await realmRow(alice, "rumah")).toMatchObject({ queued: 3 });
    const peer = await Dialer.linked(server, rumah);
    expect((await given(peer, "message", 3)).map(({ text }) => text)).toEqual(["satu", "dua", "tiga"]);
    await until("nothing waits", async () => (await realmRow(alice, "rumah"))["queued"] === 0);
  });

  it("beyond what may wait for one realm are refused", async () => {
    const { server, alice } = await withAlice("--outbox-messages", "2");
    (await Dialer.linked(server, newIdentity("rumah"))).channel.close();
    const replies = [];
    for (const text of ["satu", "dua", "tiga"]) replies.push(await alice.request(`send wati@rumah ${text}`));
    expect(replies).toMatchObject([{ state: "queued" }, { state: "queued" }, { code: "outbox-full" }]);
  });

  it("to a realm that is not known are refused", async () => {
    const { alice } = await withAlice();
    expect(await refused(alice.request("send wati@rumah halo"))).toBe("realm-not-found");
    expect(await refused(alice.request("joingroup kelas@rumah"))).toBe("realm-not-found");
  });

  it("to several users go as one, to a group without joining it", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    await ok(alice.request("sendgrouprealm rumah wati,budi halo berdua"));
    await ok(alice.request("sendgrouprealm rumah kelas halo semua"));
    expect(await given(peer, "message")).toMatchObject([{ to: ["wati", "budi"], text: "halo berdua" }]);
    expect(await given(peer, "post")).toMatchObject([{ group: "kelas", text: "halo semua" }]);
  });

  it("that came from a realm are in getrealminbox", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    const other = await Dialer.linked(server, newIdentity("kantor"));
    await peer.deliver(message("wati", ["alice"], "dari rumah"));
    await other.deliver(message("budi", ["alice"], "dari kantor"));
    expect(await messagesOf(alice, "getrealminbox rumah")).toMatchObject([{ message: "dari rumah" }]);
  });

  it("reach a peer that has come again while its old connection hangs, once", async () => {
    const { server, alice } = await withAlice();
    const old = await Dialer.linked(server, newIdentity("rumah"));
    old.answers = () => undefined;
    const now = await Dialer.linked(server, old.me);
    await ok(alice.request("send wati@rumah halo"));
    expect(await given(now, "message")).toMatchObject([{ text: "halo" }]);
    expect(await now.deliver(message("wati", ["alice"], "halo juga"))).toEqual([{}]);
    expect(ofKind(now, "message")).toHaveLength(1);
  });

  it("go once where both sides have connected", async () => {
    const { server, alice } = await withAlice();
    const listener = await Listener.start(newIdentity("rumah"));
    await ok(alice.request(`addrealm rumah ${listener.host} ${listener.port}`));
    const dialer = await Dialer.linked(server, listener.me);
    await ok(alice.request("send wati@rumah halo"));
    const here = (): readonly Item[] => [...ofKind(listener, "message"), ...ofKind(dialer, "message")];
    await until("it is delivered", () => here().length > 0);
    const halo = message("wati", ["alice"], "halo juga");
    expect(await dialer.deliver(halo)).toEqual([{}]);
    if (listener.isLinked) expect(await listener.deliver(halo)).toEqual([{}]);
    expect(new Set(here().map(({ n }) => n)).size).toBe(1);
    expect(await inbox(alice, "all")).toEqual(["halo juga"]);
  });

  it("that wait and are refused in the end are told to their sender", async () => {
    const { server, alice } = await withAlice();
    const rumah = newIdentity("rumah");
    (await Dialer.linked(server, rumah)).channel.close();
    const { id } = await ok(alice.request("send wati@rumah halo"));
    const peer = new Dialer(server, rumah);
    peer.answers = results("message", () => ({ code: "user-not-found", detail: "wati" }));
    await peer.sayHello();
    await peer.prove();
    const notice = await until("alice is told", async () => (await inbox(alice, "new"))[0]);
    expect(notice).toContain(`not delivered: ${id} to wati@rumah: user-not-found`);
  });

  it("that one receiver of several cannot get, nobody gets", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    expect(await peer.deliver(message("wati", ["alice", "nobody"], "halo"))).toMatchObject([
      { code: "user-not-found", detail: expect.stringContaining("nobody") },
    ]);
    expect(await inbox(alice, "all")).toEqual([]);
  });
});

describe("an item that comes again", () => {
  it("is answered as before and stands once", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    const halo = message("wati", ["alice"], "halo");
    expect([await peer.deliver(halo), await peer.deliver(halo)]).toEqual([[{}], [{}]]);
    expect(await inbox(alice, "all")).toEqual(["halo"]);
  });

  it("is answered as before when it was refused, whatever has changed since", async () => {
    const server = await started("--realm", "a");
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    const early = message("wati", ["alice"], "terlalu dini");
    const first = await peer.deliver(early);
    expect(first).toMatchObject([{ code: "user-not-found" }]);
    const { client: alice } = await newUser(server, "alice");
    expect(await peer.deliver(early)).toEqual(first);
    expect(await inbox(alice, "all")).toEqual([]);
  });

  it("is answered as before also over a new link, after the server was killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const options = ["--realm", "a", "--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
    const rumah = newIdentity("rumah");
    const items = [message("wati", ["alice"], "halo"), message("wati", ["nobody"], "halo")];

    const before = await startProcess(options);
    await newUser(before, "alice");
    const first = await (await Dialer.linked(before, rumah)).deliver(...items);
    expect(first).toMatchObject([{}, { code: "user-not-found" }]);
    await before.kill("SIGKILL");

    const server = await started(...options);
    const peer = new Dialer(server, rumah);
    await peer.sayHello();
    expect(await peer.prove()).toMatchObject({ status: "OK", received: items[1]?.n });
    expect(await peer.deliver(...items)).toEqual(first);
    expect(await inbox((await loggedIn(server, "alice")).client, "all")).toEqual(["halo"]);
  });
});

describe("a group", () => {
  it("of the peer's is joined, written to and read here", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    peer.answers = results("join", () => ({ group: "kelas", owner: "wati@rumah", head: 0 }));
    await ok(alice.request("joingroup kelas@rumah"));
    expect(ofKind(peer, "join")).toMatchObject([{ from: { name: "alice", full: "alice" }, group: "kelas" }]);
    const members = { group: "kelas", owner: "wati@rumah", head: 0, add: ["wati@rumah", "alice@a"], remove: [] };
    expect(await peer.deliver(item("members", { ...members, whole: true }))).toMatchObject([{}]);

    const wati = { name: "wati", realm: "rumah" };
    expect(await peer.deliver(groupMessage(wati, "kelas", [0, 1], "selamat datang"))).toEqual([{}]);
    expect(await inbox(alice, "new")).toEqual(["selamat datang"]);

    await ok(alice.request("sendgroup kelas@rumah halo semua"));
    const [posted] = await given(peer, "post");
    expect(posted).toMatchObject({ from: { name: "alice" }, group: "kelas", text: "halo semua" });
    // It comes back from the home with its place in the group's order.
    const { id, text, time } = posted as Item;
    const back = groupMessage({ name: "alice", realm: "a" }, "kelas", [1, 2], String(text), { id, time });
    expect(await peer.deliver(back)).toEqual([{}]);
    expect(await history(alice, "#kelas")).toEqual(["selamat datang", "halo semua"]);
  });

  it("of the peer's says what it has when something is missing, and keeps nothing twice", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    peer.answers = results("join", () => ({ group: "kelas", owner: "wati@rumah", head: 0 }));
    await ok(alice.request("joingroup kelas@rumah"));
    const members = { group: "kelas", owner: "wati@rumah", head: 0, add: ["wati@rumah", "alice@a"], remove: [] };
    await peer.deliver(item("members", { ...members, whole: true }));

    const say = (numbers: readonly [number, number], text: string) =>
      peer.deliver(groupMessage({ name: "wati", realm: "rumah" }, "kelas", numbers, text));
    expect(await say([0, 10], "satu")).toEqual([{}]);
    expect(await say([20, 30], "tiga")).toEqual([{ have: 10 }]);
    expect(await say([10, 20], "dua")).toEqual([{}]);
    expect(await say([20, 30], "tiga")).toEqual([{}]);
    expect(await say([10, 20], "dua")).toMatchObject([expect.not.objectContaining({ code: expect.anything() })]);
    expect(await peer.deliver(item("heads", { heads: { kelas: 40 } }))).toEqual([{ have: { kelas: 30 } }]);
    expect(await history(alice, "#kelas")).toEqual(["satu", "dua", "tiga"]);
  });

  it("of this server's is joined, written to, read and left by the peer's users", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addgroup klub"));
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    expect(await peer.deliver(item("join", { from: person("wati"), group: "klub" }))).toMatchObject([
      { group: "klub", owner: "alice@a" },
    ]);
    const [members] = await given(peer, "members");
    expect(members).toMatchObject({ group: "klub", owner: "alice@a", whole: true });
    expect(members?.["add"]).toEqual(expect.arrayContaining(["alice@a", "wati@rumah"]));

    await ok(alice.request("sendgroup klub selamat datang"));
    const written = post("wati", "klub", "terima kasih");
    expect(await peer.deliver(written)).toMatchObject([expect.not.objectContaining({ code: expect.anything() })]);
    const [first, second] = await given(peer, "group", 2);
    expect(first).toMatchObject({ group: "klub", from: { name: "alice", realm: "a" }, text: "selamat datang" });
    expect(second).toMatchObject({ id: written["id"], from: { name: "wati", realm: "rumah" }, prev: first?.["seq"] });
    expect(await inbox(alice, "new")).toEqual(["terima kasih"]);

    await peer.deliver(item("leave", { from: person("wati"), group: "klub" }));
    expect(await messagesOf(alice, "members klub")).toEqual(["alice"]);
  });
});

it("a group of this server's is sent again from where the peer has it", async () => {
  const { server, alice } = await withAlice();
  await ok(alice.request("addgroup klub"));
  const peer = await Dialer.linked(server, newIdentity("rumah"));
  await peer.deliver(item("join", { from: person("wati"), group: "klub" }));
  await ok(alice.request("sendgroup klub satu"));
  const [first] = await given(peer, "group");
  await ok(alice.request("sendgroup klub dua"));
  await given(peer, "group", 2);
  // The peer was set back to what it had before the second.
  peer.answers = results("group", ({ prev }) => (prev === first?.["seq"] ? {} : { have: first?.["seq"] }));
  await ok(alice.request("sendgroup klub tiga"));
  const all = await given(peer, "group", 4);
  expect(all.map(({ text }) => text).slice(0, 4)).toEqual(["satu", "dua", "tiga", "dua"]);
  expect(all[3]).toMatchObject({ id: all[1]?.["id"], seq: all[1]?.["seq"], prev: first?.["seq"] });
  peer.answers = wellBehaved;
  await until(
    "the third comes again, too",
    () => ofKind(peer, "group").filter(({ text }) => text === "tiga").length > 1,
  );
});

describe("a file", () => {
  const content = Buffer.from("isi berkas ".repeat(20_000));
  const sha256 = createHash("sha256").update(content).digest("hex");

  it("from the peer is fetched in pieces, and is here for its receiver", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    const file = { id: randomUUID(), name: "a.txt", size: content.length, sha256 };
    peer.answers = but("piece", ({ body }) => {
      const { offset } = body as { offset: number };
      const piece = content.subarray(offset, offset + 100_000);
      return { data: { data: piece.toString("base64"), size: content.length } };
    });
    expect(await peer.deliver(message("wati", ["alice"], "a.txt", { file }))).toEqual([{}]);
    const { data } = await ok(alice.request("download_file a.txt"));
    expect(Buffer.from(String(data), "base64").equals(content)).toBe(true);
  });

  it("for the peer is given out in pieces", async () => {
    const { server, alice } = await withAlice();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    await ok(alice.request(`sendfile wati@rumah a.txt ${content.toString("base64")}`));
    const [sent] = await given(peer, "message");
    const file = sent?.["file"] as { id: string; size: number };
    expect(file).toMatchObject({ name: "a.txt", size: content.length, sha256 });
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < file.size; offset += pieces.at(-1)?.length as number) {
      const { data } = await peer.call("piece", { file: file.id, offset });
      expect(data).toMatchObject({ size: content.length });
      pieces.push(Buffer.from((data as { data: string }).data, "base64"));
    }
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });
});

it("names of users and groups are told to a linked realm, those after what it has", async () => {
  const { server, alice } = await withAlice();
  await newUser(server, "bob");
  await ok(alice.request("addgroup klub"));
  const peer = await Dialer.linked(server, newIdentity("rumah"));
  const { data } = await peer.call("names", { users: 0, groups: 0 });
  expect(data).toMatchObject({ salt: expect.anything(), users: ["alice", "bob"], groups: ["klub"] });
  const { data: rest } = await peer.call("names", { users: 1, groups: 1 });
  expect(rest).toMatchObject({ users: ["bob"], groups: [] });
});

it("`realms` shows a linked peer with its key", async () => {
  const { alice } = await withAlice();
  const peer = await Listener.start(newIdentity("rumah"));
  await ok(alice.request(`addrealm rumah ${peer.host} ${peer.port} ${peer.me.key}`));
  expect(await realmRow(alice, "rumah")).toMatchObject({
    host: peer.host,
    port: peer.port,
    own: false,
    key: peer.me.key,
    state: "linked",
    queued: 0,
  });
  expect(await realmRow(alice, "a")).toMatchObject({ own: true, key: peer.hellos[0]?.key });
});

it("our fakes link with each other", async () => {
  const listener = await Listener.start(newIdentity("a"));
  const dialer = await Dialer.linked(listener, newIdentity("rumah"));
  const halo = message("wati", ["alice"], "halo");
  expect(await dialer.deliver(halo, halo)).toEqual([{}, {}]);
  expect(listener.items).toEqual([halo]);
  expect(await listener.deliver(halo)).toEqual([{}]);
  expect(dialer.items).toEqual([halo]);
  expect(await dialer.call("terbang", {})).toMatchObject({ code: "unknown-request" });
  expect(await listener.call("terbang", {})).toEqual({ code: "unknown-request" });
  listener.answers = wellBehaved;
  const wrong = new Dialer(listener, newIdentity("rumah"));
  await wrong.sayHello();
  expect(await wrong.prove(newIdentity("lain").sign(wrong.transcript))).toMatchObject({ code: "realm-refused" });
});
