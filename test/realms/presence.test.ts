/** Who types, who is away and who was there, over links: PROTOCOL.md, "Calls". */
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { Dialer } from "../support/dialer.ts";
import { but } from "../support/foreign.ts";
import { House } from "../support/house.ts";
import { newIdentity } from "../support/identity.ts";
import { item, message, person } from "../support/items.ts";
import { newUser, ok, type Person } from "../support/people.ts";
import { known, link, linked } from "../support/realms.ts";
import { until } from "../support/until.ts";
import { withAlice } from "./scene.ts";

interface Watcher extends Person {
  /** Who was seen to type: in which conversation, and who. */
  readonly typing: string[];
}

async function watcher(server: Parameters<typeof newUser>[0], name: string): Promise<Watcher> {
  const typing: string[] = [];
  const onEvent = ({ event, data }: ToldEvent): void => {
    if (event === "typing") typing.push(`${data.with} ${data.user}`);
  };
  const person = await newUser(server, name, { onEvent });
  await ok(person.client.request("watch on"));
  return { ...person, typing };
}

/** It may be dropped, where a link is slow: who types goes on typing. */
async function types(client: Wire, to: string, told: () => boolean): Promise<void> {
  await until(`typing ${to} is told`, async () => {
    await ok(client.request(`typing ${to}`));
    return told();
  });
}

test("that somebody types is told over the link: to a user, and by its home to a group's members everywhere", async () => {
  const [kampus, rumah] = [await House.of("kampus"), await House.of("rumah")];
  const [alice, bob, budi] = [
    await watcher(kampus, "alice"),
    await watcher(rumah, "bob"),
    await watcher(rumah, "budi"),
  ];
  await link(kampus, rumah);
  await ok(alice.client.request("send bob@rumah halo"));
  await types(alice.client, "bob@rumah", () => bob.typing.length > 0);
  expect(bob.typing).toContain("alice@kampus alice@kampus");
  await ok(alice.client.request("addgroup kelas"));
  for (const one of [bob, budi]) await ok(one.client.request("joingroup kelas@kampus"));
  const members = async (): Promise<unknown> => (await bob.client.request("members kelas@kampus")).data;
  await until("all are in it", async () => ((await members()) as unknown[]).length === 3);
  await types(alice.client, "#kelas", () => budi.typing.includes("#kelas@kampus alice@kampus"));
  await types(bob.client, "#kelas@kampus", () => budi.typing.includes("#kelas@kampus bob"));
  await until("its home has it too", () => alice.typing.includes("#kelas bob@rumah"));
  expect(bob.typing.filter((one) => one.endsWith(" bob"))).toEqual([]);
  expect(budi.typing.filter((one) => !one.startsWith("#"))).toEqual([]);
});

test("without a link nothing of it waits, and what is known here is told at once", async () => {
  const [kampus, rumah] = [await House.of("kampus"), await House.of("rumah")];
  const [alice, bob] = [await newUser(kampus, "alice"), await newUser(rumah, "bob")];
  await link(kampus, rumah);
  await ok(alice.client.request("send bob@rumah halo"));
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas@kampus"));
  await kampus.stop();
  await until("the link is lost", async () => (await known(bob.client, "kampus"))?.state !== "linked");
  await ok(bob.client.request("typing alice@kampus"));
  await ok(bob.client.request("typing #kelas@kampus"));
  expect((await known(bob.client, "kampus"))?.queued).toBe(0);
  const { data } = await ok(bob.client.request("info alice@kampus"));
  expect(data).toEqual({ username: "alice", name: "alice", realm: "kampus" });
});

test("what a user says of himself, and when he was there, is told to users elsewhere who may see it", async () => {
  const [kampus, rumah] = [await House.of("kampus"), await House.of("rumah")];
  const [alice, bob] = [await newUser(kampus, "alice"), await newUser(rumah, "bob")];
  await link(kampus, rumah);
  await linked(bob.client, "kampus");
  await ok(alice.client.request("send bob@rumah halo"));
  await ok(bob.client.request("watch on"));
  await ok(bob.client.request("away makan siang"));
  await ok(bob.client.request("status belajar"));
  const info = async (): Promise<Record<string, unknown>> => {
    return (await ok(alice.client.request("info bob@rumah"))).data as Record<string, unknown>;
  };
  const shows = (what: string, fields: Readonly<Record<string, unknown>>): Promise<unknown> =>
    until(what, async () => {
      const told = await info();
      return Object.entries(fields).every(([name, value]) => told[name] === value);
    });
  await shows("all of it", { online: true, away: "makan siang", status: "belajar", seen: undefined });
  const nothing = { online: false, away: undefined, status: undefined, seen: undefined };
  await ok(bob.client.request("presence off"));
  await shows("nothing while he is not to be seen", nothing);
  await ok(bob.client.request("presence on"));
  await ok(bob.client.request("block alice@kampus"));
  await shows("nothing to whom he has blocked", nothing);
  await ok(bob.client.request("unblock alice@kampus"));
  await shows("all again", { online: true, away: "makan siang" });
  await ok(alice.client.request("block bob@rumah"));
  await shows("nothing of whom one has blocked", { online: undefined, away: undefined });
  await ok(alice.client.request("unblock bob@rumah"));
  bob.client.close();
  const seen = await until("that he has gone, and when", async () => (await info())["seen"]);
  expect(new Date(String(seen)).toISOString()).toBe(seen);
});

test("a realm that tells no names tells nothing of its users", async () => {
  const { server } = await withAlice("--no-directory");
  const rumah = await Dialer.linked(server, newIdentity("rumah"));
  expect(await rumah.call("user", { user: "alice", viewer: "bob" })).toMatchObject({ data: { online: false } });
  expect(await rumah.call("user", { user: "nobody", viewer: "bob" })).toMatchObject({ data: { online: false } });
});

