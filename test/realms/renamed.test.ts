/** `admin rename` of somebody whom other realms know: what they show of him, under which name, and whom they can write to. */
import { expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { operatorOf } from "../support/admin.ts";
import { House } from "../support/house.ts";
import { butPresence, inbox, loggedIn, newUser, ok, refused } from "../support/people.ts";
import { drained, link, linked, pair } from "../support/realms.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

async function rename(server: { readonly control: string }, name: string, to: string): Promise<void> {
  const operator = await operatorOf(server);
  await ok(operator.request(`admin rename ${name} ${to}`));
  operator.close();
}

async function members(client: Wire, group: string): Promise<readonly string[]> {
  const { data } = await ok(client.request(`members ${group}`));
  return (data as string[]).toSorted();
}

/** Who has said what is still to be read of a conversation. */
async function said(client: Wire, name: string): Promise<readonly string[]> {
  const { data } = await ok(client.request(`history ${name}`));
  return (data as { from: string; message?: string }[]).flatMap(({ from, message }) =>
    message === undefined ? [] : `${from}: ${message}`,
  );
}

async function users(client: Wire): Promise<readonly string[]> {
  return (await ok(client.request("list_users")))["users"] as string[];
}

test("in her groups she is there under the new name in all realms, with her role, and goes on in them", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  const kantor = await House.of("kantor");
  await link(kampus, rumah);
  await link(kampus, kantor);
  const { client: carl } = await newUser(kantor, "carl");
  await ok(alice.client.request("addgroup kelas"));
  const told: ToldEvent[] = [];
  const watching = (await loggedIn(rumah, "bob", { onEvent: butPresence((event) => void told.push(event)) })).client;
  await ok(bob.client.request("joingroup kelas@kampus"));
  await ok(carl.request("joingroup kelas@kampus"));
  await ok(alice.client.request("sendgroup kelas satu"));
  for (const one of [bob.client, carl])
    await until("it has come", async () => (await said(one, "#kelas@kampus")).length === 1);
  await ok(watching.request("watch on"));
  await rename(kampus, "alice", "alicia");
  for (const one of [bob.client, carl]) {
    await until("she is there under the new name", async () => {
      return (await members(one, "kelas@kampus")).includes("alicia@kampus");
    });
    expect(await members(one, "kelas@kampus")).toHaveLength(3);
    await until("and owns it", async () => {
      const { data } = await ok(one.request("group kelas@kampus"));
      return (data as { owner: string }).owner === "alicia@kampus";
    });
  }
  await until("bob is told that one left and one came", () => told.filter(({ event }) => event === "join").length > 0);
  expect(told.filter(({ event }) => event === "leave" || event === "join")).toEqual([
    expect.objectContaining({ event: "leave", data: expect.objectContaining({ user: "alice@kampus" }) }),
    expect.objectContaining({ event: "join", data: expect.objectContaining({ user: "alicia@kampus" }) }),
  ]);
  await ok(alice.client.request("sendgroup kelas dua"));
  await ok(bob.client.request("sendgroup kelas@kampus tiga"));
  const all = ["alice@kampus: satu", "alicia@kampus: dua", "bob@rumah: tiga"];
  for (const one of [bob.client, carl]) {
    await until("all is there", async () => (await said(one, "#kelas@kampus")).length === 3);
    expect((await said(one, "#kelas@kampus")).map((line) => line.replace(/^bob:/, "bob@rumah:"))).toEqual(all);
  }
  expect(await said(alice.client, "#kelas")).toEqual(["alicia: satu", "alicia: dua", "bob@rumah: tiga"]);
});

test("to people of other realms she writes in a new conversation; the old one is there, and nobody is reached by the old name", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(alice.client.request("send bob@rumah satu"));
  await until("it has come", async () => (await said(bob.client, "alice@kampus")).length === 1);
  await rename(kampus, "alice", "alicia");
  expect(await refused(bob.client.request("send alice@kampus halo"))).toBe("user-not-found");
  await ok(bob.client.request("send alicia@kampus halo"));
  await ok(alice.client.request("send bob@rumah dua"));
  await until("hers has come", async () => (await said(bob.client, "alicia@kampus")).length === 2);
  expect(await said(bob.client, "alicia@kampus")).toEqual(["bob: halo", "alicia@kampus: dua"]);
  expect(await said(bob.client, "alice@kampus")).toEqual(["alice@kampus: satu"]);
  expect(await said(alice.client, "bob@rumah")).toEqual(["alicia: satu", "bob@rumah: halo", "alicia: dua"]);
  await until("the list of users has the new name", async () => {
    const all = await users(bob.client);
    return all.includes("alicia@kampus") && !all.includes("alice@kampus");
  });
});

