/** `chat-server admin backup` and `chat-server verify`, as an owner uses them. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { verify } from "../../src/bin/verify.ts";
import { migrate, migrations } from "../../src/logs/sqlite/schema.ts";
import { admin, newAdmin, operatorOf } from "../support/admin.ts";
import { sent, sha256, upload } from "../support/bodies.ts";
import { canFillDisk, fillDisk } from "../support/disk.ts";
import { FLIP, filesIn, flipped } from "../support/flips.ts";
import { testFolder } from "../support/folder.ts";
import { history, loggedIn, newUser, ok, type Person, refused } from "../support/people.ts";
import { run } from "../support/program.ts";
import type { TestServer } from "../support/server.ts";
import { started, startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";
import { contentsIn } from "../support/uploads.ts";

/** What `chat-server verify` says, and how it ends. */
async function verified(...args: readonly string[]): Promise<{ code: number; said: readonly string[] }> {
  const said: string[] = [];
  const code = await verify(args, (line) => said.push(line));
  return { code, said };
}

/** Somebody who says one thing after another until he is told to stop. */
async function talking({ client }: Person, to: string, acknowledged: string[], goesOn: () => boolean): Promise<void> {
  for (let n = 0; goesOn(); n++) {
    const texts = Array.from({ length: 8 }, (_, i) => `untuk ${to}: ${n}.${i}`);
    await Promise.all(texts.map((text) => ok(client.request(`send ${to} ${text}`))));
    acknowledged.push(...texts);
  }
}

/** Somebody who sends one file after another, and takes every second back. */
async function sharing(server: TestServer, { token, client }: Person, to: string, goesOn: () => boolean) {
  for (let n = 0; goesOn(); n++) {
    const { file } = sent(await upload(server, token, { to, name: `${n}.txt`, content: `isi ${n} `.repeat(1000) }));
    if (n % 2 === 1) await ok(client.request(`unsend ${file.id}`));
  }
}

/** What a backup holds, in the folders of a new server. */
function restored(backup: string): readonly string[] {
  const folder = testFolder();
  for (const part of ["data", "uploads"]) cpSync(join(backup, part), join(folder, part), { recursive: true });
  return ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
}

/** A small server with a bit of everything, and a backup of it. */
async function backedUp(): Promise<string> {
  const config = join(testFolder(), "config.json");
  writeFileSync(config, JSON.stringify({ "min-password": 3 }));
  const server = await started("--config", config);
  const alice = await newUser(server, "alice");
  await newUser(server, "bob");
  await Promise.all(Array.from({ length: 50 }, (_, i) => ok(alice.client.request(`send bob nomor ${i}`))));
  for (const name of ["a.txt", "é.bin"]) await upload(server, alice.token, { to: "bob", name, content: `isi ${name}` });
  const folder = join(testFolder(), "backup");
  const { code, stderr } = await admin(server, ["backup", folder]);
  expect([code, stderr]).toEqual([0, ""]);
  return folder;
}

function modes(folder: string): readonly number[] {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return [...new Set([".", ...all].map((name) => statSync(join(folder, name)).mode & 0o077))];
}

