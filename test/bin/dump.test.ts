/** `chat-server dump`, as who looks into a data folder uses it. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { migrate, migrations } from "../../src/logs/sqlite/schema.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok } from "../support/people.ts";
import { run } from "../support/program.ts";
import { chatServer, cleanEnv, startProcess } from "../support/server.ts";

async function dumped(folder: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await run(["dump", ...args], { folder });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A folder with a server's data in it, and the server. */
async function serving(): Promise<{ folder: string; server: Awaited<ReturnType<typeof startProcess>> }> {
  const folder = testFolder();
  const server = await startProcess(["--data", join(folder, "data"), "--uploads", join(folder, "uploads")]);
  return { folder, server };
}

describe("chat-server dump", () => {
  it("prints each message as a JSON object, beside a server that runs and after it has ended", async () => {
    const { folder, server } = await serving();
    const { client: alice } = await newUser(server, "alice");
    await newUser(server, "bob");
    await ok(alice.request("addgroup kelas"));
    // In one turn, as nearly as a test can: most of them are packed.
    const sent = Array.from({ length: 300 }, (_, i) => alice.request(`send bob nomor ${i} é`));
    for (const reply of await Promise.all(sent)) await ok(Promise.resolve(reply));
    await ok(alice.request("sendgroup kelas pagi\nsemua"));
    const all = await dumped(folder);
    expect(all).toHaveLength(301);
    expect(all[41]).toEqual({
      ...{ seq: 42, conversation: 1, from: "alice", to: "bob", text: "nomor 41 é" },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
    expect(all[300]).toMatchObject({ seq: 301, from: "alice", group: "kelas", text: "pagi\nsemua" });
    expect(await dumped(folder, "--from", "300")).toEqual(all.slice(299));
    await server.stop();
    expect(await dumped(folder, "--data", "data")).toEqual(all);
    expect(await dumped(folder, "--from", "302")).toEqual([]);
  });

  it("says what became of messages, and shows nothing of what was deleted", async () => {
    const { folder, server } = await serving();
    const { client: alice } = await newUser(server, "alice");
    await newUser(server, "bob");
    const ids: unknown[] = [];
    for (const text of ["satu", "dua"]) ids.push((await ok(alice.request(`send bob ${text}`)))["id"]);
    await ok(alice.request(`edit ${ids[0]} satu lagi`));
    await ok(alice.request(`reply ${ids[0]} jawab`));
    await ok(alice.request(`delete ${ids[1]}`));
    expect(await dumped(folder)).toMatchObject([
      { seq: 1, text: "satu" },
      { seq: 2, text: "", deleted: true },
      { seq: 3, text: "satu lagi", what: "edited", target: 1 },
      { seq: 4, text: "jawab", reply: 1 },
      { seq: 5, what: "deleted", target: 2 },
    ]);
    await server.stop();
  });

  it("ends when whoever reads has seen enough", async () => {
    const { folder, server } = await serving();
    const { client: alice } = await newUser(server, "alice");
    await newUser(server, "bob");
    await Promise.all(Array.from({ length: 200 }, () => alice.request(`send bob ${"kata ".repeat(1000)}`)));
    const child = spawn(process.execPath, [chatServer, "dump"], { cwd: folder, env: cleanEnv() });
    onTestFinished(() => void child.kill());
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, stderr]).toEqual([0, ""]);
    await server.stop();
  });

  it("without a database, with another version's or with wrong words says why in one line, and makes nothing", async () => {
    const folder = testFolder();
    const refused = async (wanted: number, about: RegExp, ...args: string[]): Promise<void> => {
      const { code, stdout, stderr } = await run(["dump", ...args], { folder });
      expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
      expect(stderr).toMatch(about);
      expect([code, stdout]).toEqual([wanted, ""]);
    };
    await refused(66, /data.obrol\.db: no such file/);
    await refused(64, /--from: wants a number/, "--from", "0");
    await refused(64, /takes no words/, "alice");
    const db = new DatabaseSync(join(folder, "obrol.db"));
    migrate(db, migrations.length - 1);
    await refused(74, /older version/, "--data", ".");
    migrate(db);
    expect(await dumped(folder, "--data", ".")).toEqual([]);
    db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    await refused(74, /newer version/, "--data", ".");
    db.close();
  });

  it("--help says what it is for", async () => {
    const { code, stdout } = await run(["dump", "--help"], { folder: testFolder() });
    expect(stdout).toMatch(/chat-server dump \[--data DIR\] \[--from SEQ\]/);
    expect(stdout).toMatch(/JSON object a line/);
    expect(code).toBe(0);
  });
});