test("what she has said under the old name she edits and deletes there, too", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  const own = await ok(alice.client.request("send bob@rumah satu"));
  const gone = await ok(alice.client.request("send bob@rumah dua"));
  const inGroup = await ok(alice.client.request("sendgroup kelas tiga"));
  const answer = await ok(bob.client.request("send alice@kampus empat"));
  await until("it has come", async () => (await said(bob.client, "#kelas@kampus")).length === 1);
  const { data } = await ok(alice.client.request("history bob@rumah"));
  const [, , { id: fromBob }] = data as [unknown, unknown, { id: string }];
  await ok(alice.client.request(`react ${fromBob} 👍`));
  expect(answer["id"]).toBeDefined();
  const reactions = async (): Promise<unknown> => {
    const { data: all } = await ok(bob.client.request("history alice@kampus"));
    return (all as { reactions?: unknown }[]).flatMap(({ reactions: some }) => some ?? []);
  };
  await until("her reaction is there", async () => JSON.stringify(await reactions()).includes("alice"));
  await rename(kampus, "alice", "alicia");
  await ok(alice.client.request(`edit ${own["id"]} satu!`));
  await ok(alice.client.request(`delete ${gone["id"]}`));
  await ok(alice.client.request(`edit ${inGroup["id"]} tiga!`));
  await ok(alice.client.request(`unreact ${fromBob} 👍`));
  await drained(alice.client, "rumah");
  expect(await said(bob.client, "alice@kampus")).toEqual(["alice@kampus: satu!", "bob: empat"]);
  expect(await said(bob.client, "#kelas@kampus")).toEqual(["alice@kampus: tiga!"]);
  expect(await reactions()).toEqual([]);
});

test("what waits for another realm is hers, whatever she is called: she is told what has become of it", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(bob.client.request("addgroup arisan"));
  await rumah.stop();
  await ok(alice.client.request("send carl@rumah halo"));
  await ok(alice.client.request("joingroup arisan@rumah"));
  await rename(kampus, "alice", "alicia");
  await rumah.start();
  await linked(alice.client, "rumah");
  await until(
    "she is told",
    async () => (await inbox(alice.client, "all")).some((text) => text.includes("carl@rumah")),
    passing(kampus),
  );
  const again = (await loggedIn(rumah, "bob")).client;
  await drained(alice.client, "rumah");
  await until("nobody of the old name is in the group", async () => {
    return !(await members(again, "arisan")).includes("alice@kampus");
  });
  // She asks anew.
  await ok(alice.client.request("joingroup arisan@rumah"));
  expect(await members(again, "arisan")).toEqual(["alicia@kampus", "bob"]);
});

test("who is in a group elsewhere is not renamed; once she has left she is, and what asks her by her old name does no more", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(bob.client.request("addgroup arisan"));
  await ok(alice.client.request("joingroup arisan@rumah"));
  const operator = await operatorOf(kampus);
  expect(await refused(operator.request("admin rename alice alicia"))).toBe("forbidden");
  await ok(alice.client.request("leavegroup arisan@rumah"));
  await ok(bob.client.request("addgroup rapat"));
  await ok(bob.client.request("group set rapat access invite"));
  await ok(bob.client.request("invite rapat alice@kampus"));
  const asked = async (): Promise<number> => ((await ok(alice.client.request("invites"))).data as unknown[]).length;
  await until("she is asked", async () => (await asked()) === 1);
  await ok(operator.request("admin rename alice alicia"));
  operator.close();
  expect(await asked()).toBe(0);
  await drained(alice.client, "rumah");
  expect(await members(bob.client, "arisan")).toEqual(["bob"]);
  await ok(bob.client.request("invite rapat alicia@kampus"));
  await until("she is asked anew", async () => (await asked()) === 1);
  await ok(alice.client.request("accept #rapat@rumah"));
  expect(await members(bob.client, "rapat")).toEqual(["alicia@kampus", "bob"]);
});