describe("chat-server admin backup", () => {
  it("while people talk and send files: a server starts on it, with all that was acknowledged before", async () => {
    const server = await started();
    const [alice, bob, carol] = [
      await newUser(server, "alice"),
      await newUser(server, "bob"),
      await newUser(server, "carol"),
    ];
    const folder = join(testFolder(), "cadangan baru");
    const acknowledged: string[] = [];
    let isOver = false;
    const goesOn = (): boolean => !isOver;
    const load = [
      talking(alice, "bob", acknowledged, goesOn),
      talking(bob, "alice", acknowledged, goesOn),
      sharing(server, carol, "bob", goesOn),
    ];
    await until(
      "there is something to back up",
      () => acknowledged.length > 300 && contentsIn(server.uploads).length > 3,
    );
    const before = [...acknowledged];
    const { code, stdout } = await admin(server, ["backup", folder, "--json"]);
    const after = acknowledged.length;
    isOver = true;
    await Promise.all(load);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: "OK", folder, wrong: [] });
    expect(after).toBeGreaterThan(before.length);
    expect(modes(folder)).toEqual([0]);
    expect(await verified(folder)).toEqual({
      code: 0,
      said: [expect.stringMatching(/^whole: messages up to number \d+/)],
    });
    const again = await started(...restored(folder));
    const there = await loggedIn(again, "bob");
    const found = new Set(await history(there.client, "alice"));
    expect(before.filter((text) => !found.has(text))).toEqual([]);
    expect(again.log()).not.toContain("missing");
  });

  it("keeps what is deleted meanwhile until it is copied, names what the server has lost, and makes one at a time", async () => {
    const server = await started();
    const alice = await newUser(server, "alice");
    await newUser(server, "bob");
    const one = sent(await upload(server, alice.token, { to: "bob", name: "a.txt", content: "satu" }));
    const [lost = ""] = contentsIn(server.uploads);
    const two = sent(await upload(server, alice.token, { to: "bob", name: "b.txt", content: "dua" }));
    const other = contentsIn(server.uploads).find((name) => name !== lost) as string;
    expect([one.file.name, two.file.name]).toEqual(["a.txt", "b.txt"]);
    // Whoever reads it waits.
    rmSync(join(server.uploads, lost));
    execFileSync("mkfifo", [join(server.uploads, lost)]);
    const folder = join(testFolder(), "backup");
    const operator = await operatorOf(server);
    const made = operator.request(`admin backup ${folder}`);
    await until("it copies the files", () => existsSync(join(folder, "uploads", ".obrol")));
    const second = await operatorOf(server);
    expect(await refused(second.request(`admin backup ${folder}2`))).toBe("too-many");
    expect(existsSync(`${folder}2`)).toBe(false);
    await ok(alice.client.request(`unsend ${two.file.id}`));
    await ok(alice.client.request(`files`));
    expect(contentsIn(server.uploads)).toContain(other);
    closeSync(openSync(join(server.uploads, lost), "w"));
    expect(await made).toMatchObject({ status: "OK", wrong: [lost] });
    expect(readFileSync(join(folder, "uploads", other), "utf8")).toBe("dua");
    await until("it is removed", () => !contentsIn(server.uploads).includes(other));
    const { code, said } = await verified(folder);
    expect([code, said]).toEqual([1, [`uploads/${lost}: is not what the database says it is (SHA-256)`]]);
    operator.close();
    second.close();
  });

  it("that does not come to its end leaves nothing: its server is killed", async () => {
    const server = await startedProcess();
    const { folder, stalled } = await stalledBackup(server);
    await server.kill("SIGKILL");
    await until("it is gone", () => !existsSync(folder));
    letGo(stalled);
  });

  it("that does not come to its end leaves nothing: its server is told to stop", async () => {
    const server = await startedProcess();
    const { folder } = await stalledBackup(server);
    expect(await server.kill("SIGTERM")).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  it.runIf(canFillDisk)("on a disk that is full says so with a code, and leaves nothing", async () => {
    const server = await startedProcess();
    const alice = await newUser(server, "alice");
    await newUser(server, "bob");
    await upload(server, alice.token, { to: "bob", name: "a.bin", content: new Uint8Array(4 * 2 ** 20) });
    fillDisk(server.pid, 2 ** 20);
    const empty = testFolder();
    const { code, stdout, stderr } = await admin(server, ["backup", empty, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "ERROR", code: "storage" });
    expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
    expect(code).not.toBe(0);
    expect(readdirSync(empty)).toEqual([]);
    await ok(alice.client.request("send bob halo"));
  });

  it("goes only where nothing is, only for the owner, and only with something on disk", async () => {
    const server = await started("--admin", "kepala");
    await newAdmin(server, "kepala");
    const folder = testFolder();
    writeFileSync(join(folder, "surat"), "");
    const operator = await operatorOf(server);
    for (const path of [folder, join(folder, "surat"), "cadangan", join(folder, "surat", "x")]) {
      expect(await refused(operator.request(`admin backup ${path}`))).toBe("bad-request");
    }
    expect(readdirSync(folder)).toEqual(["surat"]);
    const kepala = await loggedIn(server, "kepala");
    expect(await refused(kepala.client.request(`admin backup ${folder}/x`))).toBe("forbidden");
    const passing = await started("--memory", "--control", join(folder, "control.sock"));
    const over = await operatorOf({ control: join(folder, "control.sock") });
    expect(await refused(over.request(`admin backup ${folder}/x`))).toBe("forbidden");
    operator.close();
    over.close();
    await passing.stop();
  });
});

/** Whoever waits for what is written there need not wait any more. */
function letGo(pipe: string): void {
  try {
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody does.
  }
}

/** A backup that waits for one of its files: whoever reads that waits for who writes. */
async function stalledBackup(server: TestServer): Promise<{ folder: string; stalled: string }> {
  const alice = await newUser(server, "alice");
  await newUser(server, "bob");
  await upload(server, alice.token, { to: "bob", name: "a.txt", content: "satu" });
  const stalled = join(server.uploads, contentsIn(server.uploads)[0] as string);
  rmSync(stalled);
  execFileSync("mkfifo", [stalled]);
  const folder = join(testFolder(), "backup");
  const operator = await operatorOf(server);
  operator.request(`admin backup ${folder}`).catch(() => {});
  await until("it copies the files", () => existsSync(join(folder, "uploads", ".obrol")));
  return { folder, stalled };
}

