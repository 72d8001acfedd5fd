/** Groups that have members in other realms are run there, too; but not by servers that know nothing of it. */
import { expect, test } from "vitest";
import { Dialer } from "../support/dialer.ts";
import { House } from "../support/house.ts";
import { newIdentity } from "../support/identity.ts";
import { history, loggedIn, newUser, ok, refused } from "../support/people.ts";
import { drained, link, pair } from "../support/realms.ts";
import { until } from "../support/until.ts";

test("what was said for a group before it had another name comes to it", async () => {
  const { kampus, rumah, alice, bob } = await pair();
  await link(kampus, rumah);
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  await ok(alice.client.request("topic kelas dengar"));
  const knows = async (): Promise<boolean> =>
    JSON.stringify(await bob.client.request("group kelas@kampus")).includes("dengar");
  await until("its id is known", knows);
  await kampus.stop();
  await ok(bob.client.request("sendgroup kelas@kampus halo semua"));
  await kampus.start();
  // Before it is linked again: what waits for it names the group as it was.
  const owner = await loggedIn(kampus, "alice");
  await ok(owner.client.request("group rename kelas sekolah"));
  await drained(bob.client, "kampus");
  await until("it has come", async () => (await history(owner.client, "#sekolah")).includes("halo semua"));
  const isThere = async (): Promise<boolean> =>
    (await bob.client.request("history #sekolah@kampus")).code === undefined &&
    (await history(bob.client, "#sekolah@kampus")).includes("halo semua");
  await until("it is back where it was said", isThere);
});

test("a group with members whose server is older is neither renamed nor deleted, and asks nobody there", async () => {
  const kampus = await House.of("kampus", "--plain-links", "rumah");
  const alice = await newUser(kampus, "alice");
  const rumah = await Dialer.linked(kampus, newIdentity("rumah"), { plain: true });
  await ok(alice.client.request("addgroup kelas"));
  await ok(alice.client.request("topic kelas lama"));
  await rumah.deliver({ n: 1, kind: "join", group: "kelas", from: { name: "bob", full: "Bob" } });
  await ok(alice.client.request("members kelas"));
  expect(await refused(alice.client.request("group rename kelas sekolah"))).toBe("forbidden");
  expect(await refused(alice.client.request("group delete kelas"))).toBe("forbidden");
  expect(await refused(alice.client.request("invite kelas wati@rumah"))).toBe("forbidden");
  await ok(alice.client.request("topic kelas baru"));
  await ok(alice.client.request("kick kelas bob@rumah"));
  await ok(alice.client.request("group rename kelas sekolah"));
});

test("what a realm says of groups that it does not have changes nothing, and what is no rule of one is refused", async () => {
  const kampus = await House.of("kampus");
  const alice = await newUser(kampus, "alice");
  const rumah = await Dialer.linked(kampus, newIdentity("rumah"));
  await ok(alice.client.request("addgroup kelas"));
  const about = {
    kind: "about",
    group: "kelas",
    gid: "1-abc",
    owner: "bob@rumah",
    moderators: [],
    topic: "milik bob",
    slow: 0,
    access: "open",
    history: "all",
    posting: "open",
    listed: true,
    keep: 0,
  };
  const deed = { kind: "deed", group: "kelas", from: { name: "bob", full: "Bob" } };
  const results = await rumah.deliver(
    { n: 1, ...about },
    { n: 2, kind: "gone", group: "kelas", gid: "1-abc" },
    { n: 3, ...about, access: "everybody" },
    { n: 4, ...about, gid: "a b" },
    { n: 5, ...about, topic: "dua\nbaris" },
    { n: 6, ...deed, deed: { do: "delete" } },
    { n: 7, ...deed, gid: "1-abc", deed: { do: "delete" } },
    { n: 8, ...deed, deed: { do: "rule" } },
    { n: 9, ...deed, deed: { do: "slow", seconds: -1 } },
    { n: 10, ...deed, deed: { do: "ban", user: "alice" } },
    {
      n: 11,
      kind: "invited",
      group: "kelas",
      gid: "9-x",
      to: "nobody",
      by: "bob@rumah",
      owner: "bob@rumah",
      access: "open",
      listed: true,
    },
  );
  expect((results as { code?: string }[]).map(({ code = "" }) => code)).toEqual([
    ...["", "", "bad-request", "bad-request", "bad-request"],
    ...["not-member", "group-not-found", "bad-request", "bad-request", "bad-request", "user-not-found"],
  ]);
  expect(await ok(alice.client.request("group kelas"))).toMatchObject({ data: { topic: "", owner: "alice" } });
});
