/** `chat-server import`, `export` and `nodes`, as whoever goes from one server to many nodes and back uses them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { storeUrl } from "../../src/bin/store.ts";
import { EngineClient } from "../../src/logs/postgres/client.ts";
import { type RosterEntry, rosterOf } from "../../src/logs/postgres/roster.ts";
import { migrate, migrations } from "../../src/logs/sqlite/schema.ts";
import { content } from "../support/bodies.ts";
import { canFillDisk } from "../support/disk.ts";
import { testFolder } from "../support/folder.ts";
import { clusterOn, engineOfFile } from "../support/nodes.ts";
import { newUser, ok } from "../support/people.ts";
import { type Ended, run } from "../support/program.ts";
import { chatServer, cleanEnv, type LocalServer, startProcess, startServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const engine = engineOfFile({ configuration: { fsync: "off" } });

/** A server with its data and its files in a folder, and the options for it. */
async function serverIn(folder: string, ...more: readonly string[]): Promise<LocalServer> {
  const places = ["--data", join(folder, "data"), "--uploads", join(folder, "uploads")];
  return startServer([...places, "--realm", "kota", ...more]);
}

async function done(args: readonly string[], folder: string): Promise<string> {
  const { code, stdout, stderr } = await run(args, { folder });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout;
}

/** It says why in one line. */
async function refused(ended: Promise<Ended>, code: number, about: RegExp): Promise<void> {
  const { stderr, ...rest } = await ended;
  expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
  expect(stderr).toMatch(about);
  expect(rest).toMatchObject({ code, stdout: "" });
}

const HALO = Buffer.from("halo, berkas").toString("base64");

/** Two people, who have said and read something and sent a file; the server is ended. @returns the token of one of them, and the file's id */
async function peopled(folder: string): Promise<{ token: string; file: string }> {
  const server = await serverIn(folder);
  const { client: alice, token } = await newUser(server, "alice");
  const { client: bob } = await newUser(server, "bob");
  await ok(alice.request("addgroup kelas"));
  await ok(alice.request("sendgroup kelas selamat pagi"));
  await ok(alice.request("send bob halo é😀"));
  const answer = await ok(bob.request("send alice halo juga"));
  await ok(alice.request(`read ${answer["id"]}`));
  const { file } = await ok(alice.request(`sendfile bob catatan.txt ${HALO}`));
  await server.end();
  return { token, file: (file as { id: string }).id };
}

/** What stands of the first node, looked at without a program of its own for each look. */
async function firstNode(url: string): Promise<RosterEntry | undefined> {
  return (await rosterOf(url)).nodes[0];
}

async function isOverdue(url: string): Promise<void> {
  await until("the node is overdue", async () => (await firstNode(url))?.state === "overdue");
}

/** The rows of some tables of a database, as they stand there. */
function rowsIn(folder: string, ...tables: readonly string[]): unknown {
  const db = new DatabaseSync(join(folder, "obrol.db"), { readOnly: true });
  const rows = tables.map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all());
  db.close();
  return rows;
}

