/** A data folder that 0.1.0 has written, in ./0.1.0, with every kind of thing in it: it opens, and all of it is there. */
import { chmodSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, describe, expect, test } from "vitest";
import type { Wire } from "../../src/connection/wire.ts";
import { testFolder } from "../support/folder.ts";
import { history, ok } from "../support/people.ts";
import { launch, QUICK } from "../support/program.ts";

const written = new URL("0.1.0/", import.meta.url).pathname;
const options = ["--realm", "madrid", "--dialect", "native", "--outbox-days", "36500", "--log-level", "warn"];

let folder: string;
let messi: Wire;
let kaka: Wire;

beforeEach(async () => {
  folder = testFolder();
  mkdirSync(join(folder, "data"));
  for (const name of ["obrol.db", "realm.key"]) cpSync(join(written, name), join(folder, "data", name));
  chmodSync(join(folder, "data", "realm.key"), 0o600);
  cpSync(join(written, "files"), join(folder, "uploads"), { recursive: true });
  // A token lives for 30 days from its last use; the folder is older than that.
  const db = new DatabaseSync(join(folder, "data", "obrol.db"));
  db.prepare("UPDATE sessions SET used = ?").run(Date.now());
  db.close();
  const server = await launch(["--port", "0", ...QUICK, ...options], { folder });
  [messi, kaka] = [await server.connect(), await server.connect()];
  await ok(messi.request("auth messi rahasia"));
  // The token that 0.1.0 has given.
  await ok(kaka.request("resume c554e235-e526-40ce-8069-72f274f76435"));
});

async function data(client: Wire, request: string): Promise<unknown> {
  return (await ok(client.request(request))).data;
}

describe("of a folder that 0.1.0 has written", () => {
  test("users, their names and their groups are there", async () => {
    expect(await data(messi, "whoami")).toMatchObject({ username: "messi", name: "Lionel", country: "Spanyol" });
    expect(await ok(messi.request("groups"))).toMatchObject({ groups: ["kelas"], mine: ["kelas", "tiki@barca"] });
    expect(await data(messi, "members kelas")).toEqual(["messi", "kaka", "xavi@barca"]);
    expect(await data(messi, "members tiki@barca")).toEqual(["messi", "xavi@barca"]);
  });

  test("who may post in a group is as it was", async () => {
    await ok(kaka.request("leave kelas"));
    expect(await kaka.request("sendgroup kelas halo")).toMatchObject({ code: "not-member" });
  });

  test("messages are there in their order, and what was read is read", async () => {
    expect(await history(messi, "kaka")).toEqual(["halo", "halo juga", "sekali saja", "a.txt", "tarik.txt"]);
    expect(await history(messi, "#kelas")).toEqual(["selamat pagi", "pagi", "b.txt"]);
    expect(await history(messi, "#tiki@barca")).toEqual(["dari tiki", "dari messi"]);
    expect(await history(messi, "xavi@barca")).toEqual(["dari barca", "dari-barca.txt", "menunggu"]);
    const unread = (await data(messi, "unread")) as { message: string }[];
    expect(unread.map(({ message }) => message)).not.toContain("halo");
  });

  test("a post that is repeated is not sent twice", async () => {
    await ok(messi.request("post c-1 kaka sekali saja"));
    expect(await history(messi, "kaka")).toHaveLength(5);
  });

  test("files are there with their contents, what was withdrawn is not, and what was cut off can be gone on with", async () => {
    const files = (await data(messi, "files")) as { name: string }[];
    expect(files).toMatchObject([{ name: "a.txt", to: ["kaka"], got: ["kaka"] }]);
    expect(await data(messi, "files received")).toMatchObject([{ name: "b.txt" }, { name: "dari-barca.txt" }]);
    expect(await data(messi, "download_file dari-barca.txt")).toBe(Buffer.from("isi dari barca").toString("base64"));
    expect(await data(kaka, "download_file a.txt")).toBe(Buffer.from("isi a").toString("base64"));
    expect(await data(messi, "upload-status putus")).toEqual({ state: "partial", received: 40 });
  });

  test("another realm is known by its key, and what waits for it waits on", async () => {
    const realms = (await data(messi, "realms")) as { realm: string }[];
    expect(realms.find(({ realm }) => realm === "madrid")).toMatchObject({
      key: "MQeMnAlbgd6jFMOuI1pWqslWvcQDX_nWxOhgD8lrPX8",
    });
    expect(realms.find(({ realm }) => realm === "barca")).toMatchObject({
      key: "EeZDQjefktDkvds7LOb870lLSAq5XOVzqra874yjH0M",
      port: 21002,
      queued: 1,
      oldest: "2026-11-28T16:43:58.753Z",
    });
  });
});
