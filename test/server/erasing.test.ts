/** `erase`: some days later all that somebody has said and sent is gone, and then his account. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { admin, newAdmin } from "../support/admin.ts";
import { cut } from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { HouseProcess } from "../support/house.ts";
import { history, loggedIn, newUser, ok, PASSWORD, refused } from "../support/people.ts";
import type { TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

/** A day of a week that is not as long: each second of it something is done. */
const DAY_MS = 10_000;
const WEEK = ["--erase-days", String((7 * DAY_MS) / 86_400_000)];

/** Stands in all that alice says and sends. */
const SECRET = "rahasia-alice";

const isErased = (server: { log(): string }): boolean => / info erased /.test(server.log());

async function erased(server: TestServer): Promise<void> {
  await until("she is erased", () => isErased(server), passing(server));
}

/** Files below some folders that hold a text in their bytes. */
function holding(text: string, ...folders: readonly string[]): readonly string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return files.filter((file) => bytesOf(file).includes(text));
}

test("nothing that she has said, sent or set is in any file after the days, and what others have said is", async () => {
  const folder = testFolder();
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  const server = await started(...places, ...WEEK);
  const alice = await server.connect();
  await ok(alice.request(`register alice ${PASSWORD} Alice-${SECRET} negeri-${SECRET}`));
  const { client: bob } = await newUser(server, "bob");
  await ok(alice.request("addgroup kelas"));
  await ok(bob.request("joingroup kelas"));
  const { id } = await ok(alice.request(`send bob pertama ${SECRET}`));
  await ok(alice.request(`edit ${id} kedua ${SECRET}`));
  await ok(alice.request(`sendgroup kelas ${SECRET} ${"panjang ".repeat(1000)}`));
  await ok(alice.request(`send alice catatan ${SECRET}`));
  await ok(alice.request(`status sibuk ${SECRET}`));
  await ok(alice.request("mute bob"));
  await ok(alice.request(`sendfile bob a.txt ${Buffer.from(`isi ${SECRET}`).toString("base64")}`));
  await ok(bob.request("send alice halo alice"));
  await ok(bob.request("sendgroup kelas halo semua"));
  expect(await ok(bob.request(`search ${SECRET}`))).toMatchObject({ data: [{}, {}] });
  const until7 = await ok(alice.request(`erase ${PASSWORD}`));
  expect(until7).toMatchObject({ until: expect.any(String), realms: [] });
  expect(await ok(alice.request("whoami"))).toMatchObject({ data: { username: "alice", erasing: until7["until"] } });
  // Meanwhile she goes on.
  server.pass(6 * DAY_MS);
  await ok(alice.request(`send bob belum ${SECRET}`));
  expect(holding(SECRET, folder)).not.toEqual([]);
  server.pass(DAY_MS);
  await erased(server);
  expect(await refused((await server.connect()).request(`auth alice ${PASSWORD}`))).toBe("bad-credentials");
  expect(await refused((await server.connect()).request(`register alice ${PASSWORD} a b`))).toBe("user-exists");
  const kept = (await ok(bob.request("history alice"))).data as { message?: string; deleted?: boolean; from: string }[];
  expect(kept.flatMap(({ message }) => message ?? [])).toEqual(["halo alice"]);
  expect(await history(bob, "#kelas")).toEqual(expect.arrayContaining(["halo semua"]));
  expect(await ok(bob.request(`search ${SECRET}`))).toMatchObject({ data: [] });
  await until("no file holds it", () => holding(SECRET, folder).length === 0, passing(server));
  expect(holding("halo alice", folder)).not.toEqual([]);
  const { stdout } = await admin(server, ["audit", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ data: [{ by: "alice", what: "erase", target: "5 messages, 1 files" }] });
  expect(server.log()).toMatch(/ info erased user=alice messages=5 files=1\n/);
  await server.end();
  const again = await started(...places);
  expect(await refused((await again.connect()).request(`auth alice ${PASSWORD}`))).toBe("bad-credentials");
  expect(await history((await loggedIn(again, "bob")).client, "alice")).toEqual(expect.arrayContaining(["halo alice"]));
  expect(holding(SECRET, folder)).toEqual([]);
});

test("who takes it back stays, over a restart too", async () => {
  const data = join(testFolder(), "data");
  const first = await started("--data", data, ...WEEK);
  const { client: alice } = await newUser(first, "alice");
  await newUser(first, "bob");
  await ok(alice.request("send bob halo"));
  expect(await refused(alice.request("erase cancel"))).toBe("not-erasing");
  const { until: at } = await ok(alice.request(`erase ${PASSWORD}`));
  first.pass(DAY_MS);
  // Asked again, it is no later.
  expect(await ok(alice.request(`erase ${PASSWORD}`))).toMatchObject({ until: at });
  await first.end();
  const second = await started("--data", data, ...WEEK);
  const { client: again } = await loggedIn(second, "alice");
  expect(await ok(again.request("whoami"))).toMatchObject({ data: { erasing: at } });
  await ok(again.request("erase cancel"));
  const { data: who } = await ok(again.request("whoami"));
  expect(who).not.toHaveProperty("erasing");
  second.pass(8 * DAY_MS);
  await second.end();
  const { client: still } = await loggedIn(await started("--data", data), "alice");
  expect(await history(still, "bob")).toEqual(["halo"]);
});

