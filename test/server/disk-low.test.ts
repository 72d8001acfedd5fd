/** The disk of the database is nearly full: messages are refused, and what is left is for everything else. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { upload } from "../support/bodies.ts";
import { testFolder } from "../support/folder.ts";
import { inbox, loggedIn, newUser, ok, refused } from "../support/people.ts";
import type { LocalServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { passing } from "../support/time.ts";
import { until } from "../support/until.ts";

const { statfsSync } = fs;

/** Bytes that a folder's disk is said to have free; as many as it has for any other. */
const free = new Map<string, number>();

beforeEach(() => {
  fs.statfsSync = ((folder: string) => {
    const bytes = free.get(folder);
    return bytes === undefined ? statfsSync(folder) : { bavail: bytes, bsize: 1 };
  }) as typeof statfsSync;
  syncBuiltinESMExports();
});

afterEach(() => {
  free.clear();
  fs.statfsSync = statfsSync;
  syncBuiltinESMExports();
});

/** Bytes of the write-ahead log. */
function logged(data: string): number {
  return fs.statSync(join(data, "obrol.db-wal")).size;
}

async function hasFree(server: LocalServer, data: string, bytes: number): Promise<void> {
  const lines = (): number => server.log().split(/ disk-low | disk-has-room /).length;
  const before = lines();
  free.set(data, bytes);
  await until("it has looked", () => lines() > before, passing(server));
}

it("messages and files are refused as disk-full, whatever the words; logins, reading, and making room go on", async () => {
  const data = join(testFolder(), "data");
  const server = await started("--data", data, "--min-free", "100M");
  const alice = await newUser(server, "alice");
  const bob = await newUser(server, "bob");
  await ok(alice.client.request("addgroup kelas"));
  await ok(bob.client.request("joingroup kelas"));
  await ok(alice.client.request("post satu bob sebelum"));
  await hasFree(server, data, 10 * 2 ** 20 - 1);
  for (const request of [
    "send bob halo",
    "sendgroup kelas halo",
    "sendgroup bob,alice halo",
    "post dua bob halo",
    "sendprivate bob halo",
    "sendfile bob a.txt aGFsbw==",
  ]) {
    expect([request, await refused(alice.client.request(request))]).toEqual([request, "disk-full"]);
  }
  expect(await refused(upload(server, alice.token, { to: "bob", name: "a", content: Buffer.from("isi") }))).toBe(
    "disk-full",
  );
  // What was sent before is answered as before.
  await ok(alice.client.request("post satu bob sebelum"));
  const again = await loggedIn(server, "bob");
  expect(await inbox(again.client, "new")).toEqual(["sebelum"]);
  for (const request of ["leave kelas", "passwd rahasia baru", "logout"]) await ok(again.client.request(request));
  await hasFree(server, data, 10 * 2 ** 20 + logged(data));
  await ok(alice.client.request("send bob sesudah"));
  const last = await server.connect();
  await ok(last.request("auth bob baru"));
  expect(await inbox(last, "new")).toEqual(["sesudah"]);
});

it("what is sent within one moment does not take the room that is left for others", async () => {
  const data = join(testFolder(), "data");
  free.set(data, 12 * 2 ** 20);
  const server = await started("--data", data, "--min-free", "100M");
  const alice = await newUser(server, "alice");
  const long = "x".repeat(60_000);
  const sent = Array.from({ length: 20 }, () => alice.client.request(`send alice ${long}`));
  const codes = (await Promise.all(sent)).map(({ code }) => code);
  expect([codes[0], codes.includes("disk-full")]).toEqual([undefined, true]);
});

it("room that the database is still to take out of its write-ahead log is none", async () => {
  const data = join(testFolder(), "data");
  const server = await started("--data", data, "--min-free", "100M");
  const alice = await newUser(server, "alice");
  await hasFree(server, data, 10 * 2 ** 20 + logged(data) - 1);
  expect(await refused(alice.client.request("send alice halo"))).toBe("disk-full");
});

it("a message from another realm is refused to its sender, and one of a group there comes once there is room", async () => {
  const data = join(testFolder(), "data");
  const kampus = await started("--memory", "--realm", "kampus");
  const rumah = await started("--data", data, "--realm", "rumah", "--peer", `kampus=${kampus.host}:${kampus.port}`);
  const alice = await newUser(kampus, "alice");
  const bob = await newUser(rumah, "bob");
  await ok(alice.client.request("addgroup kelas"));
  const both = async (): Promise<void> => {
    await passing(kampus)();
    await passing(rumah)();
  };
  await until(
    "bob is in the group",
    async () => (await bob.client.request("joingroup kelas@kampus")).status === "OK",
    both,
  );
  await hasFree(rumah, data, 0);
  expect(await refused(alice.client.request("send bob@rumah halo"))).toBe("disk-full");
  await ok(alice.client.request("sendgroup kelas untuk semua"));
  await hasFree(rumah, data, 2 ** 40);
  await until("it is there", async () => (await inbox(bob.client, "all")).includes("untuk semua"), both);
  await ok(alice.client.request("send bob@rumah lagi"));
  expect(await inbox(bob.client, "all")).toEqual(["untuk semua", "lagi"]);
});
