/** Realms that are removed, or give way to another of their name: nothing that was meant for the old one goes to the new one. */
import { describe, expect, it } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { operatorOf } from "../support/admin.ts";
import { Dialer } from "../support/dialer.ts";
import { testFolder } from "../support/folder.ts";
import { newIdentity } from "../support/identity.ts";
import { item, message, person } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { loggedIn, newUser, ok, refused } from "../support/people.ts";
import { started } from "../support/started.ts";
import { until } from "../support/until.ts";
import { realmRow, withAlice } from "./scene.ts";

/** The notices that somebody has been sent. */
async function noticesOf(client: Wire): Promise<string[]> {
  const { data } = await ok(client.request("unread"));
  return (data as { from: string; message: string }[]).filter(({ from }) => from === "*").map(({ message }) => message);
}

describe("a realm that the operator removes", () => {
  it("is sent nothing any more, and what waits for it is refused to its sender", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addrealm rumah"));
    expect(await ok(alice.request("send bob@rumah satu"))).toMatchObject({ state: "queued" });
    expect(await ok(alice.request("send bob@rumah dua"))).toMatchObject({ state: "queued" });
    const operator = await operatorOf(server);
    expect(await ok(operator.request("delrealm rumah"))).toMatchObject({ realm: "rumah", refused: 2, as: "rumah.1" });
    await until("both are refused", async () => (await noticesOf(alice)).length === 2);
    for (const notice of await noticesOf(alice))
      expect(notice).toMatch(/^not delivered: \S+ to bob@\S+: realm-refused /);
    expect(await refused(alice.request("send bob@rumah tiga"))).toBe("realm-not-found");
    expect(await refused(alice.request("send bob@rumah.1 tiga"))).toBe("realm-refused");
  });

  it("is cut off, forgotten with its key, and may be made known anew", async () => {
    const { server, alice } = await withAlice();
    const operator = await operatorOf(server);
    const old = await Dialer.linked(server, newIdentity("rumah"));
    await old.deliver(message("bob", ["alice"], "halo"));
    await ok(operator.request("delrealm rumah"));
    await until("it is cut off", () => old.channel.hasEnded);
    expect(await realmRow(alice, "rumah")).toEqual({});
    expect(await realmRow(alice, "rumah.1")).toMatchObject({ state: "ended" });
    await Dialer.linked(server, newIdentity("rumah"));
    expect(await realmRow(alice, "rumah")).toMatchObject({ state: "linked" });
  });

  it("leaves muted who was, under the name that he has then; who has the old one later is not", async () => {
    const { server, alice } = await withAlice();
    const operator = await operatorOf(server);
    const old = await Dialer.linked(server, newIdentity("rumah"));
    await old.deliver(message("bob", ["alice"], "halo"));
    await ok(alice.request("mute bob@rumah mentions"));
    await ok(operator.request("delrealm rumah"));
    const other = await Dialer.linked(server, newIdentity("rumah"));
    await other.deliver(message("bob", ["alice"], "halo"));
    expect((await ok(alice.request("mutes"))).data).toMatchObject([{ with: "bob@rumah.1", muted: "mentions" }]);
    expect((await ok(alice.request("chats"))).data).toMatchObject([
      { with: "bob@rumah", muted: false },
      { with: "bob@rumah.1", muted: "mentions" },
    ]);
    await ok(alice.request("unmute bob@rumah.1"));
    expect((await ok(alice.request("mutes"))).data).toEqual([]);
  });

  it("leaves nothing behind where nothing was ever said", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addrealm rumah 127.0.0.1 9"));
    expect(await ok((await operatorOf(server)).request("delrealm rumah"))).toEqual({
      status: "OK",
      message: "Realm removed",
      data: "Realm removed",
      realm: "rumah",
      refused: 0,
    });
    expect(await realmRow(alice, "rumah.1")).toEqual({});
    await ok(alice.request("addrealm rumah 127.0.0.1 10"));
  });

  it("is for the operator to remove, and must be there", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addrealm rumah"));
    expect(await refused(alice.request("delrealm rumah"))).toBe("forbidden");
    const operator = await operatorOf(server);
    expect(await refused(operator.request("delrealm lain"))).toBe("realm-not-found");
    await ok(alice.request("send bob@rumah halo"));
    await ok(operator.request("delrealm rumah"));
    expect(await refused(operator.request("delrealm rumah.1"))).toBe("realm-not-found");
  });

  it("is refused under the name that what was said is kept under", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addrealm rumah"));
    await ok(alice.request("send bob@rumah halo"));
    await ok((await operatorOf(server)).request("delrealm rumah"));
    expect(await refused(alice.request("addrealm rumah.1 127.0.0.1 9"))).toBe("realm-exists");
    const peer = new Dialer(server, newIdentity("rumah.1"));
    await peer.sayHello();
    expect((await peer.prove()).code).toBe("forbidden");
  });
});