describe("`erase` is refused", () => {
  test("with a wrong password, which counts as of a login", async () => {
    const server = await started();
    const { client: alice } = await newUser(server, "alice");
    const codes: string[] = [];
    for (let tries = 0; tries < 20 && codes.at(-1) !== "rate-limited"; tries++) {
      codes.push(await refused(alice.request("erase salah")));
    }
    expect(codes[0]).toBe("bad-credentials");
    expect(codes.at(-1)).toBe("rate-limited");
    expect((await ok(alice.request("whoami"))).data).not.toHaveProperty("erasing");
  });

  test("to an administrator", async () => {
    const server = await started("--admin", "kepala");
    await newAdmin(server, "kepala");
    const { client } = await loggedIn(server, "kepala");
    expect(await refused(client.request(`erase ${PASSWORD}`))).toBe("forbidden");
  });
});

test("a file that somebody else has passed on stays his, and an unfinished upload goes", async () => {
  const server = await started("--erase-days", "0");
  const { client: alice, token } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  const { client: carl } = await newUser(server, "carl");
  const sent = await ok(alice.request(`sendfile bob a.txt ${Buffer.from("dari alice").toString("base64")}`));
  await ok(bob.request(`forward ${sent["id"]} carl`));
  await ok(alice.request(`sendfile bob b.txt ${Buffer.from("hanya alice").toString("base64")}`));
  const unfinished = Buffer.from("setengah dari isi");
  await cut(server, token, { to: "bob", name: "c.txt", content: unfinished, id: "kiriman" }, 8);
  expect(holding("setengah", server.uploads)).toHaveLength(1);
  await ok(alice.request(`erase ${PASSWORD}`));
  await erased(server);
  await until("the other is gone", () => holding("hanya alice", server.uploads).length === 0, passing(server));
  expect(holding("setengah", server.uploads)).toEqual([]);
  expect((await ok(carl.request("files received"))).data).toMatchObject([{ name: "a.txt" }]);
  expect(holding("dari alice", server.uploads)).toHaveLength(1);
});

test("how she took what others have said goes, too, and what she has shown to the operator stays without her words", async () => {
  const folder = testFolder();
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  const server = await started(...places, "--erase-days", "0");
  const { client: alice } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  const { client: carl } = await newUser(server, "carl");
  await ok(bob.request("addgroup kelas"));
  for (const one of [alice, carl]) await ok(one.request("joingroup kelas"));
  await ok(bob.request("send alice hanya kita"));
  await ok(bob.request("sendgroup kelas untuk semua"));
  const newest = async (name: string): Promise<string> => {
    const { data } = await ok(alice.request(`history ${name}`));
    return String((data as { id: string }[]).at(-1)?.id);
  };
  const [own, inGroup] = [await newest("bob"), await newest("#kelas")];
  for (const emoji of ["👍", "🎉"]) await ok(alice.request(`react ${inGroup} ${emoji}`));
  await ok(carl.request(`react ${inGroup} 👍`));
  await ok(alice.request(`react ${own} 👍`));
  await ok(alice.request(`report ${own} karena ${SECRET}`));
  // She has left the group, and her reactions are there.
  await ok(alice.request("leavegroup kelas"));
  const reactions = async (name: string): Promise<unknown> => {
    const { data } = await ok(bob.request(`history ${name}`));
    return (data as { reactions?: unknown }[]).flatMap((one) => one.reactions ?? []);
  };
  expect(JSON.stringify(await reactions("#kelas"))).toContain("alice");
  await ok(alice.request(`erase ${PASSWORD}`));
  await erased(server);
  expect(JSON.stringify([await reactions("#kelas"), await reactions("alice")])).not.toContain("alice");
  expect(JSON.stringify(await reactions("#kelas"))).toContain("carl");
  expect(server.log()).toMatch(/ info erased user=alice messages=0 files=0 reactions=3\n/);
  const { stdout } = await admin(server, ["reports", "--json"]);
  const [report, ...more] = (JSON.parse(stdout) as { data: readonly object[] }).data;
  expect(more).toEqual([]);
  expect(report).toMatchObject({ by: "alice", from: "bob", message: "hanya kita" });
  expect(report).not.toHaveProperty("why");
  await until("no file holds what she has said", () => holding(SECRET, folder).length === 0, passing(server));
});

test("many messages go a part a second, while others are answered, and it goes on after a kill", async () => {
  const COUNT = 1600;
  const server = await HouseProcess.of("kampus", "--erase-days", "0");
  const { client: alice } = await newUser(server, "alice");
  let gone = 0;
  const { client: bob } = await newUser(server, "bob", {
    onEvent: ({ event }) => void (event === "deleted" && gone++),
  });
  await ok(bob.request("watch on"));
  const texts = Array.from({ length: COUNT }, (_, i) => `${SECRET} ${i}`);
  await Promise.all(texts.map((text) => ok(alice.request(`send bob ${text}`))));
  await ok(bob.request("send alice dari bob"));
  await ok(alice.request(`erase ${PASSWORD}`));
  await until("some are gone", () => gone > 0);
  await server.kill();
  await server.start();
  const { client: again } = await loggedIn(server, "bob");
  expect(await refused((await server.connect()).request(`auth alice ${PASSWORD}`))).toBe("bad-credentials");
  await until("she is erased", () => isErased(server));
  const kept = (await history(again, "alice")).filter((text) => text !== undefined);
  expect(kept).toEqual(["dari bob"]);
  const [, after] = / info erased user=alice messages=(\d+) /.exec(server.log()) ?? [];
  expect(Number(after), "some had gone before the kill").toBeLessThan(COUNT);
  expect(Number(after), "and some after it").toBeGreaterThan(0);
});

/** Of a file that may have gone since it was listed, as those of the index do when its process ends: it holds nothing. */
function bytesOf(path: string): Buffer {
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
}