describe("chat-server verify", () => {
  it("names the file of a byte that is not as it was, wherever that is", async () => {
    const folder = await backedUp();
    expect(await verified(folder)).toMatchObject({ code: 0 });
    const files = filesIn(folder);
    expect(files.map((path) => path.slice(folder.length + 1)).toSorted()).toEqual([
      ...["config.json", "data/obrol.db", "data/realm.key", "manifest.json", "manifest.sha256", "uploads/.obrol"],
      ...[expect.stringMatching(/^uploads\/\S+_a\.txt$/), expect.stringMatching(/^uploads\/\S+_é\.bin$/)],
    ]);
    for (const path of files) {
      const name = path.slice(folder.length + 1);
      const bytes = readFileSync(path);
      const middle = [1, 2, 3, 4, 5, 6, 7].map((eighth) => Math.floor((bytes.length * eighth) / 8));
      for (const at of new Set([0, 20, 100, ...middle, bytes.length - 1])) {
        if (at >= bytes.length) continue;
        const one = Buffer.from(bytes);
        one[at] = (bytes[at] as number) ^ FLIP;
        writeFileSync(path, one);
        const { code, said } = await verified(folder);
        expect([code, said.join("\n")]).toEqual([1, expect.stringContaining(name)]);
      }
      writeFileSync(path, bytes);
    }
    expect(await verified(folder)).toMatchObject({ code: 0 });
    const [first = ""] = files;
    writeFileSync(first, readFileSync(first).subarray(1));
    expect(await verified(folder)).toMatchObject({ code: 1 });
  });

  it("names the file of every byte, of all files but the database, whose bytes `npm run siege -- flips` flips", async () => {
    const folder = await backedUp();
    for (const path of filesIn(folder).filter((file) => !file.endsWith(".db"))) {
      expect(await flipped(folder, path), path).toEqual({ bytes: statSync(path).size, unnamed: [] });
    }
    expect(await verified(folder)).toMatchObject({ code: 0 });
  });

  it("names what is missing, and what is there and should not be", async () => {
    const folder = await backedUp();
    for (const path of filesIn(folder)) {
      const bytes = readFileSync(path);
      rmSync(path);
      const { code, said } = await verified(folder);
      expect([code, said.join("\n")]).toEqual([1, expect.stringContaining(path.slice(folder.length + 1))]);
      writeFileSync(path, bytes, { mode: 0o600 });
    }
    writeFileSync(join(folder, "uploads", "lain"), "");
    expect(await verified(folder)).toEqual({ code: 1, said: ["uploads/lain: is not in the manifest"] });
    rmSync(join(folder, "uploads", "lain"));
    for (const name of ["manifest.json", "manifest.sha256"]) rmSync(join(folder, name));
    expect((await verified(folder)).said).toEqual([
      expect.stringMatching(/^manifest.json: missing: .*not come to its end/),
    ]);
  });

  it("looks at the copy of a data folder, too, of an older program as well, and changes nothing there", async () => {
    const backup = await backedUp();
    const folder = testFolder();
    cpSync(join(backup, "data"), folder, { recursive: true });
    const uploads = join(backup, "uploads");
    expect(await verified(folder, "--uploads", uploads)).toMatchObject({ code: 0 });
    const { code, said } = await verified(folder);
    expect([code, said]).toEqual([1, [1, 2].map(() => expect.stringMatching(/^uploads\/\S+: missing/))]);
    const before = filesIn(folder).map((path) => [path, sha256(readFileSync(path))]);
    expect(filesIn(folder).map((path) => [path, sha256(readFileSync(path))])).toEqual(before);
    const db = new DatabaseSync(join(folder, "obrol.db"));
    const { first, bytes } = db.prepare("SELECT first, bytes FROM pieces LIMIT 1").get() as {
      readonly first: number;
      readonly bytes: Uint8Array;
    };
    bytes[20] = (bytes[20] as number) ^ 1;
    db.prepare("UPDATE pieces SET bytes = ? WHERE first = ?").run(bytes, first);
    db.close();
    const damaged = await verified(folder, "--uploads", uploads);
    expect(damaged.code).toBe(1);
    expect(damaged.said[0]).toMatch(
      new RegExp(`^obrol.db: the piece of messages that begins with number ${first} is damaged`),
    );
    const older = testFolder();
    const old = new DatabaseSync(join(older, "obrol.db"));
    migrate(old, migrations.length - 1);
    old.close();
    const size = statSync(join(older, "obrol.db")).size;
    expect(await verified(older)).toMatchObject({ code: 0 });
    expect([readdirSync(older), statSync(join(older, "obrol.db")).size]).toEqual([["obrol.db"], size]);
  });

  it("with wrong words ends with 2: no folder, nothing in it, a server's own", async () => {
    const server = await started();
    const folder = testFolder();
    mkdirSync(join(folder, "leer"));
    for (const args of [[], [join(folder, "x")], [join(folder, "leer")], [join(server.control, "..")], ["a", "b"]]) {
      expect((await run(["verify", ...args], { folder })).code).toBe(2);
    }
    const { code, stdout } = await run(["verify", "--help"], { folder });
    expect(stdout).toMatch(/chat-server verify DIR/);
    expect(code).toBe(0);
  });
});
