/** A realm that is banned is linked with in neither direction; what waits for it waits. A user of one is banned alone. */
import { describe, expect, it } from "vitest";
import { operatorOf } from "../support/admin.ts";
import { Dialer } from "../support/dialer.ts";
import { but } from "../support/foreign.ts";
import { newIdentity } from "../support/identity.ts";
import { groupMessage, type Item, item, message, person, post } from "../support/items.ts";
import { Listener } from "../support/listener.ts";
import { history, inbox, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import { drained, link, linked, pair } from "../support/realms.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";
import { reachesState, realmRow, withAlice } from "./scene.ts";

const HOUR_MS = 3600_000;
const OLD = "127.0.0.2";
// Only Linux has more loopback addresses than one without set-up.
const manyAddresses = process.platform === "linux";

async function operating(...options: readonly string[]) {
  const { server, alice } = await withAlice(...options);
  return { server, alice, operator: await operatorOf(server) };
}

async function twoRealms() {
  const realms = await pair();
  await link(realms.kampus, realms.rumah);
  return { ...realms, operator: await operatorOf(realms.kampus) };
}

describe("a realm that is banned", () => {
  it("loses its link at once, whoever has dialed, and is told so when it comes again", async () => {
    const { server, alice, operator } = await operating();
    const rumah = newIdentity("rumah");
    const peer = await Dialer.linked(server, rumah);
    await ok(operator.request("admin ban @Rumah spam"));
    await until("the link ends", () => peer.channel.hasEnded);
    expect(await realmRow(alice, "rumah")).toMatchObject({
      state: "refused",
      error: "@rumah is banned here: spam",
    });
    const again = new Dialer(server, rumah);
    await again.sayHello();
    expect(await again.prove()).toMatchObject({ code: "forbidden", detail: "@rumah is banned here: spam" });
    await ok(operator.request("admin unban @rumah"));
    await Dialer.linked(server, rumah);
    await reachesState(alice, "rumah", "linked");
  });

  it("may be one that nobody has heard of yet", async () => {
    const { server, alice, operator } = await operating();
    await ok(operator.request("admin ban @rumah"));
    const peer = new Dialer(server, newIdentity("rumah"));
    await peer.sayHello();
    expect(await peer.prove()).toMatchObject({ code: "forbidden" });
    expect(await refused(alice.request("addrealm rumah 127.0.0.1 9001"))).toBe("forbidden");
  });

  it("is not dialed, and is again when the ban has ended", async () => {
    const { server, alice, operator } = await operating();
    const peer = await Listener.start(newIdentity("rumah"));
    await ok(alice.request(`addrealm rumah ${peer.host} ${peer.port}`));
    await reachesState(alice, "rumah", "linked");
    await ok(operator.request("admin ban @rumah for 1h"));
    await until("the link ends", () => !peer.isLinked);
    const hellos = peer.hellos.length;
    const step = passing(server);
    for (let i = 0; i < 20; i++) {
      server.pass(60_000);
      await step();
    }
    await ok(alice.request("ping"));
    expect(peer.hellos).toHaveLength(hellos);
    server.pass(HOUR_MS);
    await until("it is linked again", () => peer.isLinked, step);
  });

  it("is sent nothing new, and what waits for it arrives after the ban", async () => {
    const { kampus, rumah, alice, bob, operator } = await twoRealms();
    await ok(bob.client.request("addgroup kelas"));
    await ok(alice.client.request("joingroup kelas@rumah"));
    await ok(alice.client.request("addgroup kantor"));
    await ok(bob.client.request("joingroup kantor@kampus"));
    await ok(operator.request("admin ban @rumah spam"));
    for (const request of [
      "send bob@rumah halo",
      "sendprivaterealm rumah bob halo",
      "sendgroup kelas@rumah halo",
      "post c-1 #kelas@rumah halo",
      "sendfile bob@rumah a.txt YQ==",
      "sendgrouprealm rumah bob,wati halo",
      "joingroup lain@rumah",
    ]) {
      expect(await alice.client.request(request), request).toMatchObject({
        code: "forbidden",
        detail: "@rumah is banned here: spam",
      });
    }
    expect(await history(alice.client, "bob@rumah").catch(() => [])).toEqual([]);
    await ok(alice.client.request("sendgroup kantor menunggu"));
    expect(await realmRow(alice.client, "rumah")).toMatchObject({ state: "refused", queued: 1 });
    expect(await history(bob.client, "#kantor@kampus")).toEqual([]);
    await ok(operator.request("admin unban @rumah"));
    const step = passing(kampus, rumah);
    await until("it arrives", async () => (await history(bob.client, "#kantor@kampus")).length === 1, step);
    await drained(alice.client, "rumah");
  });

  it("keeps what it has to say until the ban is over", async () => {
    const { kampus, rumah, alice, bob, operator } = await twoRealms();
    await ok(operator.request("admin ban @rumah"));
    expect(await ok(bob.client.request("send alice@kampus halo"))).toMatchObject({ state: "queued" });
    expect(await inbox(alice.client, "all")).toEqual([]);
    await ok(operator.request("admin unban @rumah"));
    const step = passing(kampus, rumah);
    await until("it arrives", async () => (await inbox(alice.client, "all")).length === 1, step);
    await linked(bob.client, "kampus");
  });

  it("stays banned over a restart", async () => {
    const { kampus, operator } = await twoRealms();
    await ok(operator.request("admin ban @rumah"));
    await kampus.stop();
    await kampus.start();
    const again = await kampus.connect();
    await ok(again.request("auth alice rahasia"));
    expect(await realmRow(again, "rumah")).toMatchObject({ state: "refused" });
  });

  it.skipIf(!manyAddresses)("of the older kind is refused, too, and asked nothing", async () => {
    const { server, alice, operator } = await operating("--legacy-realms", `old=${OLD}:1`);
    await ok(operator.request("admin ban @old"));
    const [reply] = await new Wire(server, OLD).request("recvrealmprivatemsg wati old alice halo").first(1);
    expect(reply).toMatchObject({ code: "forbidden", detail: "@old is banned here" });
    expect(await inbox(alice, "all")).toEqual([]);
    expect(await realmRow(alice, "old")).toMatchObject({ state: "refused" });
  });
});

describe("a user of another realm who is banned", () => {
  it("says nothing here any more; others of his realm do", async () => {
    const { server, alice, operator } = await operating();
    await newUser(server, "bob");
    await ok(alice.request("addgroup kelas"));
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    await ok(operator.request("admin ban Wati@Rumah spam"));
    const banned = { code: "forbidden", detail: "wati@rumah is banned here: spam" };
    const results = await peer.deliver(
      message("wati", ["alice"], "satu"),
      post("WATI", "kelas", "dua"),
      item("join", { group: "kelas", from: person("wati") }),
      message("budi", ["alice"], "tiga"),
      post("budi", "kelas", "empat"),
    );
    expect(results).toMatchObject([banned, banned, banned, {}, {}]);
    expect(await inbox(alice, "all")).toEqual(["tiga", "empat"]);
  });

  it("is written to no more", async () => {
    const { server, alice, operator } = await operating();
    const peer = await Dialer.linked(server, newIdentity("rumah"));
    await ok(operator.request("admin ban wati@rumah spam"));
    const refusal = { code: "forbidden", detail: "wati@rumah is banned here: spam" };
    for (const request of ["send wati@rumah halo", "sendgrouprealm rumah budi,wati halo"]) {
      expect(await alice.request(request), request).toMatchObject(refusal);
    }
    const [, reply] = await new Wire(server)
      .request(`auth alice ${PASSWORD}`, "creategroup g budi@rumah,wati@rumah")
      .first(2);
    expect(reply).toMatchObject(refusal);
    await ok(alice.request("send budi@rumah halo"));
    await until("the other is", () => peer.items.some(({ kind }) => kind === "message"));
    expect(peer.items.filter(({ kind }) => kind === "message")).toMatchObject([{ to: ["budi"] }]);
  });

  it("is not heard in a group elsewhere, whose other words arrive", async () => {
    const { server, alice, operator } = await operating();
    const peer = await Dialer.linked(server, newIdentity("rumah"), {
      answers: but("deliver", ({ body }) => ({
        data: (body as readonly Item[]).map(({ kind }) =>
          kind === "join" ? { group: "kelas", owner: "budi@rumah", head: 0 } : {},
        ),
      })),
    });
    await ok(alice.request("joingroup kelas@rumah"));
    await peer.deliver(groupMessage({ name: "wati", realm: "pasar" }, "kelas", [0, 1], "satu"));
    await ok(operator.request("admin ban wati@pasar"));
    const results = await peer.deliver(
      groupMessage({ name: "wati", realm: "pasar" }, "kelas", [1, 2], "dua"),
      groupMessage({ name: "budi", realm: "rumah" }, "kelas", [1, 3], "tiga"),
    );
    expect(results).toMatchObject([{ code: "forbidden" }, {}]);
    expect(await history(alice, "#kelas@rumah")).toEqual(["satu", "tiga"]);
  });
});
