/** The uploads folder and the records of the database agree when the server has started, whatever happened to either. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  begin,
  cut,
  download,
  expectWhole,
  reaches,
  sent,
  stalled,
  upload,
  uploaded,
  uploadStatus,
} from "../support/bodies.ts";
import { namesIn, testFolder } from "../support/folder.ts";
import { inbox, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started, startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";
import { contentsIn, partsIn } from "../support/uploads.ts";

const CONTENT = Buffer.from("isi laporan\n");

let folder: string;
let data: string;
let uploads: string;
let server: TestServer;
let alice: Person;
let bob: Person;

async function start(...options: readonly string[]): Promise<void> {
  server = await started("--data", data, "--uploads", uploads, ...options);
}

async function restart(): Promise<void> {
  await server.end();
  await start();
  alice = await loggedIn(server, "alice");
  bob = await loggedIn(server, "bob");
}

async function send(name: string): Promise<string> {
  return (await uploaded(server, alice.token, { to: "bob", name, content: CONTENT })).file.id;
}

function contentNamed(name: string): string {
  return join(uploads, contentsIn(uploads).find((stored) => stored.endsWith(`_${name}`)) as string);
}

beforeEach(async () => {
  folder = testFolder();
  data = join(folder, "data");
  uploads = join(folder, "uploads");
  await start();
  alice = await newUser(server, "alice");
  bob = await newUser(server, "bob");
});

describe("a content that somebody removed", () => {
  it("while the server was down is gone: its message says so, nobody can fetch it, and the log tells of it", async () => {
    const lost = await send("hilang");
    const kept = await send("ada");
    await server.end();
    rmSync(contentNamed("hilang"));
    await start();
    alice = await loggedIn(server, "alice");
    bob = await loggedIn(server, "bob");

    const { data: messages } = await ok(bob.client.request("inbox all"));
    expect(messages).toMatchObject([{ file: { id: lost, name: "hilang", gone: true } }, { file: { id: kept } }]);
    expect((messages as { file: object }[])[1]?.file).not.toHaveProperty("gone");
    for (const { token } of [alice, bob]) {
      expect((await download(server, token, lost)).reply.code).toBe("file-not-found");
    }
    expect(await refused(bob.client.request("download_file hilang"))).toBe("file-not-found");
    expect(await refused(alice.client.request("sendfile bob hilang"))).toBe("file-not-found");
    expect((await ok(alice.client.request("files"))).data).toMatchObject([{ id: lost, gone: true }, { id: kept }]);
    expect(server.log()).toMatch(new RegExp(` (warn|error) .*${lost}`));
    await expectWhole(server, bob.token, kept, CONTENT);
  });

  it("stays gone, and is told of once", async () => {
    const lost = await send("hilang");
    await send("ada");
    await server.end();
    rmSync(contentNamed("hilang"));
    await start();
    expect(server.log()).toContain(lost);
    await server.end();
    await start();
    expect(server.log()).not.toContain(lost);
    expect((await download(server, bob.token, lost)).reply.code).toBe("file-not-found");
  });

  it("while the server runs is an error for who fetches it, and the server goes on", async () => {
    const lost = await send("hilang");
    const kept = await send("ada");
    rmSync(contentNamed("hilang"));
    expect((await download(server, bob.token, lost)).reply).toMatchObject({ status: "ERROR" });
    await expectWhole(server, bob.token, kept, CONTENT);
    await restart();
    expect((await download(server, bob.token, lost)).reply.code).toBe("file-not-found");
  });

  it("among all of them leaves every message; new files can be sent", async () => {
    for (const name of ["satu", "dua"]) await send(name);
    await server.end();
    for (const name of contentsIn(uploads)) rmSync(join(uploads, name));
    await start();
    alice = await loggedIn(server, "alice");
    bob = await loggedIn(server, "bob");
    expect(await inbox(bob.client, "all")).toEqual(["satu", "dua"]);
    await expectWhole(server, bob.token, await send("baru"), CONTENT);
  });

  it("gives its room back", async () => {
    await server.end();
    await start("--quota", "12");
    await send("hilang");
    expect(await refused(upload(server, alice.token, { to: "bob", name: "b", content: CONTENT }))).toBe("quota");
    await server.end();
    rmSync(contentNamed("hilang"));
    await start("--quota", "12");
    await send("baru");
  });
});

describe("a content that is shorter than its record", () => {
  it("is never given out as if it were whole", async () => {
    const id = await send("laporan");
    await server.end();
    writeFileSync(contentNamed("laporan"), CONTENT.subarray(0, 3));
    await start();
    const told = await download(server, bob.token, id).then(
      ({ reply }) => reply.status,
      (cutOff: Error) => cutOff.message,
    );
    expect(told).toMatch(/^ERROR$|^the server ended/);
    await ok((await server.connect()).request("ping"));
  });
});

describe("what has no record", () => {
  it("and is of the form that the server writes is removed at the start", async () => {
    await send("ada");
    await server.end();
    writeFileSync(join(uploads, "2026_01_02_03_04_05_yatim.txt"), "x");
    writeFileSync(join(uploads, "2026_01_02_03_04_05_2_yatim.txt"), "x");
    await start();
    await until("the orphans are removed", () => contentsIn(uploads).length === 1);
    expect(existsSync(contentNamed("ada"))).toBe(true);
  });

  it("and is of another form is never touched, at the start or while the server runs", async () => {
    const foreign = [
      "catatan.txt",
      "README",
      ".hidden",
      "2026-01-02 foto.jpg",
      "2026_01_02.txt",
      "foto_2026_01_02_03_04_05",
    ];
    for (const name of foreign) writeFileSync(join(uploads, name), name);
    mkdirSync(join(uploads, "2026_01_02_03_04_05_folder"));
    writeFileSync(join(uploads, "2026_01_02_03_04_05_folder", "isi"), "x");
    mkdirSync(join(uploads, "arsip"));
    writeFileSync(join(uploads, "arsip", "2026_01_02_03_04_05_isi"), "x");
    mkdirSync(join(uploads, "memory-kenangan"));
    writeFileSync(join(uploads, "memory-kenangan", "foto.jpg"), "x");
    symlinkSync(join(uploads, "README"), join(uploads, "tautan"));
    const id = await send("ada");
    const other = await send("lain");
    await ok(alice.client.request(`unsend ${other}`));
    await restart();
    await server.end();
    await (await startedProcess("--data", data, "--uploads", uploads)).kill("SIGKILL");
    await start();
    for (const name of foreign) expect(readFileSync(join(uploads, name), "utf8")).toBe(name);
    expect(existsSync(join(uploads, "2026_01_02_03_04_05_folder", "isi"))).toBe(true);
    expect(existsSync(join(uploads, "arsip", "2026_01_02_03_04_05_isi"))).toBe(true);
    expect(existsSync(join(uploads, "memory-kenangan", "foto.jpg"))).toBe(true);
    expect(existsSync(join(uploads, "tautan"))).toBe(true);
    await expectWhole(server, bob.token, id, CONTENT);
  });
});

describe("an unfinished upload", () => {
  it("whose part somebody removed begins anew", async () => {
    const file = { to: "bob", name: "laporan", content: CONTENT, id: "a" };
    await cut(server, alice.token, file, 5);
    await server.end();
    for (const name of partsIn(uploads)) rmSync(join(uploads, name));
    await start();
    alice = await loggedIn(server, "alice");
    expect(await uploadStatus(server, alice.token, "a")).toMatchObject({ state: "none", received: 0 });
    expect(await refused(upload(server, alice.token, { ...file, offset: 5 }))).toBe("bad-request");
    await expectWhole(server, bob.token, (await uploaded(server, alice.token, file)).file.id, CONTENT);
  });

  it("whose part became shorter is resumed from what is there", async () => {
    const file = { to: "bob", name: "laporan", content: CONTENT, id: "a" };
    await cut(server, alice.token, file, 5);
    await server.end();
    const [part = ""] = partsIn(uploads);
    writeFileSync(join(uploads, part), CONTENT.subarray(0, 3));
    await start();
    alice = await loggedIn(server, "alice");
    const { received } = await uploadStatus(server, alice.token, "a");
    expect(received).toBeLessThanOrEqual(3);
    const reply = await ok(upload(server, alice.token, { ...file, offset: received }));
    await expectWhole(server, bob.token, sent(reply).file.id, CONTENT);
  });
});

describe("the folder", () => {
  async function expectRefusal(...options: readonly string[]): Promise<void> {
    await expect(startServer(options)).rejects.toThrow(/^[^\n]*uploads[^\n]*$/);
  }

  it("of another database is refused, and nothing in it is touched", async () => {
    await send("milik alice");
    await server.end();
    const before = namesIn(uploads).toSorted();
    await expectRefusal("--data", join(folder, "other"), "--uploads", uploads);
    expect(namesIn(uploads).toSorted()).toEqual(before);
    await start();
    expect(await inbox((await loggedIn(server, "bob")).client, "all")).toEqual(["milik alice"]);
  });

  it("of another database is refused also before that has any files: two on one folder would remove each other's", async () => {
    await expectRefusal("--data", join(folder, "other"), "--uploads", uploads);
    const id = await send("laporan");
    await restart();
    await expectWhole(server, bob.token, id, CONTENT);
  });

  it("of another database is refused also by one that has files elsewhere", async () => {
    const id = await send("milik alice");
    await server.end();
    const other = await started("--data", join(folder, "other"), "--uploads", join(folder, "theirs"));
    const carol = await newUser(other, "carol");
    await ok(upload(other, carol.token, { to: "carol", name: "milik carol", content: CONTENT }));
    await other.end();
    await expectRefusal("--data", data, "--uploads", join(folder, "theirs"));
    await expectRefusal("--data", join(folder, "other"), "--uploads", uploads);
    await start();
    await expectWhole(server, bob.token, id, CONTENT);
  });

  it("that is another one than before is refused, and found again when it is named", async () => {
    const id = await send("laporan");
    await server.end();
    await expectRefusal("--data", data, "--uploads", join(folder, "empty"));
    await start();
    await expectWhole(server, bob.token, id, CONTENT);
  });

  it("moved with all that is in it is taken as it is", async () => {
    const id = await send("laporan");
    await server.end();
    cpSync(uploads, join(folder, "moved"), { recursive: true });
    rmSync(uploads, { recursive: true });
    uploads = join(folder, "moved");
    await start();
    await expectWhole(server, bob.token, id, CONTENT);
  });

  it("copied without its hidden marker is taken as it is", async () => {
    const id = await send("laporan");
    await server.end();
    rmSync(join(uploads, ".obrol"));
    await start();
    await expectWhole(server, bob.token, id, CONTENT);
    expect(existsSync(join(uploads, ".obrol"))).toBe(true);
  });

  it("may be any as long as no file was ever sent", async () => {
    await server.end();
    uploads = join(folder, "elsewhere");
    await start();
    await expectWhole(server, bob.token, await send("laporan"), CONTENT);
  });

  it("whose marker cannot be put there is not used, and no draft of it is left", async () => {
    await server.end();
    uploads = join(folder, "elsewhere");
    mkdirSync(join(uploads, ".obrol"), { recursive: true });
    await expectRefusal("--data", data, "--uploads", uploads);
    expect(readdirSync(uploads).filter((name) => name.startsWith(".obrol"))).toEqual([".obrol"]);
  });

  it("without a marker is not emptied by a database that knows nothing of it", async () => {
    await server.end();
    uploads = join(folder, "older");
    mkdirSync(uploads);
    writeFileSync(join(uploads, "2026_01_02_03_04_05_kenangan.jpg"), "x");
    await start().catch(() => {});
    expect(contentsIn(uploads)).toEqual(["2026_01_02_03_04_05_kenangan.jpg"]);
  });
});

describe("with --memory", () => {
  const memoriesIn = (): readonly string[] => namesIn(uploads).filter((name) => name.startsWith("memory-"));

  const memory = (): readonly string[] => ["--memory", "--uploads", uploads];

  async function sendIn(other: TestServer): Promise<void> {
    const carol = await newUser(other, "carol");
    const reply = await ok(upload(other, carol.token, { to: "carol", name: "sementara", content: CONTENT }));
    await expectWhole(other, carol.token, sent(reply).file.id, CONTENT);
  }

  it("contents go to a folder of their own, and with the process", async () => {
    const id = await send("tetap");
    const before = namesIn(uploads).toSorted();
    const other = await startedProcess(...memory());
    await sendIn(other);
    expect(contentsIn(uploads).filter((name) => name.endsWith("_sementara"))).toEqual([]);
    expect(memoriesIn()).toHaveLength(1);
    expect(contentsIn(join(uploads, String(memoriesIn()[0])))).toContainEqual(expect.stringMatching(/_sementara$/));
    expect(await other.kill("SIGTERM")).toBe(0);
    expect(namesIn(uploads).toSorted()).toEqual(before);
    await expectWhole(server, bob.token, id, CONTENT);
  });

  it("one that is told to stop as soon as it listens leaves nothing", async () => {
    expect(await (await startedProcess(...memory())).kill("SIGTERM")).toBe(0);
    expect(memoriesIn()).toEqual([]);
  });

  it("one that is told to stop while files go up and down leaves nothing", async () => {
    const other = await startedProcess(...memory());
    const carol = await newUser(other, "carol");
    const content = Buffer.alloc(24 * 2 ** 20);
    const id = (await uploaded(other, carol.token, { to: "carol", name: "besar", content })).file.id;
    begin(other, carol.token, { to: "carol", name: "separuh", content, id: "a" }, 2 ** 20);
    await stalled(other, carol.token, id);
    await reaches(other, carol.token, "a", "receiving", 2 ** 20);
    expect(await other.kill("SIGTERM")).toBe(0);
    expect(memoriesIn()).toEqual([]);
  });

  it("what a killed one left is removed at the next start", async () => {
    const killed = await startedProcess(...memory());
    await sendIn(killed);
    await killed.kill("SIGKILL");
    expect(memoriesIn()).toHaveLength(1);
    const [left] = memoriesIn();
    const next = await started(...memory());
    expect(memoriesIn()).not.toContain(left);
    await sendIn(next);
  });

  it("folders of a like name that a server did not make stay as they are", async () => {
    const foreign = join(uploads, "memory-kenangan");
    mkdirSync(foreign);
    writeFileSync(join(foreign, "foto.jpg"), "x");
    await (await started(...memory())).end();
    expect(namesIn(foreign)).toEqual(["foto.jpg"]);
  });

  it("two at once on one folder leave each other's files alone", async () => {
    const first = await started(...memory());
    const carol = await newUser(first, "carol");
    const content = { to: "carol", name: "sementara", content: CONTENT };
    const id = (await uploaded(first, carol.token, content)).file.id;
    const second = await startedProcess(...memory());
    await sendIn(second);
    await second.kill("SIGKILL");
    await (await started(...memory())).end();
    await expectWhole(first, carol.token, id, CONTENT);
  });
});
