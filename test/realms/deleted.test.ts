/** `admin delete` of somebody whom other realms know, with and without what he has said: what they show of him from then on. */
import { expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { operatorOf } from "../support/admin.ts";
import { House } from "../support/house.ts";
import { butPresence, inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { drained, link, linked, pair } from "../support/realms.ts";
import { until } from "../support/until.ts";

async function remove(server: { readonly control: string }, what: string): Promise<unknown> {
  const operator = await operatorOf(server);
  const reply = await ok(operator.request(`admin delete ${what}`));
  operator.close();
  return reply;
}

async function members(client: Wire, group: string): Promise<readonly string[]> {
  const { data } = await ok(client.request(`members ${group}`));
  return (data as string[]).toSorted();
}

async function said(client: Wire, name: string): Promise<readonly string[]> {
  const { data } = await ok(client.request(`history ${name}`));
  return (data as { message?: string }[]).flatMap(({ message }) => message ?? []);
}

/** Three realms; alice is in `kelas` of her own, where bob and carl are, and in `arisan` of bob's. */
async function three(): Promise<{
  kampus: House;
  rumah: House;
  alice: Person;
  bob: Person;
  carl: Person;
  dani: Person;
}> {
  const { kampus, rumah, alice, bob } = await pair();
  const kantor = await House.of("kantor");
  await link(kampus, rumah);
  await link(kampus, kantor);
  const [carl, dani] = [await newUser(kantor, "carl"), await newUser(kampus, "dani")];
  await ok(alice.client.request("addgroup kelas"));
  for (const one of [bob, carl]) await ok(one.client.request("joingroup kelas@kampus"));
  await ok(bob.client.request("addgroup arisan"));
  await ok(alice.client.request("joingroup arisan@rumah"));
  await ok(alice.client.request("send bob@rumah satu"));
  await ok(alice.client.request("sendgroup kelas dua"));
  await ok(alice.client.request("sendgroup arisan@rumah tiga"));
  await ok(bob.client.request("send alice@kampus dari bob"));
  for (const [client, name, count] of [
    [bob.client, "alice@kampus", 2],
    [bob.client, "#kelas@kampus", 1],
    [bob.client, "#arisan", 1],
    [carl.client, "#kelas@kampus", 1],
  ] as const) {
    await until(`${name} has come`, async () => (await said(client, name)).length === count);
  }
  return { kampus, rumah, alice, bob, carl, dani };
}

test("an account that goes alone: her words stay everywhere, she is in no group, and nothing reaches her", async () => {
  const { kampus, rumah, bob, carl } = await three();
  const told: ToldEvent[] = [];
  const watching = await loggedIn(rumah, "bob", { onEvent: butPresence((event) => void told.push(event)) });
  await ok(watching.client.request("watch on"));
  expect(await remove(kampus, "alice")).toMatchObject({ user: "alice", deleted: 0 });
  await until("she is in no group there", async () => {
    const all = [await members(bob.client, "kelas@kampus"), await members(bob.client, "arisan")];
    return !all.flat().includes("alice@kampus");
  });
  await until("nor at carl's", async () => !(await members(carl.client, "kelas@kampus")).includes("alice@kampus"));
  await until("one of theirs has her group", async () => {
    const { data } = await ok(carl.client.request("group kelas@kampus"));
    return (data as { owner: string }).owner === "bob@rumah";
  });
  const left = (): readonly string[] =>
    told.flatMap(({ event, data }) => (event === "leave" ? `${data.user} ${data.group}` : []));
  await until("bob is told of both", () => left().length === 2);
  expect(left().toSorted()).toEqual(["alice@kampus arisan", "alice@kampus kelas@kampus"]);
  expect(await said(bob.client, "alice@kampus")).toEqual(["satu", "dari bob"]);
  expect([await said(bob.client, "#kelas@kampus"), await said(bob.client, "#arisan")]).toEqual([["dua"], ["tiga"]]);
  expect(await refused(bob.client.request("send alice@kampus halo"))).toBe("user-not-found");
  expect(await said(bob.client, "alice@kampus"), "nor is it kept as sent").toEqual(["satu", "dari bob"]);
  await ok(bob.client.request("invite arisan alice@kampus"));
  await until("bob is told that she cannot be asked", async () => {
    return (await inbox(bob.client, "all")).some((text) => text.startsWith("not asked: alice@kampus"));
  });
  await ok(bob.client.request("sendgroup kelas@kampus empat"));
  await until("the group goes on", async () => (await said(carl.client, "#kelas@kampus")).join() === "dua,empat");
  await until("she is in no list of users", async () => {
    return !((await ok(bob.client.request("list_users")))["users"] as string[]).includes("alice@kampus");
  });
});

test("with what she has said: it goes in other realms too, also in a group of theirs, and what others have said stays", async () => {
  const { kampus, bob, carl, dani } = await three();
  await ok(dani.client.request("joingroup arisan@rumah"));
  expect(await remove(kampus, "alice messages")).toMatchObject({ user: "alice", deleted: 3 });
  await drained(dani.client, "rumah");
  await drained(dani.client, "kantor");
  await until("it is gone", async () => {
    const all = [await said(bob.client, "#kelas@kampus"), await said(bob.client, "#arisan")];
    return all.flat().length === 0 && (await said(carl.client, "#kelas@kampus")).length === 0;
  });
  expect(await said(bob.client, "alice@kampus")).toEqual(["dari bob"]);
  expect(await members(bob.client, "arisan")).toEqual(["bob", "dani@kampus"]);
  expect(await refused(bob.client.request("send alice@kampus halo"))).toBe("user-not-found");
});

test("her words of an account that is gone already: those in private go there; of a group there she is no member any more", async () => {
  const { kampus, bob, dani } = await three();
  await remove(kampus, "alice");
  await drained(dani.client, "rumah");
  await remove(kampus, "alice messages");
  await drained(dani.client, "rumah");
  await until("they are gone", async () => (await said(bob.client, "alice@kampus")).join() === "dari bob");
  await until("of her own group too", async () => (await said(bob.client, "#kelas@kampus")).length === 0);
  expect(await said(bob.client, "#arisan")).toEqual(["tiga"]);
});

test("a realm that is away learns it when it is back", async () => {
  const { kampus, rumah, dani } = await three();
  await rumah.stop();
  await remove(kampus, "alice messages");
  await rumah.start();
  await linked(dani.client, "rumah");
  await drained(dani.client, "rumah");
  const { client } = await loggedIn(rumah, "bob");
  await until("she is gone there", async () => {
    const all = [await members(client, "kelas@kampus"), await members(client, "arisan")];
    return !all.flat().includes("alice@kampus");
  });
  await until("and her words", async () => (await said(client, "alice@kampus")).join() === "dari bob");
  expect([await said(client, "#kelas@kampus"), await said(client, "#arisan")]).toEqual([[], []]);
});