describe("chat-server import and export", () => {
  it("takes a realm from one server to nodes and back: the same ids, tokens, markers, files and key", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    const { token, file } = await peopled(folder);
    const kept = ["users", "sessions", "groups", "members", "conversations", "reads", "files", "shares", "facts"];
    const before = rowsIn(join(folder, "data"), ...kept);
    const key = readFileSync(join(folder, "data", "realm.key"), "utf8");
    const printed = await done(["import", "--uploads", "uploads", "--store", url], folder);
    expect(printed).toMatch(/^imported: 2 users, 2 sessions, 1 group, 4 messages, 1 file, 0 realms\n$/);
    renameSync(join(folder, "data"), join(folder, "before"));
    await done(["export", "--store", url, "--data", "unused"], folder);
    expect(rowsIn(join(folder, "unused"), ...kept)).toEqual(before);

    const node = await serverIn(folder, "--store", url);
    const alice = await node.connect();
    await ok(alice.request(`resume ${token}`));
    expect((await content(node, token, file)).toString("base64")).toBe(HALO);
    await ok(alice.request("send bob di simpul"));
    const { stdout, stderr, code } = await run(["export", "--store", url, "--data", "again", "--json"], { folder });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^chat-server: 1 of its nodes go on/)]);
    expect(JSON.parse(stdout)).toEqual({
      ...{ users: 2, sessions: 2, groups: 1, messages: 5, files: 1, realms: 0 },
      ...{ key: true, nodes: 1 },
    });
    await node.end();

    const again = join(folder, "again");
    expect(readFileSync(join(again, "realm.key"), "utf8")).toBe(key);
    for (const name of ["realm.key", "obrol.db"]) expect(statSync(join(again, name)).mode & 0o777).toBe(0o600);
    const server = await startServer(["--data", again, "--uploads", join(folder, "uploads"), "--realm", "kota"]);
    const client = await server.connect();
    await ok(client.request(`resume ${token}`));
    const { data } = await ok(client.request("history bob"));
    expect(JSON.stringify(data)).toContain('"di simpul"');
    await server.stop();
  });

  it("exports what is there at one moment, while nodes take in more", async () => {
    const { url, uploads, node } = await clusterOn(await engine());
    const folder = testFolder();
    const [one, two] = [await node(), await node()];
    const [{ client: alice }, { client: bob }] = [await newUser(one, "alice"), await newUser(two, "bob")];
    await ok(alice.request(`sendfile bob catatan.txt ${HALO}`));
    let isOver = false;
    const talks = [alice, bob].map(async (client) => {
      for (let i = 0; !isOver; i++) await ok(client.request(`send bob nomor ${i}`));
    });
    const { code } = await run(["export", "--store", url, "--data", "out"], { folder });
    isOver = true;
    await Promise.all(talks);
    expect(code).toBe(0);
    expect(await done(["verify", "out", "--uploads", uploads], folder)).toMatch(/^whole: .* 1 files/);
    const seqs = (await done(["dump", "--data", "out"], folder)).trim().split("\n");
    expect(seqs.map((line) => (JSON.parse(line) as { seq: number }).seq)).toEqual(seqs.map((_, i) => i + 1));
    expect(seqs.length).toBeGreaterThan(1);
  });

  it("says how many of what as JSON; --help says what it is for", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    expect(JSON.parse(await done(["import", "--store", url, "--json"], folder))).toEqual({
      ...{ users: 2, sessions: 2, groups: 1, messages: 4, files: 1, realms: 0, key: true },
    });
    expect(await done(["import", "--help"], folder)).toMatch(
      /chat-server import .*--store URL.*\n\n.*empty PostgreSQL/,
    );
  });

  it("refuses a folder that a server uses, one without a database, and databases of other versions", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    const importing = (...more: string[]): Promise<Ended> => run(["import", "--store", url, ...more], { folder });
    await refused(importing(), 66, /data.obrol\.db: no such file; --data DIR/);
    const server = await serverIn(folder);
    await refused(importing(), 66, /data folder data: is in use by another server/);
    await server.end();
    const old = join(folder, "old");
    mkdirSync(old);
    const db = new DatabaseSync(join(old, "obrol.db"));
    migrate(db, migrations.length - 1);
    await refused(importing("--data", "old"), 65, /an older version: start a server of this one on it once/);
    db.exec(`PRAGMA user_version = ${migrations.length + 1}`);
    await refused(importing("--data", "old"), 65, /a newer version/);
    db.close();
  });

  it("refuses a store in which somebody is already, or that a node uses, and changes nothing there", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    const importing = (): Promise<Ended> => run(["import", "--store", url], { folder });
    const node = await startServer(["--store", url, "--data", join(folder, "node")]);
    await refused(importing(), 65, /store: the node \S+ uses it/);
    await node.end();
    await until("the node is gone", async () => (await firstNode(url))?.state !== "there");
    await done(["import", "--store", url], folder);
    await refused(importing(), 65, /store: is not empty: 2 users, 4 messages are there/);
  });

  it("refuses files that are missing or another database's, where it is told to look, and brings nothing in", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    const importing = (uploads: string): Promise<Ended> =>
      run(["import", "--store", url, "--uploads", uploads], { folder });
    await refused(importing("nowhere"), 65, /1 of 1 files are missing or cut short/);
    writeFileSync(join(folder, "uploads", ".obrol"), "another\n\n");
    await refused(importing("uploads"), 65, /files of another database/);
    await refused(run(["export", "--store", url, "--data", "out"], { folder }), 65, /no node was ever started on it/);
    expect(existsSync(join(folder, "out", "obrol.db"))).toBe(false);
  });

  it("exports only into a folder that has no database, and leaves nothing half done", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    await refused(run(["export", "--store", url, "--data", "data"], { folder }), 73, /obrol\.db is there already/);
    await refused(run(["export", "--store", url], { folder }), 64, /--data DIR says where to/);
  });

  it("exports into no folder where what a removed database has left would be taken for its own, and leaves nothing after a failure", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    await done(["import", "--store", url], folder);
    mkdirSync(join(folder, "old"));
    writeFileSync(join(folder, "old", "obrol.db-wal"), "");
    await refused(run(["export", "--store", url, "--data", "old"], { folder }), 73, /obrol\.db-wal is there already/);
    // A folder is in the way of the last step.
    mkdirSync(join(folder, "half", "realm.key.new"), { recursive: true });
    await refused(run(["export", "--store", url, "--data", "half"], { folder }), 74, /realm\.key\.new/);
    expect(readdirSync(join(folder, "half")).filter((name) => name.startsWith("obrol"))).toEqual([]);
  });

  it.skipIf(!canFillDisk)("leaves nothing where the disk is full in the middle of an export", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    await done(["import", "--store", url], folder);
    const limited = ["--fsize=65536", process.execPath, chatServer, "export", "--store", url, "--data", "out"];
    const { status, stderr, stdout } = spawnSync("prlimit", limited, {
      cwd: folder,
      encoding: "utf8",
      env: cleanEnv(),
    });
    expect([status, stdout]).toEqual([74, ""]);
    expect(stderr).toMatch(/^chat-server: [^\n]*(full|disk|I\/O|EFBIG)[^\n]*\n$/);
    expect(readdirSync(join(folder, "out")).filter((name) => name !== "lock")).toEqual([]);
    await done(["export", "--store", url, "--data", "out"], folder);
  });

  it("takes the store from a file whatever ends its line, and says what is wrong in one without telling what stands there", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    const file = join(folder, "store");
    const stored = (text: string): string | undefined => {
      writeFileSync(file, text);
      return storeUrl({ store: undefined, "store-file": file, memory: false });
    };
    const exporting = (): Promise<Ended> => run(["export", "--store-file", file, "--data", "out"], { folder });
    for (const [text, about] of [
      ["postgres://a:rahasia@127.0.0.1/db\npostgres://b/c", /white space/],
      ["postgres://a@127.0.0.1/db\r\nrahasia\r\n", /white space/],
      ["postgres://a:ra hasia@127.0.0.1/db", /white space/],
      ["postgres://a:rahasia%@127.0.0.1/db", /a % in a name or a password is %25/],
      ["postgres://a:rahasia@127.0.0.1:x/db", /is no URL/],
      ["mysql://a:rahasia@127.0.0.1/db", /is no URL/],
      ["", /is no URL/],
    ] as const)
      expect(() => stored(text)).toThrow(new RegExp(`^(?!.*rahasia)--store-file: .*${about.source}`));
    await refused(exporting(), 64, /--store-file: .*is no URL/);
    await done(["import", "--store", url], folder);
    for (const text of [`${url}\n`, `${url}\r\n`, `\ufeff${url}`, `\n${url} \n\n`]) expect(stored(text)).toBe(url);
    expect(await exporting()).toMatchObject({ code: 0, stderr: "" });
    await refused(run(["export", "--store-file", folder, "--data", "out"], { folder }), 64, /--store-file: EISDIR/);
    await refused(run(["export", "--store-file", "none", "--data", "out"], { folder }), 64, /--store-file: ENOENT/);
  });

  it("takes what a URL says of the session beside what it needs itself", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    await peopled(folder);
    const more = new URL(url);
    more.searchParams.set("options", "-c search_path=public -c statement_timeout=600000");
    await done(["import", "--store", more.href], folder);
    expect(JSON.parse(await done(["export", "--store", url, "--data", "out", "--json"], folder))).toMatchObject({
      users: 2,
    });
    const client = await EngineClient.connect(more.href, { idle_in_transaction_session_timeout: "1000" });
    const names = ["search_path", "statement_timeout", "idle_in_transaction_session_timeout"];
    const shown = await client.run(...names.map((name) => ({ text: `SELECT current_setting('${name}') AS is` })));
    await client.close();
    expect(shown.map(({ rows }) => rows[0]?.["is"])).toEqual(["obrol", "10min", "1s"]);
  });

  it("wants a store that answers, and no password on the command line", async () => {
    const folder = testFolder();
    await peopled(folder);
    for (const [command, ...more] of [["import"], ["export", "--data", "out"], ["nodes"]]) {
      const to = (...store: string[]): Promise<Ended> => run([command as string, ...more, ...store], { folder });
      await refused(to(), 64, /--store URL or --store-file FILE/);
      await refused(to("--store", "postgres://a:rahasia@127.0.0.1/db"), 64, /^(?!.*rahasia).*a password there is seen/);
      await refused(to("--store", "postgres://a@127.0.0.1:1/db"), 69, /store: .*ECONNREFUSED/);
    }
  });
});

