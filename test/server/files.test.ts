/** Files on the server's disk: how they are called, that each survives, and what happens when they cannot be written. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { canFillDisk, fillDisk, freeDisk } from "../support/disk.ts";
import { namesIn, testFolder } from "../support/folder.ts";
import { inbox, newUser, ok, type Person } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started, startedProcess } from "../support/started.ts";

interface Place {
  readonly uploads: string;
  readonly alice: Person;
  readonly bob: Person;
}

async function place(): Promise<Place> {
  const uploads = join(testFolder(), "uploads");
  return { uploads, ...(await peopleOf(await started("--uploads", uploads))) };
}

async function peopleOf(server: TestServer): Promise<Omit<Place, "uploads">> {
  return { alice: await newUser(server, "alice"), bob: await newUser(server, "bob") };
}

function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64");
}

const STAMP = /^(\d{4})_(\d\d)_(\d\d)_(\d\d)_(\d\d)_(\d\d)_/;

/** The time that a stored name tells, in ms UTC. */
function timeOf(stored: string): number {
  const [, ...parts] = (STAMP.exec(stored) ?? []).map(Number);
  const [year = 0, month = 0, day, hour, minute, second] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

it("an upload is stored as the UTC time, an underscore and its name", async () => {
  const { uploads, alice } = await place();
  const before = Date.now();
  await ok(alice.client.request(`sendfile bob laporan.txt ${base64("isi laporan\n")}`));
  const after = Date.now();
  const [stored = "", ...others] = namesIn(uploads);
  expect(others).toEqual([]);
  expect(stored).toMatch(STAMP);
  expect(stored.replace(STAMP, "")).toBe("laporan.txt");
  expect(timeOf(stored)).toBeGreaterThan(before - 1000);
  expect(timeOf(stored)).toBeLessThanOrEqual(after);
  expect(readFileSync(join(uploads, stored), "utf8")).toBe("isi laporan\n");
});

it("files of one name sent in the same second all survive, each with its own content", async () => {
  const { uploads, alice, bob } = await place();
  const contents = Array.from({ length: 12 }, (_, i) => `isi ${i}`);
  const replies = contents.map((content, i) => {
    const [from, to] = i % 2 === 0 ? [alice, "bob"] : [bob, "alice"];
    return ok(from.client.request(`sendfile ${to} catatan.txt ${base64(content)}`));
  });
  await Promise.all(replies);
  const stored = namesIn(uploads);
  expect(stored).toHaveLength(contents.length);
  for (const name of stored) {
    expect(name).toMatch(STAMP);
    expect(name).toMatch(/_catatan\.txt$/);
  }
  const found = stored.map((name) => readFileSync(join(uploads, name), "utf8"));
  expect(found.toSorted()).toEqual(contents.toSorted());
});

it("of two files of one name, the newer is the one that is downloaded", async () => {
  const { alice, bob } = await place();
  for (const content of ["lama", "baru"]) await ok(alice.client.request(`sendfile bob surat ${base64(content)}`));
  expect((await ok(bob.client.request("download_file surat"))).data).toBe(base64("baru"));
});

it.each([
  ["in Unicode", "日本語-é-🎉-ß.txt"],
  ["with marks composed and apart", "e\u0301-\u00e9.txt"],
  ["as long as a file system takes", `${"n".repeat(251)}.txt`],
  ["of 255 bytes in Unicode", "写".repeat(85)],
  ["with dots in it", "a..b...tar.gz"],
  ["that starts with a dot", ".profile"],
  ["that starts with a dash", "-rf"],
  ["that a device has on Windows", "CON"],
  ["that is a word of scripts", "__proto__"],
])("a name %s comes back", async (_, name) => {
  const { uploads, alice, bob } = await place();
  const content = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await ok(alice.client.request(`sendfile bob ${name} ${base64(content)}`));
  expect(Object.entries((await ok(bob.client.request("my_file"))).data as object)).toEqual([["alice", [name]]]);
  expect(await ok(bob.client.request(`download_file ${name}`))).toMatchObject({
    filename: name,
    data: base64(content),
  });
  const stored = namesIn(uploads);
  expect(stored).toHaveLength(1);
  expect(readFileSync(join(uploads, String(stored[0])))).toEqual(content);
});

it("an uploads folder that cannot be one keeps the server from starting, with one clear line", async () => {
  const uploads = join(testFolder(), "uploads");
  writeFileSync(uploads, "no folder");
  await expect(startServer(["--uploads", uploads])).rejects.toThrow(/^uploads folder \S+: .*EEXIST.*$/);
  expect(readFileSync(uploads, "utf8")).toBe("no folder");
});

it("an uploads folder that has vanished gets an error, stores nothing, and the server goes on", async () => {
  const { uploads, alice, bob } = await place();
  await ok(bob.client.request("watch on"));
  rmSync(uploads, { recursive: true });
  expect(await alice.client.request(`sendfile bob foto ${base64("isi")}`)).toMatchObject({ code: "storage" });
  expect(await inbox(bob.client, "all")).toEqual([]);
  expect((await ok(bob.client.request("my_file"))).data).toEqual({});
  await ok(alice.client.request("send bob halo"));
});

it("a content that has vanished from the uploads folder gets an error, and the server goes on", async () => {
  const { uploads, alice, bob } = await place();
  await ok(alice.client.request(`sendfile bob foto ${base64("isi")}`));
  for (const name of namesIn(uploads)) rmSync(join(uploads, name));
  expect(await bob.client.request("download_file foto")).toMatchObject({ code: "file-not-found" });
  await ok(alice.client.request(`sendfile bob foto ${base64("isi lagi")}`));
  expect((await ok(bob.client.request("download_file foto"))).data).toBe(base64("isi lagi"));
});

it.skipIf(!canFillDisk)("a disk too full for a file gets an error and leaves nothing of it", async () => {
  const uploads = join(testFolder(), "uploads");
  const server = await startedProcess("--uploads", uploads);
  const { alice, bob } = await peopleOf(server);
  const large = `sendfile bob besar ${base64(Buffer.alloc(8 * 2 ** 20, 7))}`;
  fillDisk(server.pid, 4 * 2 ** 20);
  expect(await alice.client.request(large)).toMatchObject({ status: "ERROR" });
  expect(namesIn(uploads)).toEqual([]);
  expect(await inbox(bob.client, "all")).toEqual([]);
  expect((await ok(bob.client.request("my_file"))).data).toEqual({});
  await ok(alice.client.request(`sendfile bob kecil ${base64("isi")}`));
  freeDisk(server.pid);
  await ok(alice.client.request(large));
  expect((await ok(bob.client.request("my_file"))).data).toEqual({ alice: ["kecil", "besar"] });
});
