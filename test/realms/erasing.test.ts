/** `erase`: what somebody has said goes in other realms, too, as far as they agree; who does not is named. */
import { expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { newIdentity } from "../support/identity.ts";
import { Listener } from "../support/listener.ts";
import { loggedIn, newUser, ok, PASSWORD } from "../support/people.ts";
import { link, linked, pair } from "../support/realms.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";
import { withAlice } from "./scene.ts";

const isErased = (server: { log(): string }): boolean => / info erased /.test(server.log());

/** What is still to be read of a conversation. */
async function said(client: Wire, name: string): Promise<readonly string[]> {
  const { data } = await ok(client.request(`history ${name}`));
  return (data as { message?: string }[]).flatMap(({ message }) => message ?? []);
}

test("what she has said to people of a linked realm, and in groups here and there, goes there, too", async () => {
  const { kampus, rumah, alice, bob } = await pair("--erase-days", "0");
  await link(kampus, rumah);
  const { client: carl } = await newUser(kampus, "carl");
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  await ok(bob.client.request("addgroup arisan"));
  await ok(alice.client.request("joingroup arisan@rumah"));
  await ok(carl.request("joingroup arisan@rumah"));
  await ok(alice.client.request("send bob@rumah satu"));
  await ok(bob.client.request("send alice@kampus dua"));
  await ok(alice.client.request("sendgroup kelas tiga"));
  await ok(alice.client.request("sendgroup arisan@rumah empat"));
  await ok(bob.client.request("sendgroup arisan lima"));
  for (const [client, name, count] of [
    [bob.client, "alice@kampus", 2],
    [bob.client, "#kelas@kampus", 1],
    [bob.client, "#arisan", 2],
    [carl, "#arisan@rumah", 2],
  ] as const) {
    await until(`${name} has come`, async () => (await said(client, name)).length === count);
  }
  expect(await ok(alice.client.request(`erase ${PASSWORD}`))).toMatchObject({
    realms: [{ realm: "rumah", deletes: true }],
  });
  await until("she is erased", () => isErased(kampus), passing(kampus));
  await until("nothing of hers is there", async () => {
    const [own, kelas, arisan] = await Promise.all([
      said(bob.client, "alice@kampus"),
      said(bob.client, "#kelas@kampus"),
      said(bob.client, "#arisan"),
    ]);
    return own.join() === "dua" && kelas.length === 0 && arisan.join() === "lima";
  });
  expect(await said(carl, "#arisan@rumah")).toEqual(["lima"]);
  expect(kampus.log()).toMatch(/ info erased user=alice messages=3 files=0\n/);
  // The group goes on there.
  await ok(bob.client.request("sendgroup arisan enam"));
  await until("carl has it", async () => (await said(carl, "#arisan@rumah")).includes("enam"));
});

test("how she took what was said elsewhere goes there, too, but for a group there that she has left", async () => {
  const { kampus, rumah, alice, bob } = await pair("--erase-days", "0");
  await link(kampus, rumah);
  const { client: carl } = await newUser(kampus, "carl");
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  for (const group of ["arisan", "rapat"]) {
    await ok(bob.client.request(`addgroup ${group}`));
    for (const one of [alice.client, carl]) await ok(one.request(`joingroup ${group}@rumah`));
    await ok(bob.client.request(`sendgroup ${group} halo`));
  }
  await ok(bob.client.request("sendgroup kelas@kampus halo"));
  await ok(bob.client.request("send alice@kampus halo"));
  const hers = ["bob@rumah", "#kelas", "#arisan@rumah", "#rapat@rumah"];
  for (const name of hers) {
    const id = await until(`${name} has come`, async () => {
      const { data } = await ok(alice.client.request(`history ${name}`));
      return (data as { id: string }[]).at(-1)?.id;
    });
    await ok(alice.client.request(`react ${id} 👍`));
  }
  const reacted = async (client: Wire, name: string): Promise<boolean> => {
    const { data } = await ok(client.request(`history ${name}`));
    return JSON.stringify(data).includes("👍");
  };
  const theirs = ["alice@kampus", "#kelas@kampus", "#arisan", "#rapat"];
  for (const name of theirs) await until(`it is in ${name}`, () => reacted(bob.client, name));
  await ok(alice.client.request("leavegroup rapat@rumah"));
  expect(await ok(alice.client.request(`erase ${PASSWORD}`))).toMatchObject({
    realms: [{ realm: "rumah", deletes: true }],
  });
  await until("she is erased", () => isErased(kampus), passing(kampus));
  for (const name of theirs.slice(0, 3)) {
    await until(`it is gone in ${name}`, async () => !(await reacted(bob.client, name)));
  }
  expect(await reacted(bob.client, "#rapat")).toBe(true);
  expect(await reacted(carl, "#rapat@rumah")).toBe(false);
  expect(kampus.log()).toMatch(/ info erased user=alice messages=0 files=0 reactions=4 unreached=rumah\n/);
});

test("a realm that cannot be reached is named, and deletes what it has when it is there again", async () => {
  const { kampus, rumah, alice, bob } = await pair("--erase-days", "0");
  await link(kampus, rumah);
  await ok(alice.client.request("send bob@rumah satu"));
  await until("it has come", async () => (await said(bob.client, "alice@kampus")).length === 1);
  await rumah.stop();
  await until("it is not linked", async () => {
    const { data } = await ok(alice.client.request("realms"));
    return (data as { realm: string; state: string }[]).some(
      ({ realm, state }) => realm === "rumah" && state !== "linked",
    );
  });
  const { client: carl } = await newUser(kampus, "carl");
  expect(await ok(alice.client.request(`erase ${PASSWORD}`))).toMatchObject({
    realms: [{ realm: "rumah", deletes: false }],
  });
  await until("she is erased", () => isErased(kampus), passing(kampus));
  expect(kampus.log()).toMatch(/ info erased user=alice messages=1 files=0 unreached=rumah\n/);
  await rumah.start();
  await linked(carl, "rumah");
  const again = await loggedIn(rumah, "bob");
  await until("it is gone there", async () => (await said(again.client, "alice@kampus")).length === 0);
});

test("what waits where an outbox is full is deleted there once there is room", async () => {
  const { kampus, rumah, alice, bob } = await pair("--erase-days", "0", "--outbox-messages", "2");
  await link(kampus, rumah);
  for (const text of ["satu", "dua", "tiga", "empat"]) await ok(alice.client.request(`send bob@rumah ${text}`));
  await until("they have come", async () => (await said(bob.client, "alice@kampus")).length === 4);
  await rumah.stop();
  await ok(alice.client.request(`erase ${PASSWORD}`));
  const { client: carl } = await newUser(kampus, "carl");
  await until(
    "two deletions wait",
    async () => {
      const { data } = await ok(carl.request("realms"));
      return (data as { queued?: number }[]).some(({ queued }) => queued === 2);
    },
    passing(kampus),
  );
  expect(isErased(kampus)).toBe(false);
  await rumah.start();
  const again = await loggedIn(rumah, "bob");
  await until(
    "all are gone there",
    async () => (await said(again.client, "alice@kampus")).length === 0,
    passing(kampus),
  );
  await until("she is erased", () => isErased(kampus), passing(kampus));
});

test("an older realm, which takes no deletions, is named", async () => {
  const old = await Listener.start(newIdentity("rumah"));
  old.isPlain = true;
  const { server, alice } = await withAlice("--erase-days", "0", "--plain-links", "rumah");
  await ok(alice.request(`addrealm rumah ${old.host} ${old.port}`));
  await ok(alice.request("send bob@rumah halo"));
  expect(await ok(alice.request(`erase ${PASSWORD}`))).toMatchObject({ realms: [{ realm: "rumah", deletes: false }] });
  await until("she is erased", () => isErased(server), passing(server));
  expect(server.log()).toMatch(/ info erased user=alice messages=1 files=0 unreached=rumah\n/);
});
