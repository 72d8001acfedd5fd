/** A disk that fills up under a transfer: it is told so, nobody gets anything of it, and everybody else goes on. */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { begin, expectWhole, reaches, sent, upload, uploaded, uploadStatus } from "../support/bodies.ts";
import { canFillDisk, fillDatabase, fillDisk, freeDisk } from "../support/disk.ts";
import { testFolder } from "../support/folder.ts";
import { butPresence, inbox, loggedIn, newUser, ok, type Person, refused, textIn } from "../support/people.ts";
import type { ServerProcess } from "../support/server.ts";
import { startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";
import { storedBelow } from "../support/uploads.ts";

const MIB = 2 ** 20;
const LARGE = Buffer.alloc(8 * MIB, "isi yang panjang ");
const SMALL = Buffer.from("isi");

describe.skipIf(!canFillDisk)("on a disk that is full", () => {
  let data: string;
  let uploads: string;
  let server: ServerProcess;
  let alice: Person;
  let bob: Person;
  let told: unknown[];

  beforeEach(async () => {
    data = join(testFolder(), "data");
    uploads = join(testFolder(), "uploads");
    server = await startedProcess("--data", data, "--uploads", uploads);
    told = [];
    alice = await newUser(server, "alice");
    bob = await newUser(server, "bob", { onEvent: butPresence((event) => told.push(textIn(event))) });
    await ok(bob.client.request("watch on"));
  });

  /** Contents find no room beyond 4 MiB; the database has enough. */
  function fillForContents(): void {
    fillDisk(server.pid, 4 * MIB);
  }

  /** The next write of the database fails; contents smaller than it find room. */
  function fillForRecords(): void {
    fillDatabase(server.pid, data);
  }

  async function expectNothing(): Promise<void> {
    expect(await inbox(bob.client, "all")).toEqual([]);
    expect((await ok(bob.client.request("files received"))).data).toEqual([]);
    expect((await ok(alice.client.request("files"))).data).toEqual([]);
    expect(told).toEqual([]);
    await until("nothing of it is left on disk", () => storedBelow(uploads).length === 0);
  }

  it("an upload is told so, and nothing of it is delivered or left", async () => {
    fillForContents();
    expect(await refused(upload(server, alice.token, { to: "bob", name: "besar", content: LARGE }))).toBe("storage");
    await expectNothing();
    freeDisk(server.pid);
    const reply = await ok(upload(server, alice.token, { to: "bob", name: "besar", content: LARGE }));
    await expectWhole(server, bob.token, sent(reply).file.id, LARGE);
    expect(told).toEqual(["besar"]);
  });

  it("an upload's body is read over, and the requests after it on its connection are answered", async () => {
    fillForContents();
    const wire = begin(server, alice.token, { to: "bob", name: "besar", content: LARGE }).request("ping");
    expect(await refused(wire.reply())).toBe("storage");
    expect(await wire.reply()).toMatchObject({ status: "OK", message: "pong" });
    wire.close();
  });

  it("an upload that has an id is told so; once there is room it goes on from what is there", async () => {
    const file = { to: "bob", name: "besar", content: LARGE, id: "a" };
    fillForContents();
    expect(await refused(upload(server, alice.token, file))).toBe("storage");
    expect(await inbox(bob.client, "all")).toEqual([]);
    freeDisk(server.pid);
    const { received } = await uploadStatus(server, alice.token, "a");
    const reply = await ok(upload(server, alice.token, { ...file, offset: received }));
    await expectWhole(server, bob.token, sent(reply).file.id, LARGE);
    await until("only the whole file is left on disk", () => storedBelow(uploads).length === 1);
  });

  it("an upload that is cut just then goes on from what is there, and from nothing else", async () => {
    const file = { to: "bob", name: "besar", content: LARGE, id: "a" };
    const end = 4 * MIB + 100_000;
    const slow = begin(server, alice.token, file, 4 * MIB - 100_000);
    await reaches(server, alice.token, "a", "receiving", 4 * MIB - 100_000);
    fillForContents();
    slow.send(LARGE.subarray(4 * MIB - 100_000, end));
    await until(
      "it has come",
      async () => (await uploadStatus(server, alice.token, "a")).received !== 4 * MIB - 100_000,
    );
    slow.close();
    await until("the cut is seen", async () => (await uploadStatus(server, alice.token, "a")).state !== "receiving");
    freeDisk(server.pid);
    const { received } = await uploadStatus(server, alice.token, "a");
    const reply = await ok(upload(server, alice.token, { ...file, offset: received }));
    await expectWhole(server, bob.token, sent(reply).file.id, LARGE);
  });

  it("messages and small files of others go on while an upload finds no room", async () => {
    const slow = begin(server, alice.token, { to: "bob", name: "besar", content: LARGE, id: "a" }, MIB);
    await reaches(server, alice.token, "a", "receiving", MIB);
    fillForContents();
    slow.send(LARGE.subarray(MIB));
    const carol = await newUser(server, "carol");
    for (let i = 0; i < 20; i++) await ok(carol.client.request(`send bob ${i}`));
    await ok(upload(server, carol.token, { to: "bob", name: "kecil", content: SMALL }));
    expect(await refused(slow.reply())).toBe("storage");
    slow.close();
    expect(await inbox(bob.client, "all")).toEqual([...Array.from({ length: 20 }, (_, i) => String(i)), "kecil"]);
  });

  it("a file whose record finds no room is not sent, and its content is not left", async () => {
    fillForRecords();
    expect(await refused(upload(server, alice.token, { to: "bob", name: "kecil", content: SMALL }))).toBe("storage");
    await expectNothing();
    freeDisk(server.pid);
    await ok(upload(server, alice.token, { to: "bob", name: "kecil", content: SMALL }));
    expect(await inbox(bob.client, "all")).toEqual(["kecil"]);
    expect(storedBelow(uploads)).toHaveLength(1);
  });

  it("a file whose record finds no room can be sent again with its id, and stands once", async () => {
    const file = { to: "bob", name: "kecil", content: SMALL, id: "a" };
    fillForRecords();
    expect(await refused(upload(server, alice.token, file))).toBe("storage");
    expect((await uploadStatus(server, alice.token, "a")).state).not.toBe("done");
    freeDisk(server.pid);
    const first = await ok(upload(server, alice.token, file));
    const second = await ok(upload(server, alice.token, file));
    expect(sent(second).file.id).toBe(sent(first).file.id);
    expect(await inbox(bob.client, "all")).toEqual(["kecil"]);
    await expectWhole(server, bob.token, sent(first).file.id, SMALL);
    expect(storedBelow(uploads)).toHaveLength(1);
  });

  it("files are downloaded as before, and the mark of it that found no room harms nothing", async () => {
    const reply = await ok(upload(server, alice.token, { to: "bob", name: "kecil", content: SMALL }));
    fillForRecords();
    await expectWhole(server, bob.token, sent(reply).file.id, SMALL);
    await expectWhole(server, bob.token, sent(reply).file.id, SMALL);
    await ok(alice.client.request("ping"));
  });

  it("a file that could not be withdrawn is still there, also after a restart", async () => {
    const id = (await uploaded(server, alice.token, { to: "bob", name: "kecil", content: SMALL })).file.id;
    fillForRecords();
    expect(await refused(alice.client.request(`unsend ${id}`))).toBe("storage");
    await expectWhole(server, bob.token, id, SMALL);
    expect(told).toEqual(["kecil"]);
    freeDisk(server.pid);
    await server.kill("SIGTERM");
    server = await startedProcess("--data", data, "--uploads", uploads);
    bob = await loggedIn(server, "bob");
    await expectWhole(server, bob.token, id, SMALL);
  });
});