test("a realm passes on only what its users may say", async () => {
  const { server } = await withAlice();
  const carol = await watcher(server, "carol");
  await ok(carol.client.request("addgroup kelas"));
  const [rumah, kantor] = [
    await Dialer.linked(server, newIdentity("rumah")),
    await Dialer.linked(server, newIdentity("kantor")),
  ];
  for (const name of ["bob", "jahat", "asing"]) await rumah.deliver(message(name, ["carol"], "halo"));
  await kantor.deliver(message("wati", ["alice"], "halo"));
  await ok(carol.client.request("block jahat@rumah"));
  const typing = (body: object): Promise<unknown> => rumah.call("typing", body);
  // Who has not spoken with her, is of another realm, or is blocked.
  for (const from of ["baru", "wati", "alice", "jahat"]) {
    expect(await typing({ kind: "message", from, to: "carol" })).toMatchObject({ data: {} });
  }
  await typing({ kind: "message", from: "bob", to: "nobody" });
  // Who is not in the group, where it is not the home.
  await typing({ kind: "post", from: "bob", group: "kelas" });
  await typing({ kind: "group", from: "bob@rumah", group: "kelas", gid: "1-abc" });
  await typing({ kind: "group", from: "carol@a", group: "kelas", gid: "1-abc" });
  for (const wrong of [
    null,
    [],
    {},
    { kind: "message", from: "bob" },
    { kind: "message", from: "bob@rumah", to: "carol" },
    { kind: "message", from: "bob\u0000", to: "carol" },
    { kind: "post", from: "bob", group: "kelas", gid: "a b" },
    { kind: "group", from: "bob", group: "kelas", gid: "1-abc" },
    { kind: "group", from: "bob@rumah", group: "kelas" },
    { kind: "shout", from: "bob", to: "carol" },
  ]) {
    expect(await typing(wrong as object), JSON.stringify(wrong)).toMatchObject({ code: "bad-request" });
  }
  await rumah.deliver(item("join", { from: person("bob"), group: "kelas" }));
  await ok(carol.client.request("silence kelas bob@rumah"));
  await typing({ kind: "post", from: "bob", group: "kelas" });
  await ok(carol.client.request("unsilence kelas bob@rumah"));
  await typing({ kind: "post", from: "bob", group: "kelas" });
  await typing({ kind: "message", from: "bob", to: "carol" });
  // The answer to this comes behind all that she was told.
  await ok(carol.client.request("ping"));
  expect(carol.typing).toEqual(["#kelas bob@rumah", "bob@rumah bob@rumah"]);
});

test("a group's home says in nobody's name here that he types", async () => {
  const { server, alice } = await withAlice();
  const carol = await watcher(server, "carol");
  const home = await Dialer.linked(server, newIdentity("rumah"));
  const joined = { group: "kelas", owner: "wati@rumah", head: 0 };
  home.answers = but("deliver", ({ body }) => ({
    data: (body as { kind: string }[]).map(({ kind }) => (kind === "join" ? joined : {})),
  }));
  for (const one of [alice, carol.client]) await ok(one.request("joingroup kelas@rumah"));
  const add = ["wati@rumah", "alice@a", "carol@a"];
  await home.deliver(item("members", { ...joined, add, remove: [], whole: true }));
  const typing = (from: string): Promise<unknown> =>
    home.call("typing", { kind: "group", from, group: "kelas", gid: "1-abc" });
  for (const from of ["alice@a", "budi@rumah", "wati@kantor"]) await typing(from);
  await typing("wati@rumah");
  await ok(carol.client.request("ping"));
  expect(carol.typing).toEqual(["#kelas@rumah wati@rumah"]);
});

test("a server of before that knows none of this is told, refuses, and stays linked", async () => {
  const { server, alice } = await withAlice();
  const rumah = await Dialer.linked(server, newIdentity("rumah"));
  await rumah.deliver(message("bob", ["alice"], "halo"));
  await types(alice, "bob@rumah", () => rumah.calls.some(({ method }) => method === "typing"));
  const { data } = await ok(alice.request("info bob@rumah"));
  expect(data).toEqual({ username: "bob", name: "bob lengkap", realm: "rumah" });
  expect(await rumah.call("ping", {})).toMatchObject({ data: {} });
});

test("what a realm tells of a user is shown as far as it can be", async () => {
  const { server, alice } = await withAlice();
  const rumah = await Dialer.linked(server, newIdentity("rumah"));
  await rumah.deliver(message("bob", ["alice"], "halo"));
  const shows = async (told: unknown, wanted: unknown): Promise<void> => {
    rumah.answers = but("user", () => ({ data: told }));
    const before = rumah.calls.length;
    // An answer that takes long is not waited for.
    await until(`${JSON.stringify(told)} is shown`, async () => {
      const { data } = await ok(alice.request("info bob@rumah"));
      return rumah.calls.length > before && isDeepStrictEqual(data, wanted);
    });
  };
  const plain = { username: "bob", name: "bob lengkap", realm: "rumah" };
  for (const wrong of [{}, [], "x", { online: "yes" }]) await shows(wrong, plain);
  const odd = { online: false, away: "a\u202eb", status: 5, seen: 1e300, username: "carol" };
  await shows(odd, { ...plain, online: false });
  await shows({ online: true, away: "", status: "x".repeat(301) }, { ...plain, online: true, away: "" });
  await shows({ online: false, seen: 0 }, { ...plain, online: false, seen: "1970-01-01T00:00:00.000Z" });
});
