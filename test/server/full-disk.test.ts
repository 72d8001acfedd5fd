/** A turn that cannot be written has not happened: not on disk, not in memory, not for those who watch. */
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { canFillDisk, fillDatabase, freeDisk } from "../support/disk.ts";
import { namesIn, testFolder } from "../support/folder.ts";
import {
  butPresence,
  history,
  inbox,
  loggedIn,
  newUser,
  ok,
  PASSWORD,
  type Person,
  refused,
  textIn,
} from "../support/people.ts";
import type { ServerProcess } from "../support/server.ts";
import { startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";

function isNames(data: unknown): data is string[] {
  return Array.isArray(data) && data.every((name) => typeof name === "string");
}

describe.skipIf(!canFillDisk)("on a full disk", () => {
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
    bob = await newUser(server, "bob", {
      onEvent: butPresence((event) => told.push(textIn(event) ?? event.event)),
    });
    await ok(bob.client.request("watch on"));
    await ok(alice.client.request("addgroup kelas"));
    await ok(bob.client.request("joingroup kelas"));
    await ok(alice.client.request("send bob sebelum"));
    await ok(bob.client.request("send alice jawaban"));
    expect(await inbox(alice.client, "new")).toEqual(["jawaban"]);
    // The mark that alice has read it is on disk before the disk is full.
    for (let i = 0; i < 3; i++) await ok(alice.client.request("ping"));
    told.length = 0;
  });

  /** The next write of anything, at the end of the write-ahead log, fails. */
  function fill(): void {
    fillDatabase(server.pid, data);
  }

  /** What bob has been told; his reply comes after every event that is on its way. */
  async function toldSoFar(): Promise<readonly unknown[]> {
    await ok(bob.client.request("ping"));
    return told;
  }

  async function restart(): Promise<void> {
    expect(await server.kill("SIGTERM")).toBe(0);
    server = await startedProcess("--data", data, "--uploads", uploads);
    alice = await loggedIn(server, "alice");
    bob = await loggedIn(server, "bob");
    // As before: who watches is online.
    await ok(bob.client.request("watch on"));
  }

  const requests = [
    "send bob hilang",
    "sendgroup kelas hilang",
    "post nomor-1 bob hilang",
    "register carol rahasia carol indonesia",
    "addgroup baru",
    "leave kelas",
    "addrealm pusat 127.0.0.1 9000",
    "passwd rahasia lain",
    "sendfile bob foto YQ==",
    "group set kelas posting members",
  ];

  it("nothing is kept of any request that changes something", async () => {
    const questions = ["inbox all", "groups", "members kelas", "users", "realms", "sessions", "my_file", "whoami"];
    const world = async (): Promise<unknown[]> => {
      const replies = await Promise.all(questions.map((question) => ok(bob.client.request(question))));
      // Lists of names are in no order that anyone was promised.
      return replies.map(({ data }) => (isNames(data) ? data.toSorted((a, b) => a.localeCompare(b)) : data));
    };
    const before = await world();
    fill();
    for (const request of requests) {
      expect(await refused(alice.client.request(request)), request).toBe("storage");
      expect(await world(), request).toEqual(before);
      expect(await toldSoFar(), request).toEqual([]);
    }
    freeDisk(server.pid);
    await restart();
    const sessions = questions.indexOf("sessions");
    expect((await world()).toSpliced(sessions, 1)).toEqual(before.toSpliced(sessions, 1));
  });

  it("every request of a pipeline is told so, and reads go on", async () => {
    fill();
    const replies = Array.from({ length: 50 }, (_, i) => refused(alice.client.request(`send bob hilang ${i}`)));
    expect(new Set(await Promise.all(replies))).toEqual(new Set(["storage"]));
    expect(await history(bob.client, "alice")).toEqual(["sebelum", "jawaban"]);
    expect(await inbox(bob.client, "all")).toEqual(["sebelum"]);
    await until("the log says so", () => / error commit-failed /.test(server.log()));
  });

  it("the log says so a few times a second, however often it is tried", async () => {
    fill();
    for (let i = 0; i < 100; i++) await refused(alice.client.request("send bob hilang"));
    const seconds = Array.from(server.log().matchAll(/^(\S+)\.\d+Z error commit-failed /gm), ([, second]) => second);
    // Five in each second of its own count, of which one of the clock's may have parts of two.
    for (const lines of Map.groupBy(seconds, (second) => second).values()) expect(lines.length).toBeLessThanOrEqual(10);
    expect(seconds).not.toEqual([]);
  });

  it("who could not log in is not logged in", async () => {
    const client = await server.connect();
    fill();
    expect(await refused(client.request(`auth alice ${PASSWORD}`))).toBe("storage");
    expect(await refused(client.request("whoami"))).toBe("no-session");
    expect(await refused(client.request("register dina rahasia dina indonesia"))).toBe("storage");
    expect(await refused(client.request("whoami"))).toBe("no-session");
    freeDisk(server.pid);
    await ok(client.request("register dina rahasia dina indonesia"));
    expect((await ok(client.request("whoami"))).data).toMatchObject({ username: "dina" });
  });

  it("who was logged in still is, when the disk had no room for another login, a new account or a logout", async () => {
    fill();
    for (const request of [`auth bob ${PASSWORD}`, "register carol rahasia carol indonesia", "logout"]) {
      expect(await refused(alice.client.request(request)), request).toBe("storage");
      expect((await ok(alice.client.request("whoami"))).data, request).toMatchObject({ username: "alice" });
      expect(await toldSoFar(), request).toEqual([]);
    }
  });

  it("a file that could not be sent is not left in the uploads folder", async () => {
    await ok(alice.client.request("sendfile bob lama YQ=="));
    expect(namesIn(uploads)).toHaveLength(1);
    fill();
    expect(await refused(alice.client.request("sendfile bob foto YQ=="))).toBe("storage");
    await until("only the file of before is left", () => namesIn(uploads).length === 1);
    expect(namesIn(uploads)[0]).toMatch(/_lama$/);
  });

  it("a dialect that was chosen beside it has not been", async () => {
    fill();
    const replies = await alice.client.raw("send bob hilang\r\n\r\ndialect multirealm\r\n\r\n", 2);
    expect(replies).toMatchObject([{ code: "storage" }, { code: "storage" }]);
    // multirealm says `error` to it.
    expect(await alice.client.request("ping")).toMatchObject({ status: "OK", message: "pong" });
    freeDisk(server.pid);
    await ok(alice.client.request("send bob sesudah"));
  });

  it("a password that could not be changed ends none of the other sessions", async () => {
    const other = await loggedIn(server, "alice");
    fill();
    expect(await refused(alice.client.request(`passwd ${PASSWORD} lain`))).toBe("storage");
    for (const { client } of [alice, other]) await ok(client.request("whoami"));
    freeDisk(server.pid);
    await loggedIn(server, "alice");
  });

  it("once there is room again, everything works, and stays", async () => {
    fill();
    expect(await refused(alice.client.request("send bob hilang"))).toBe("storage");
    expect(await refused(alice.client.request("post nomor-1 bob kirim"))).toBe("storage");
    freeDisk(server.pid);
    await ok(alice.client.request("send bob sesudah"));
    await ok(alice.client.request("post nomor-1 bob kirim"));
    await ok(alice.client.request("post nomor-1 bob kirim"));
    await ok(alice.client.request("sendgroup kelas halo"));
    expect(await toldSoFar()).toEqual(["sesudah", "kirim", "halo"]);
    await restart();
    expect(await inbox(bob.client, "new")).toEqual(["sebelum", "sesudah", "kirim", "halo"]);
    expect(await history(alice.client, "bob")).toEqual(["sebelum", "jawaban", "sesudah", "kirim"]);
  });

  it("whose message was not kept still finds the answer that comes next in the inbox", async () => {
    fill();
    expect(await refused(alice.client.request("send bob hilang"))).toBe("storage");
    freeDisk(server.pid);
    await ok(bob.client.request("send alice masih di sana?"));
    expect(await inbox(alice.client, "new")).toEqual(["masih di sana?"]);
  });

  it("what was read is still there, though the mark of it could not be written", async () => {
    fill();
    expect(await inbox(bob.client, "new")).toEqual(["sebelum"]);
    // The mark that he has read it follows the reply.
    await until("the mark could not be written", () => server.log().includes(" commit-failed "));
    freeDisk(server.pid);
    await restart();
    expect(await inbox(bob.client, "all")).toEqual(["sebelum"]);
  });
});
