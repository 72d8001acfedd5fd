/** Servers of before links were encrypted: what is for them waits until an operator has done something, and is not lost. */
import { beforeEach, describe, expect, test } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { House } from "../support/house.ts";
import { type Identity, newIdentity } from "../support/identity.ts";
import { Listener } from "../support/listener.ts";
import { inbox, loggedIn, newUser, ok, type Person } from "../support/people.ts";
import { FaultyProxy } from "../support/proxy.ts";
import { drained, known } from "../support/realms.ts";
import { meanwhile, passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { reachesState, realmRow } from "./scene.ts";

const MINUTE_MS = 60_000;

/** What the log says of it. */
const reminders = (house: House): number => house.log().match(/ warn realm-waits-older realm=rumah /g)?.length ?? 0;

/** What waits may wait for two seconds. */
const SOON = ["--outbox-days", "0.00002"];

let alice: Person;
let rumah: Identity;

async function kampusWith(...options: readonly string[]): Promise<House> {
  const kampus = await House.of("kampus", ...options);
  alice = await newUser(kampus, "alice");
  return kampus;
}

/** An older server. */
async function olderListener(): Promise<Listener> {
  const peer = await Listener.start(rumah);
  peer.isPlain = true;
  return peer;
}

async function isFoundOlder(house: House): Promise<void> {
  const next = passing(house);
  await until("it is found to be older", () => reminders(house) > 0, next);
}

beforeEach(() => {
  rumah = newIdentity("rumah");
});

describe("a realm that is called and whose server is older", () => {
  test("waits, is told of with what to do, and once in the log, and what is for it does not expire", async () => {
    const kampus = await kampusWith(...SOON);
    const peer = await olderListener();
    await meanwhile(kampus, alice.client.request(`addrealm rumah ${peer.host} ${peer.port}`));
    expect(await ok(alice.client.request("send wati@rumah halo"))).toMatchObject({ state: "queued" });
    await isFoundOlder(kampus);
    const row = await reachesState(alice.client, "rumah", "waiting");
    expect(row).toMatchObject({ queued: 1, error: expect.stringMatching(/older server.*--plain-links rumah$/) });
    kampus.pass(11 * MINUTE_MS);
    await until("it has been called again", () => peer.visits > 2, passing(kampus));
    expect(await reachesState(alice.client, "rumah", "waiting")).toMatchObject({ queued: 1 });
    expect(await inbox(alice.client, "all")).toEqual([]);
    expect(reminders(kampus)).toBe(1);
    // Nothing of ours was said to it but that there is a server here.
    expect(peer.hellos).toEqual([]);
  });

  test("links once it is named by --plain-links, and gets what has waited", async () => {
    const kampus = await kampusWith();
    const peer = await olderListener();
    await meanwhile(kampus, alice.client.request(`addrealm rumah ${peer.host} ${peer.port}`));
    await ok(meanwhile(kampus, alice.client.request("send wati@rumah halo")));
    await isFoundOlder(kampus);
    await kampus.stop();
    await kampus.start("--plain-links", "Rumah");
    await until("it has come", () => peer.items.some(({ text }) => text === "halo"), passing(kampus));
    const again = await loggedIn(kampus, "alice");
    await reachesState(again.client, "rumah", "linked");
    await drained(again.client, "rumah");
  });

  test("links once it is no older one any more", async () => {
    const kampus = await kampusWith();
    const peer = await olderListener();
    await meanwhile(kampus, alice.client.request(`addrealm rumah ${peer.host} ${peer.port}`));
    await ok(meanwhile(kampus, alice.client.request("send wati@rumah halo")));
    await isFoundOlder(kampus);
    peer.isPlain = false;
    await until("it has come", () => peer.items.some(({ text }) => text === "halo"), passing(kampus));
    expect(await realmRow(alice.client, "rumah")).toMatchObject({ state: "linked" });
    expect(await realmRow(alice.client, "rumah")).not.toHaveProperty("error");
  });
});

describe("a realm that connects and whose server is older", () => {
  test("is refused with what to do, and waits", async () => {
    const kampus = await kampusWith();
    await ok(alice.client.request(`addrealm rumah key ${rumah.key}`));
    expect(await ok(alice.client.request("send wati@rumah halo"))).toMatchObject({ state: "queued" });
    const peer = new Dialer(kampus, rumah, { plain: true });
    expect(await peer.sayHello()).toMatchObject({ code: "forbidden", detail: expect.stringMatching(/--plain-links/) });
    await until("it is let go", () => peer.channel.hasEnded);
    expect(await realmRow(alice.client, "rumah")).toMatchObject({
      state: "waiting",
      queued: 1,
      error: expect.stringMatching(/older server/),
    });
    expect(reminders(kampus)).toBe(1);
  });

  test("is not believed with another key than is known, nor while the realm is linked", async () => {
    const kampus = await kampusWith();
    const first = await Dialer.linked(kampus, rumah);
    for (const claimed of [rumah, newIdentity("rumah")]) {
      const other = new Dialer(kampus, claimed, { plain: true });
      expect(await other.sayHello()).toMatchObject({ code: "forbidden" });
    }
    expect(await realmRow(alice.client, "rumah")).toMatchObject({ state: "linked" });
    first.channel.close();
    await until("it is gone", async () => (await realmRow(alice.client, "rumah"))["state"] !== "linked");
    await new Dialer(kampus, newIdentity("rumah"), { plain: true }).sayHello();
    expect((await realmRow(alice.client, "rumah"))["error"]).not.toMatch(/older/);
    expect(reminders(kampus)).toBe(0);
  });

  test("links if it is named, and no other does so", async () => {
    const kampus = await kampusWith("--plain-links", "rumah", "--plain-links", "pasar");
    const peer = await Dialer.linked(kampus, rumah, { plain: true });
    await ok(alice.client.request("send wati@rumah halo"));
    expect(peer.items).toMatchObject([{ text: "halo" }]);
    expect(await new Dialer(kampus, newIdentity("kantor"), { plain: true }).sayHello()).toMatchObject({
      code: "forbidden",
    });
    // Who is named may encrypt.
    await Dialer.linked(kampus, newIdentity("pasar"));
  });
});

test("two servers that name each other link as older ones do", async () => {
  const kampus = await kampusWith("--plain-links", "rumah");
  const house = await House.of("rumah", "--plain-links", "kampus");
  const bob = await newUser(house, "bob");
  const proxy = await FaultyProxy.before(house);
  proxy.listenIn();
  await ok(alice.client.request(`addrealm rumah ${proxy.host} ${proxy.port}`));
  await reachesState(alice.client, "rumah", "linked");
  await ok(alice.client.request("send bob@rumah halo"));
  expect(await inbox(bob.client, "all")).toEqual(["halo"]);
  expect(proxy.overheard.toString()).toContain("link hello 1 kampus");
  expect(kampus.log()).not.toContain("realm-waits-older");
});

test("after a start nothing expires for ten minutes, for it may turn out that the other server is older", async () => {
  const kampus = await kampusWith(...SOON);
  const nowhere = await FaultyProxy.before(kampus);
  nowhere.refuse(true);
  await alice.client.request(`addrealm rumah ${nowhere.host} ${nowhere.port}`);
  await ok(alice.client.request("send wati@rumah halo"));
  kampus.pass(9 * MINUTE_MS);
  expect(await known(alice.client, "rumah")).toMatchObject({ queued: 1 });
  kampus.pass(2 * MINUTE_MS);
  await until("it has been given up", async () => (await known(alice.client, "rumah"))?.queued === 0, passing(kampus));
  expect(await inbox(alice.client, "all")).toEqual([expect.stringContaining("not delivered")]);
});

test("nobody makes an older server of a realm that has linked encrypted, by saying so", async () => {
  const kampus = await kampusWith();
  const { client } = alice;
  (await Dialer.linked(kampus, rumah)).channel.close();
  await until("it is gone", async () => (await realmRow(client, "rumah"))["state"] !== "linked");
  expect(await new Dialer(kampus, rumah, { plain: true }).sayHello()).toMatchObject({ code: "forbidden" });
  expect((await realmRow(client, "rumah"))["error"] ?? "").not.toMatch(/older|plain-links/);
  expect(reminders(kampus)).toBe(0);
});
