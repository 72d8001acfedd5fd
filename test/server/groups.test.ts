/** What members, and those who are not, see of groups that are not open, and what of it lasts. */
import { expect, test } from "vitest";
import { exampleOf } from "../../src/client/examples.ts";
import type { Wire } from "../../src/connection/wire.ts";
import { dialectNamed } from "../../src/protocol/dialects/index.ts";
import { House } from "../support/house.ts";
import { history, loggedIn, newUser, ok, refused } from "../support/people.ts";
import { started } from "../support/started.ts";

/** Requests of every dialect that name a group, or may: each about the group of this name. */
function about(group: string): readonly string[] {
  const rows = dialectNamed("native").rows.concat(dialectNamed("unix").rows, dialectNamed("multirealm").rows);
  const named = rows.filter(({ operation, pattern }) => {
    return /group|<with>|<to>|<receiver>/.test(pattern.source) && !["createGroup", "upload"].includes(operation);
  });
  const requests = named.flatMap((row) => {
    const example = exampleOf(row).replaceAll("#kelas", `#${group}`).replaceAll("kelas", group);
    return row.pattern.source.includes("group") ? [example] : [example.replace(/\bbob\b/, `#${group}`)];
  });
  return [...new Set(requests)].filter((request) => request.includes(group) && !request.includes("TOKEN"));
}

/** What is answered, with one name for every group. */
async function answers(client: Wire, group: string): Promise<unknown[]> {
  const told: unknown[] = [];
  for (const request of about(group)) {
    const { time: _, id: __, ...reply } = await client.request(request);
    told.push([request, reply].map((one) => JSON.stringify(one).replaceAll(group, "GROUP")));
  }
  return told;
}

test("a hidden group is answered as one that does not exist, whoever asks who is not in it", async () => {
  const server = await started("--dialect", "auto");
  const { client: alice } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await newUser(server, "carl");
  const { client: dewi } = await newUser(server, "dewi");
  await ok(alice.request("addgroup rahasia"));
  await ok(dewi.request("joingroup rahasia"));
  await ok(dewi.request("mute #rahasia"));
  await ok(alice.request("sendgroup rahasia halo"));
  await ok(alice.request("sendfilegroup rahasia a.pdf YQ=="));
  const [last] = (await ok(alice.request("history #rahasia limit 1"))).data as { id: string; file: { id: string } }[];
  await ok(alice.request("ban rahasia dewi"));
  await ok(alice.request("group set rahasia access invite"));
  await ok(alice.request("group set rahasia listed no"));
  expect(about("rahasia").length).toBeGreaterThan(30);
  for (const outsider of [bob, dewi]) {
    expect(await answers(outsider, "rahasia")).toEqual(await answers(outsider, "nihil"));
    expect(await refused(outsider.request(`read ${last?.id}`))).toBe("message-not-found");
    expect(await refused(outsider.request(`download ${last?.file.id}`))).toBe("file-not-found");
    for (const list of ["groups", "chats", "mutes", "invites", "my_file", "files received", "inbox all", "ls_group"]) {
      expect(JSON.stringify(await outsider.request(list))).not.toContain("rahasia");
    }
  }
  // Only who wants to give a group its name is told that there is one.
  expect(await refused(bob.request("addgroup Rahasia"))).toBe("group-exists");
});

test("who joins a group that shows nothing older sees none of its older files either", async () => {
  const server = await started();
  const { client: alice } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await ok(alice.request("addgroup kelas"));
  await ok(alice.request("sendgroup kelas dulu"));
  await ok(alice.request("sendfilegroup kelas lama.txt YQ=="));
  await ok(alice.request("group set kelas history joined"));
  await ok(bob.request("joingroup kelas"));
  await ok(alice.request("sendfilegroup kelas baru.txt YQ=="));
  expect(await history(bob, "#kelas")).toEqual(["baru.txt"]);
  expect(await ok(bob.request("files received"))).toMatchObject({ data: [{ name: "baru.txt" }] });
  expect(await ok(bob.request("my_file"))).toMatchObject({ data: { kelas: ["baru.txt"] } });
  expect(await refused(bob.request("downloadgroup_file kelas lama.txt"))).toBe("file-not-found");
  expect(await ok(bob.request("chats"))).toMatchObject({ data: [{ with: "#kelas", unread: 1 }] });
  // Those who were there see all of it.
  expect(await history(alice, "#kelas")).toEqual(["dulu", "lama.txt", "baru.txt"]);
});

test("one's conversations come page by page, and groups in which one sees nothing with the last of them", async () => {
  const server = await started();
  const { client: alice } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  for (const group of ["kelas", "kosong"]) await ok(alice.request(`addgroup ${group}`));
  await ok(alice.request("group set kelas history joined"));
  await ok(alice.request("send bob satu"));
  await ok((await newUser(server, "carol")).client.request("send bob dua"));
  await ok(alice.request("sendgroup kelas dulu"));
  for (const group of ["kelas", "kosong"]) await ok(bob.request(`joingroup ${group}`));
  const pages: unknown[] = [];
  for (let request = "chats limit 1"; ; ) {
    const { data, more, before } = await ok(bob.request(request));
    pages.push((data as { with: string }[]).map((chat) => chat.with));
    if (!more) break;
    expect(before).toEqual(expect.any(String));
    request = `chats before ${before} limit 1`;
  }
  expect(pages).toEqual([["carol"], ["alice"], ["#kelas", "#kosong"]]);
});

test("what was decided in a group is so after a restart", async () => {
  const house = await House.of("kampus");
  const { client: alice } = await newUser(house, "alice");
  const { client: bob } = await newUser(house, "bob");
  await newUser(house, "carl");
  await newUser(house, "dewi");
  for (const request of [
    "addgroup kelas",
    "invite kelas dewi",
    "ban kelas carl for 2d",
    "topic kelas ujian hari Senin",
    "group set kelas access invite",
    "group set kelas keep 7",
    "slow kelas 30",
    "group rename kelas sekolah",
  ]) {
    await ok(alice.request(request));
  }
  expect(await refused(bob.request("joingroup sekolah"))).toBe("forbidden");
  const asked = ["group sekolah", "bans sekolah", "members sekolah"];
  const before = await Promise.all(asked.map(async (request) => (await ok(alice.request(request))).data));
  await house.stop();
  await house.start();
  const [again, dewi] = [(await loggedIn(house, "alice")).client, (await loggedIn(house, "dewi")).client];
  expect(await Promise.all(asked.map(async (request) => (await ok(again.request(request))).data))).toEqual(before);
  expect(await ok(dewi.request("invites"))).toMatchObject({ data: [{ group: "sekolah", by: "alice" }] });
  const { client: carl } = await loggedIn(house, "carl");
  expect(await refused(carl.request("addgroup kelas"))).toBe("group-exists");
  expect(await refused(carl.request("joingroup sekolah"))).toBe("forbidden");
  await ok(dewi.request("accept #sekolah"));
});