describe("a node that has begun on a store before something was brought into it", () => {
  it("cannot go on, and has all of it when it is started again", async () => {
    const [folder, url] = [testFolder(), await (await engine()).database()];
    const { token } = await peopled(folder);
    const places = ["--store", url, "--data", join(folder, "node")];
    const early = await startProcess(places);
    // It stands still for so long that it is taken for gone.
    process.kill(early.pid, "SIGSTOP");
    await isOverdue(url);
    await done(["import", "--store", url], folder);
    const ended = early.kill("SIGCONT");
    expect(await ended).toBe(1);
    expect(early.log()).toMatch(/error failed reason="(the log has no entry 1|it was away for too long)/);
    const node = await startServer([...places, "--uploads", join(folder, "uploads")]);
    await ok((await node.connect()).request(`resume ${token}`));
    await node.stop();
  });
});

interface Told {
  readonly place: number;
  readonly nodes: readonly Readonly<Record<string, unknown>>[];
}

describe("chat-server nodes", () => {
  it("tells who is there, since when, how far in the log, with which leases, and who is overdue", async () => {
    const { url, process: started } = await clusterOn(await engine());
    const folder = testFolder();
    const told = async (): Promise<Told> => JSON.parse(await done(["nodes", "--store", url, "--json"], folder)) as Told;
    await refused(run(["nodes", "--store", url], { folder }), 65, /store: no node was ever started on it/);
    const one = await started();
    const two = await started();
    onTestFinished(async () => {
      for (const node of [one, two]) await node.kill("SIGKILL");
    });
    const { client } = await newUser(two, "alice");
    await until("both have all of the log", async () => {
      const { place, nodes } = await rosterOf(url);
      return place > 0 && nodes.every(({ behind }) => behind === 0);
    });
    const all = await told();
    expect(all.nodes).toHaveLength(2);
    expect(all.nodes[0]).toMatchObject({
      name: expect.stringMatching(new RegExp(`:${one.pid}$`)),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      ...{ place: all.place, lag: 0, state: "there", leases: expect.any(Array) },
    });
    const table = await done(["nodes", "--store", url], folder);
    expect(table).toMatch(/^node +name +version +since +place +behind +lag +seen/);
    for (const { pid } of [one, two]) expect(table).toMatch(new RegExp(`:${pid} .* there`));
    expect(table).toMatch(/\nthe log is at \d+\n$/);

    // Neither is there to see that the other has gone.
    process.kill(one.pid, "SIGSTOP");
    await ok(client.request("send alice sudah?"));
    process.kill(two.pid, "SIGSTOP");
    await isOverdue(url);
    const [late] = (await told()).nodes;
    expect(late).toMatchObject({ state: "overdue" });
    expect(late?.["seen"]).toBeGreaterThan(5000);
    expect(late?.["behind"]).toBeGreaterThan(0);
    expect(late?.["lag"]).toBeGreaterThan(0);
    expect(await done(["nodes", "--store", url], folder)).toMatch(new RegExp(`:${one.pid} .* overdue`));
  });
});