describe("another realm that takes the name", () => {
  it("gets nothing that waited, is no member of a group, and reads no conversation and no file", async () => {
    const { server, alice } = await withAlice();
    const operator = await operatorOf(server);
    const old = await Dialer.linked(server, newIdentity("rumah"));
    await ok(alice.request("addgroup klub"));
    expect(await old.deliver(item("join", { group: "klub", from: person("bob") }))).toMatchObject([{ group: "klub" }]);
    await ok(alice.request("send bob@rumah rahasia lama"));
    const { file } = await ok(alice.request(`sendfile bob@rumah kunci.txt ${Buffer.from("isi").toString("base64")}`));
    old.channel.close();
    await until("it is away", async () => (await realmRow(alice, "rumah"))["state"] !== "linked");
    await ok(alice.request("send bob@rumah belum sampai"));
    await ok(operator.request("delrealm rumah"));

    const other = await Dialer.linked(server, newIdentity("rumah"));
    await ok(alice.request("sendgroup klub untuk anggota"));
    await ok(alice.request("send bob@rumah untuk yang baru"));
    await until("the new one hears", () => other.items.some(({ text }) => text === "untuk yang baru"));
    expect(other.items.map(({ text }) => text)).toEqual(["untuk yang baru"]);
    expect(await other.call("piece", { file: (file as { id: string }).id, offset: 0 })).toMatchObject({
      code: "file-not-found",
    });
    const texts = async (who: string): Promise<unknown[]> =>
      ((await ok(alice.request(`history ${who}`))).data as { message: string }[]).map(({ message }) => message);
    expect(await texts("bob@rumah")).toEqual(["untuk yang baru"]);
    expect(await texts("bob@rumah.1")).toEqual(["rahasia lama", "kunci.txt", "belum sampai"]);
  });

  it("is the administrator's, where a user had taken the name and the administrator gives its key", async () => {
    const { server, alice } = await withAlice();
    const [taken, meant] = [await Listener.start(newIdentity("bank")), await Listener.start(newIdentity("bank"))];
    await ok(alice.request(`addrealm bank ${taken.host} ${taken.port}`));
    await ok(alice.request("send teller@bank pin 1234"));
    await until("the first has it", () => taken.items.length === 1);
    const operator = await operatorOf(server);
    const added = operator.request(`addrealm bank ${meant.host} ${meant.port} ${meant.me.key}`);
    expect(await ok(added)).toMatchObject({ state: "linked" });
    await ok(alice.request("send teller@bank pin 5678"));
    await until("the second has it", () => meant.items.length > 0);
    expect(meant.items.map(({ text }) => text)).toEqual(["pin 5678"]);
    expect(taken.items.map(({ text }) => text)).toEqual(["pin 1234"]);
  });

  it("ends nothing by a slip: there must be a server that has the name and the key", async () => {
    const { server, alice } = await withAlice();
    const bank = await Listener.start(newIdentity("bank"));
    await ok(alice.request(`addrealm bank ${bank.host} ${bank.port}`));
    const operator = await operatorOf(server);
    const [wrong, nobody] = [newIdentity("bank").key, 9];
    const slips = [`${bank.host} ${bank.port} ${wrong}`, `${bank.host} ${nobody} ${wrong}`];
    for (const slip of slips)
      expect(await refused(operator.request(`addrealm bank ${slip}`))).toMatch(/^realm-(refused|unreachable)$/);
    // Another address alone is that of the same realm, which must prove it.
    const other = await Listener.start(newIdentity("bank"));
    expect(await refused(operator.request(`addrealm bank ${other.host} ${other.port}`))).toBe("realm-refused");
    await ok(alice.request("send teller@bank masih di sana"));
    await until("it has come", () => bank.items.length > 0);
    expect(await realmRow(alice, "bank")).toMatchObject({ host: bank.host, port: bank.port, key: bank.me.key });
    expect(await realmRow(alice, "bank.1")).toEqual({});
  });

  it("is not one that the administrator has named himself, whatever it has said of its address", async () => {
    const { server, alice } = await withAlice();
    const operator = await operatorOf(server);
    await ok(operator.request("addrealm rumah"));
    const rumah = newIdentity("rumah");
    await Dialer.linked(server, rumah, { hello: { advertised: ":9001" } });
    expect(await refused(operator.request("addrealm rumah 127.0.0.1 9002"))).toBe("realm-exists");
    expect(await realmRow(alice, "rumah")).toMatchObject({ state: "linked", key: rumah.key });
  });

  it("is not another, where the administrator confirms the address that a user has given", async () => {
    const { server, alice } = await withAlice();
    const bank = await Listener.start(newIdentity("bank"));
    await ok(alice.request(`addrealm bank ${bank.host} ${bank.port}`));
    await ok(alice.request("send teller@bank satu"));
    await ok((await operatorOf(server)).request(`addrealm bank ${bank.host} ${bank.port} ${bank.me.key}`));
    await ok(alice.request("send teller@bank dua"));
    await until("both are there", () => bank.items.length === 2);
    expect(await realmRow(alice, "bank.1")).toEqual({});
  });

  it("is the one that --peer names, from the next start on; and what ended stays so over restarts", async () => {
    const places = ["--realm", "kampus", "--data", testFolder()];
    const first = await started(...places);
    const { client } = await newUser(first, "alice");
    await ok(client.request("addrealm bank"));
    await ok(client.request("send teller@bank untuk yang dulu"));
    await first.end();
    const bank = await Listener.start(newIdentity("bank"));
    const next = await started(...places, "--peer", `bank=${bank.host}:${bank.port}`);
    const { client: alice } = await loggedIn(next, "alice");
    await until("what waited is refused", async () => (await noticesOf(alice)).length === 1);
    await ok(alice.request("send teller@bank untuk yang ini"));
    await until("it is there", () => bank.items.length > 0);
    expect(bank.items.map(({ text }) => text)).toEqual(["untuk yang ini"]);
    await next.end();
    const last = await started(...places);
    const again = (await loggedIn(last, "alice")).client;
    expect(await realmRow(again, "bank.1")).toMatchObject({ state: "ended", queued: 0 });
    expect(await realmRow(again, "bank")).toMatchObject({ key: bank.me.key });
  });
});
