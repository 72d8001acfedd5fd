/** A linked realm that speaks for others, or asks for what is not its own, gets nowhere: PROTOCOL.md, "Items". */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { type Answer, but } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { groupMessage, type Item, item, message, person, post } from "../support/items.ts";
import { history, inbox, newUser, ok, type Person } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { withAlice } from "./scene.ts";

const REFUSED = { code: expect.any(String) };

async function code(answer: Promise<Answer>): Promise<string | undefined> {
  return (await answer).code;
}

describe("a realm that speaks for others", () => {
  it("cannot send as a user of this realm, nor of a third", async () => {
    const { server, alice } = await withAlice();
    await newUser(server, "bob");
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    for (const realm of ["a", "kantor", ""]) {
      await peer.deliver(message("bob", ["alice"], "palsu", { from: { ...person("bob"), realm } }));
    }
    for (const name of ["bob@a", "bob@kantor", "*"]) {
      expect(await peer.deliver(message(name, ["alice"], "palsu")), name).toMatchObject([REFUSED]);
    }
    const { data } = await ok(alice.request("inbox all"));
    for (const { from } of data as { from: string }[]) expect(from).toBe("bob@rumah");
    expect(await history(alice, "bob")).toEqual([]);
  });

  it("cannot reach users of a third realm", async () => {
    const { server } = await withAlice();
    const third = await Dialer.linked(server, newIdentity("kantor"));
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    expect(await peer.deliver(message("wati", ["budi@kantor"], "terusan"))).toMatchObject([REFUSED]);
    expect(await third.call("ping", {})).toMatchObject({ data: {} });
    expect(third.items.filter(({ kind }) => kind === "message")).toEqual([]);
  });

  it("cannot write into a group whose home it is not, nor change who is in it", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addgroup klub"));
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    for (const group of ["klub", "klub@a"]) {
      await peer.deliver(groupMessage({ name: "wati", realm: "rumah" }, group, [0, 1], "palsu"));
      await peer.deliver(groupMessage({ name: "alice", realm: "a" }, group, [1, 2], "palsu"));
      const members = { group, owner: "wati@rumah", head: 0, add: ["wati@rumah"], remove: ["alice@a"] };
      await peer.deliver(item("members", members));
      await peer.deliver(item("members", { ...members, add: ["wati@rumah", "alice@a"], remove: [], whole: true }));
      await peer.deliver(item("heads", { heads: { [group]: 99 } }));
    }
    expect(await history(alice, "#klub@a")).toEqual([]);
    expect((await ok(alice.request("members klub@a"))).data).toEqual(["alice"]);
    await ok(alice.request("sendgroup klub@a halo"));
    expect(await history(alice, "#klub@a")).toEqual(["halo"]);
  });

  it("cannot write into a group of another peer's, nor change who is in it", async () => {
    const { server, alice } = await withAlice();
    const home = await aliceIn("kelas", server, alice);
    const peer = await Dialer.linked(server, newIdentity("kantor"));
    for (const group of ["kelas", "kelas@rumah"]) {
      await peer.deliver(groupMessage({ name: "wati", realm: "rumah" }, group, [0, 1], "palsu"));
      await peer.deliver(item("members", { group, owner: "x@kantor", head: 0, add: [], remove: ["alice@a"] }));
    }
    expect(await home.deliver(groupMessage({ name: "wati", realm: "rumah" }, "kelas", [0, 1], "asli"))).toEqual([{}]);
    expect(await history(alice, "#kelas@rumah")).toEqual(["asli"]);
  });

  it("cannot put words into the mouth of a user of this realm, as a group's home", async () => {
    const { server, alice } = await withAlice();
    const { client: bob } = await newUser(server, "bob");
    const home = await aliceIn("kelas", server, alice);
    await ok(alice.request("sendgroup kelas@rumah asli"));
    const { id, time } = (await until("it is posted", () => home.items.find(({ kind }) => kind === "post"))) as Item;
    const as = { name: "alice", realm: "a" };
    const forged = [
      groupMessage(as, "kelas", [0, 1], "palsu"),
      groupMessage(as, "kelas", [0, 1], "asli"),
      groupMessage(as, "kelas", [0, 1], "palsu", { id, time }),
      groupMessage({ name: "bob", realm: "a" }, "kelas", [0, 1], "asli", { id, time }),
      groupMessage(as, "klub", [0, 1], "asli", { id, time }),
      groupMessage({ name: "alice", realm: "A" }, "kelas", [0, 1], "palsu"),
    ];
    for (const one of forged) expect(await home.deliver(one)).toMatchObject([REFUSED]);
    expect(await home.deliver(groupMessage(as, "kelas", [0, 1], "asli", { id, time }))).toEqual([{}]);
    expect(await history(alice, "#kelas@rumah")).toEqual(["asli"]);
    expect(await inbox(bob, "all")).toEqual([]);
  });

  it("cannot make members of another realm leave, nor post for them", async () => {
    const { server, alice } = await withAlice();
    await ok(alice.request("addgroup klub"));
    await ok(alice.request("group set klub posting members"));
    const third = await Dialer.linked(server, newIdentity("kantor"));
    expect(await third.deliver(item("join", { from: person("budi"), group: "klub" }))).toMatchObject([
      { group: "klub" },
    ]);
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    const from = { ...person("budi"), realm: "kantor" };
    await peer.deliver(item("leave", { from, group: "klub" }));
    await peer.deliver(item("leave", { from: person("budi@kantor"), group: "klub" }));
    expect(await peer.deliver(post("budi", "klub", "palsu", { from }))).toMatchObject([REFUSED]);
    expect(await peer.deliver(post("wati", "klub", "dari luar"))).toMatchObject([{ code: "not-member" }]);
    expect(await peer.deliver(post("wati", "takada", "dari luar"))).toMatchObject([{ code: "group-not-found" }]);
    expect((await ok(alice.request("members klub"))).data).toEqual(["alice", "budi@kantor"]);
    expect(await history(alice, "#klub")).toEqual([]);
  });

  it("gets no file that was not sent to it", async () => {
    const { server, alice } = await withAlice();
    const { client: bob } = await newUser(server, "bob");
    await Dialer.linked(server, newIdentity("kantor"));
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    const ids = [randomUUID(), "__proto__", "../../etc/passwd"];
    for (const to of ["bob", "budi@kantor"]) {
      const { file } = await ok(alice.request(`sendfile ${to} rahasia.txt ${btoa("rahasia")}`));
      ids.push((file as { id: string }).id);
    }
    for (const file of ids) {
      expect(await code(peer.call("piece", { file, offset: 0 })), file).toMatch(/file-not-found|bad-request/);
    }
    const { file } = await ok(alice.request(`sendfile wati@rumah untuk-wati.txt ${btoa("untuk wati")}`));
    const { id } = file as { id: string };
    for (const offset of [-1, 0.5, "0", null, 1e300]) {
      expect(await peer.call("piece", { file: id, offset }), String(offset)).toMatchObject(REFUSED);
    }
    expect(await peer.call("piece", { file: id, offset: 0 })).toMatchObject({ data: { data: btoa("untuk wati") } });
    expect(await inbox(bob, "all")).toHaveLength(1);
  });

  /** alice is a member of a group of realm rumah's. */
  async function aliceIn(group: string, server: TestServer, alice: Person["client"]): Promise<Dialer> {
    const home = await Dialer.linked(server, newIdentity("rumah"));
    const joined = { group, owner: "wati@rumah", head: 0 };
    home.answers = but("deliver", ({ body }) => ({
      data: (body as Item[]).map(({ kind }) => (kind === "join" ? joined : {})),
    }));
    await ok(alice.request(`joingroup ${group}@rumah`));
    await home.deliver(item("members", { ...joined, add: ["wati@rumah", "alice@a"], remove: [], whole: true }));
    return home;
  }
});
