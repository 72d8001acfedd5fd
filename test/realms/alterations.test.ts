/** What becomes of messages in several realms, when they cannot be reached, or are older. */
import { expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { House } from "../support/house.ts";
import { history, loggedIn, newUser, ok, refused } from "../support/people.ts";
import { drained, link, pair } from "../support/realms.ts";
import { until } from "../support/until.ts";

interface Told {
  readonly id: string;
  readonly message?: string;
  readonly deleted?: boolean;
  readonly reactions?: object;
}

const all = async (client: Wire, of: string): Promise<readonly Told[]> =>
  (await ok(client.request(`history ${of}`))).data as Told[];

async function newest(client: Wire, of: string): Promise<string> {
  return (await all(client, of)).at(-1)?.id as string;
}

test("what is done while the other realm is down is done there when it comes back", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(bob.client.request("send alice@kampus satu"));
  const theirs = await newest(alice.client, "bob@rumah");
  await rumah.stop();
  const { id: edited } = await ok(alice.client.request("send bob@rumah dua"));
  const { id: deleted } = await ok(alice.client.request("send bob@rumah tiga"));
  for (const request of [`edit ${edited} kedua`, `delete ${deleted}`, `react ${theirs} é`, `reply ${edited} empat`]) {
    await ok(alice.client.request(request));
  }
  await rumah.start();
  const back = await loggedIn(rumah, "bob");
  await drained(alice.client, "rumah");
  expect(await all(back.client, "alice@kampus")).toMatchObject([
    { message: "satu", reactions: { é: ["alice@kampus"] } },
    { message: "kedua" },
    { deleted: true },
    { message: "empat", reply: { text: "kedua" } },
  ]);
});

test("what a realm has missed of a group is done there with the messages that it has missed", async () => {
  const { kampus, rumah, alice, bob } = await pair("--outbox-messages", "3");
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  const { id: one } = await ok(alice.client.request("sendgroup kelas satu"));
  await until("it is there", async () => (await history(bob.client, "#kelas@kampus")).length > 0);
  await rumah.stop();
  const ids: string[] = [];
  for (const text of ["dua", "tiga", "empat", "lima", "enam"]) {
    ids.push(String((await ok(alice.client.request(`sendgroup kelas ${text}`))).id));
  }
  for (const request of [
    `react ${one} +`,
    `edit ${ids[0]} kedua`,
    `delete ${ids[1]}`,
    `delete ${one}`,
    `react ${ids[3]} é`,
  ]) {
    await ok(alice.client.request(request));
  }
  await rumah.start();
  const back = await loggedIn(rumah, "bob");
  await until("all is there", async () => {
    const there = await all(back.client, "#kelas@kampus");
    return there.some(({ message }) => message === "enam") && there.some(({ reactions }) => reactions);
  });
  expect(await all(back.client, "#kelas@kampus")).toMatchObject([
    { deleted: true },
    { message: "kedua" },
    { deleted: true },
    { message: "empat" },
    { message: "lima", reactions: { é: ["alice@kampus"] } },
    { message: "enam" },
  ]);
});

test("an older realm is told of messages alone, and misses none of them", async () => {
  const kampus = await House.of("kampus", "--plain-links", "rumah");
  const rumah = await House.of("rumah", "--plain-links", "kampus");
  const [alice, bob] = [await newUser(kampus, "alice"), await newUser(rumah, "bob")];
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  const { id: one } = await ok(alice.client.request("sendgroup kelas satu"));
  await ok(alice.client.request(`react ${one} é`));
  await ok(bob.client.request("joingroup kelas@kampus"));
  const { id: two } = await ok(alice.client.request("sendgroup kelas dua"));
  await ok(alice.client.request(`edit ${two} kedua`));
  await ok(alice.client.request("sendgroup kelas tiga"));
  await drained(alice.client, "rumah");
  expect(await history(bob.client, "#kelas@kampus")).toEqual(["dua", "tiga"]);
  expect(await refused(bob.client.request(`react ${await newest(bob.client, "#kelas@kampus")} é`))).toBe("forbidden");
  const { id: own } = await ok(alice.client.request("send bob@rumah halo"));
  await ok(alice.client.request(`edit ${own} hai`));
  await drained(alice.client, "rumah");
  expect(await history(bob.client, "alice@kampus")).toEqual(["halo"]);
  // A link that begins anew asks what was missed: nothing was.
  await rumah.stop();
  await ok(alice.client.request(`react ${two} é`));
  await ok(alice.client.request("sendgroup kelas empat"));
  await rumah.start();
  const back = await loggedIn(rumah, "bob");
  await until("it is there", async () => (await history(back.client, "#kelas@kampus")).length > 2);
  expect(await history(back.client, "#kelas@kampus")).toEqual(["dua", "tiga", "empat"]);
});

test("a message to a group of another realm goes by the id that was answered, too, once it has come back from there", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  const { id } = await ok(bob.client.request("sendgroup kelas@kampus satu"));
  await until("it has come back", async () => (await history(bob.client, "#kelas@kampus")).length > 0);
  const here = await newest(bob.client, "#kelas@kampus");
  expect(await ok(bob.client.request(`edit ${id} kedua`))).toMatchObject({ id: here });
  await ok(bob.client.request(`react ${id} é`));
  await ok(bob.client.request(`reply ${id} tiga`));
  await ok(bob.client.request(`read ${id}`));
  await until("all of it has come back", async () => (await history(bob.client, "#kelas@kampus")).length > 1);
  expect(await all(bob.client, "#kelas@kampus")).toMatchObject([
    { id: here, message: "kedua", reactions: { é: ["bob"] } },
    { message: "tiga", reply: { id: here, text: "kedua" } },
  ]);
  const { id: other } = await newUser(rumah, "citra").then(async ({ client }) => {
    await ok(client.request("joingroup kelas@kampus"));
    expect(await refused(client.request(`react ${id} +`))).toBe("message-not-found");
    return ok(client.request("sendgroup kelas@kampus empat"));
  });
  expect(await refused(bob.client.request(`react ${other} +`))).toBe("message-not-found");
  await ok(bob.client.request(`delete ${id}`));
  await until("it is deleted", async () => (await all(bob.client, "#kelas@kampus"))[0]?.deleted === true);
  expect(await refused(bob.client.request(`react ${id} +`))).toBe("message-not-found");
});

test("what others do to a message from another realm is told with the id that it has there", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  const told: ToldEvent[] = [];
  const watching = await loggedIn(rumah, "bob", { onEvent: (event) => told.push(event) });
  await ok(watching.client.request("watch on"));
  const { id } = await ok(watching.client.request("sendgroup kelas@kampus satu"));
  const theirs = await until("it is there", async () => (await all(alice.client, "#kelas")).at(-1)?.id);
  await ok(alice.client.request(`react ${theirs} é`));
  const reacted = await until("it is told", () => told.find(({ event }) => event === "reacted"));
  expect(reacted.data).toMatchObject({ origin: id, by: "alice@kampus", emoji: "é" });
});
