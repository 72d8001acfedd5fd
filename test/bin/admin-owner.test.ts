/** What an owner does with `chat-server admin`, and with chat-client as a user that `--admin` names: on one server. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/bin/client.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { admin, newAdmin, operatorOf } from "../support/admin.ts";
import { history, inbox, loggedIn, newUser, ok, PASSWORD, refused, textIn } from "../support/people.ts";
import { type Ended, startedHere } from "../support/program-here.ts";
import { cleanEnv, startServer, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

const NOT_THERE = "01a1fc92-5ef7-7000-8000-080000b221e3";

let server: TestServer;
let folder: string;
/** Each test has users of its own. */
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "obrol-owner-"));
  server = await startServer(["--admin", "kepala"]);
  await newAdmin(server, "kepala");
  writeFileSync(join(folder, "password"), `${PASSWORD}\n`, { mode: 0o600 });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function named(name: string): string {
  return `${name}${++count}`;
}

/** The answer, as JSON. */
async function asJson(...args: readonly string[]): Promise<Record<string, unknown> & { readonly data: unknown }> {
  const { code, stdout, stderr } = await admin(server, [...args, "--json"]);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout);
}

/** The newest act. */
async function lastAct(): Promise<unknown> {
  const { data } = await asJson("audit");
  return (data as unknown[]).at(-1);
}

describe("chat-server admin", () => {
  it("user: tells of an account, its sessions and connections, and wrong passwords", async () => {
    const alice = named("alice");
    const { client } = await newUser(server, alice);
    await ok(client.request(`addgroup ${alice}-kelas`));
    await ok(client.request("sendfile kepala a.txt aGFsbw=="));
    expect(await refused((await server.connect()).request(`auth ${alice} salah`))).toBe("bad-credentials");
    const { data } = await asJson("user", alice);
    expect(data).toMatchObject({
      ...{ username: alice, admin: false, sessions: 1, space: 4, groups: 1, owned: 1, failures: 1 },
      logins: [{ id: expect.any(Number), created: expect.any(String), used: expect.any(String) }],
      connections: [{ address: "127.0.0.1", dialect: "auto" }],
    });
    const { code, stdout } = await admin(server, ["user", alice]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^user +${alice}\n`));
    expect(stdout).toMatch(/\nspace +4 B\n/);
    expect(stdout).toMatch(/\nconnection +127\.0\.0\.1 auto\n$/);
    expect(await admin(server, ["user", "nobody"])).toMatchObject({ code: 67, stdout: "" });
    expect(await admin(server, ["user"])).toMatchObject({ code: 64, stdout: "" });
  });

  it("kick: ends sessions and connections, and the user may come again", async () => {
    const alice = named("alice");
    let lost = 0;
    const onLost = (): void => void lost++;
    const { token } = await newUser(server, alice, { onLost });
    // One that is not logged in, but uses the token.
    await ok((await server.connect({ onLost })).request(`whoami ${token}`));
    const { code, stdout } = await admin(server, ["kick", alice]);
    expect([code, stdout]).toEqual([0, `${alice} is put out; sessions ended: 1\n`]);
    await until("both are closed", () => lost === 2);
    expect(await refused((await server.connect()).request(`whoami ${token}`))).toBe("no-session");
    await loggedIn(server, alice);
    expect(await asJson("kick", alice)).toMatchObject({ user: alice, closed: 1 });
    expect(await lastAct()).toMatchObject({ by: "control", what: "kick", target: alice });
    expect(await admin(server, ["kick", "nobody"])).toMatchObject({ code: 67, stdout: "" });
  });

  it("groups, group delete: lists them, and deletes one for all who are in it", async () => {
    const [alice, bob] = [named("alice"), named("bob")];
    const group = `${alice}-kelas`;
    const told: ToldEvent[] = [];
    const { client } = await newUser(server, alice);
    const other = (await newUser(server, bob, { onEvent: (event) => void told.push(event) })).client;
    await ok(client.request(`addgroup ${group}`));
    await ok(other.request(`joingroup ${group}`));
    await ok(other.request("watch on"));
    expect((await asJson("groups", group)).data).toMatchObject([{ group, owner: alice, members: 2, access: "open" }]);
    expect((await admin(server, ["groups", group])).stdout).toMatch(
      new RegExp(`^group +owner .*\n${group} +${alice} +2`),
    );
    const asked = await admin(server, ["group", "delete", group]);
    expect(asked).toMatchObject({ code: 64, stdout: "" });
    expect(asked.stderr).toMatch(/--yes/);
    const { code, stdout } = await admin(server, ["group", "delete", group, "--yes"]);
    expect([code, stdout]).toEqual([0, `the group ${group} is deleted\n`]);
    await until("bob is told", () => told.some(({ event, data }) => event === "group" && data.gone === true));
    expect(await refused(client.request(`sendgroup ${group} halo`))).toBe("group-not-found");
    expect(await admin(server, ["group", "delete", group, "--yes"])).toMatchObject({ code: 67, stdout: "" });
    expect(await admin(server, ["group", "forget", group])).toMatchObject({ code: 64, stdout: "" });
    expect(await lastAct()).toMatchObject({ what: "group delete", target: group });
  });

  it("message delete: takes it from both, and they are told", async () => {
    const [alice, bob] = [named("alice"), named("bob")];
    const told: ToldEvent[] = [];
    const { client } = await newUser(server, alice);
    const other = (await newUser(server, bob, { onEvent: (event) => void told.push(event) })).client;
    await ok(other.request("watch on"));
    const { id } = await ok(client.request(`send ${bob} rahasia besar`));
    expect(await admin(server, ["message", "delete", String(id)])).toMatchObject({ code: 64, stdout: "" });
    expect(await asJson("message", "delete", String(id), "--yes")).toMatchObject({ id });
    await until("bob is told", () => told.some(({ event }) => event === "deleted"));
    expect(await history(other, alice)).toEqual([undefined]);
    expect(await lastAct()).toMatchObject({ what: "message delete", target: id });
    for (const gone of [String(id), NOT_THERE]) {
      expect(await admin(server, ["message", "delete", gone, "--yes"])).toMatchObject({ code: 1, stdout: "" });
    }
    expect(await admin(server, ["message", "delete", "x", "--yes"])).toMatchObject({ code: 64, stdout: "" });
  });

  it("announce: who watches is told at once, who is away finds it", async () => {
    const [alice, bob] = [named("alice"), named("bob")];
    const told: ToldEvent[] = [];
    const { client } = await newUser(server, alice, { onEvent: (event) => void told.push(event) });
    const away = await newUser(server, bob);
    away.client.close();
    await ok(client.request("watch on"));
    const { code, stdout } = await admin(server, ["announce", "server", "ditutup jam 22"]);
    expect(stdout).toMatch(/^told to accounts: \d+\n$/);
    expect(code).toBe(0);
    await until("alice is told", () => told.some((event) => textIn(event) === "server ditutup jam 22"));
    const back = await loggedIn(server, bob);
    expect(await inbox(back.client, "new")).toEqual(["server ditutup jam 22"]);
    expect(await lastAct()).toMatchObject({ what: "announce", target: "server ditutup jam 22" });
    expect(await admin(server, ["announce"])).toMatchObject({ code: 64, stdout: "" });
  });

  it("delete: the account goes, what was said stays under a name that nobody gets", async () => {
    const [alice, bob] = [named("alice"), named("bob")];
    const group = `${alice}-kelas`;
    const gone = (await newUser(server, alice)).client;
    const { client } = await newUser(server, bob);
    await ok(gone.request(`addgroup ${group}`));
    await ok(client.request(`joingroup ${group}`));
    const { id } = await ok(gone.request(`send ${bob} halo`));
    expect(await admin(server, ["delete", alice])).toMatchObject({ code: 64, stdout: "" });
    const { code, stdout } = await admin(server, ["delete", alice, "--yes"]);
    expect([code, stdout]).toEqual([0, `the account ${alice} is deleted; messages deleted: 0\n`]);
    expect(await history(client, alice)).toEqual(["halo"]);
    expect((await ok(client.request(`group ${group}`))).data).toMatchObject({ owner: bob, members: 1 });
    expect(await refused(client.request(`send ${alice} halo`))).toBe("user-not-found");
    expect(await refused(client.request(`reply ${id} halo`))).toBe("user-not-found");
    expect(await refused((await server.connect()).request(`auth ${alice} ${PASSWORD}`))).toBe("bad-credentials");
    const again = (await server.connect()).request(`register ${alice.toUpperCase()} ${PASSWORD} a id`);
    expect(await refused(again)).toBe("user-exists");
    expect(await admin(server, ["delete", alice, "--yes"])).toMatchObject({ code: 67, stdout: "" });
    expect(await admin(server, ["delete", "kepala", "--yes"])).toMatchObject({ code: 1, stdout: "" });
    expect(await lastAct()).toMatchObject({ what: "delete", target: alice });
  });

  it("delete --messages: what was said goes, too", async () => {
    const [alice, bob] = [named("alice"), named("bob")];
    const gone = (await newUser(server, alice)).client;
    const { client } = await newUser(server, bob);
    for (const text of ["satu", "dua"]) await ok(gone.request(`send ${bob} ${text}`));
    await ok(client.request(`send ${alice} tiga`));
    expect(await asJson("delete", alice, "--messages", "--yes")).toMatchObject({ user: alice, deleted: 2 });
    expect(await history(client, alice)).toEqual([undefined, undefined, "tiga"]);
    // Of who is gone already there is nothing more.
    expect(await asJson("delete", alice, "--messages", "--yes")).toMatchObject({ user: alice, deleted: 0 });
    expect(await admin(server, ["kick", alice, "--messages"])).toMatchObject({ code: 64, stdout: "" });
  });

  it("rename: the account goes on under another name, and nobody gets the old one", async () => {
    const [alice, bob, alicia] = [named("alice"), named("bob"), named("alicia")];
    const group = `${alice}-kelas`;
    const { client, token } = await newUser(server, alice);
    const other = (await newUser(server, bob)).client;
    await ok(client.request(`addgroup ${group}`));
    await ok(client.request(`send ${bob} halo`));
    await asJson("ban", alice);
    const { code, stdout } = await admin(server, ["rename", alice, alicia]);
    expect([code, stdout]).toEqual([0, `${alice} is called ${alicia} now\n`]);
    // A ban is of him, not of a name.
    expect(await refused((await server.connect()).request(`auth ${alicia} ${PASSWORD}`))).toBe("banned");
    await asJson("unban", alicia);
    const back = await loggedIn(server, alicia);
    expect((await ok(back.client.request(`group ${group}`))).data).toMatchObject({ owner: alicia });
    expect(await history(other, alicia)).toEqual(["halo"]);
    expect(await history(other, alice)).toEqual(["halo"]);
    expect(await refused((await server.connect()).request(`whoami ${token}`))).toBe("no-session");
    const again = (await server.connect()).request(`register ${alice} ${PASSWORD} a id`);
    expect(await refused(again)).toBe("user-exists");
    for (const [from, to, exit] of [
      [alicia, bob, 1],
      ["kepala", named("x"), 1],
      ["nobody", named("x"), 67],
      [alicia, "a/b", 64],
    ] as const) {
      expect(await admin(server, ["rename", from, to])).toMatchObject({ code: exit, stdout: "" });
    }
    expect(await asJson("rename", alicia, alice)).toMatchObject({ user: alicia, name: alice });
    const kept = await ok(back.client.request("whoami"));
    expect(kept.data).toMatchObject({ username: alice });
  });

  it("stats: what there is, and what it takes", async () => {
    const { data } = await asJson("stats");
    expect(data).toMatchObject({ users: expect.any(Number), messages: expect.any(Number), realms: 0, outboxItems: 0 });
    const { users, connections, memoryBytes, databaseBytes, version } = data as Record<string, number>;
    expect(users).toBeGreaterThan(0);
    expect(connections).toBeGreaterThan(0);
    expect(memoryBytes).toBeGreaterThan(0);
    expect(databaseBytes).toBeGreaterThan(0);
    expect(version).toMatch(/^\d/);
    expect((await admin(server, ["stats"])).stdout).toMatch(/\naccounts +\d+\n/);
    expect(await admin(server, ["stats", "now"])).toMatchObject({ code: 64, stdout: "" });
  });

  it("audit: who did what, when, from a day on, and the pages before", async () => {
    const alice = named("alice");
    await newUser(server, alice);
    const operator = await operatorOf(server);
    for (let i = 0; i < 101; i++) await ok(operator.request(`admin ${i % 2 === 0 ? "ban" : "unban"} ${alice}`));
    const newest = await asJson("audit");
    const acts = newest.data as { act: number; what: string; target: string; by: string; time: string }[];
    expect(acts).toHaveLength(100);
    expect(acts.at(-1)).toMatchObject({ by: "control", what: "ban", target: alice });
    expect(newest).toMatchObject({ more: true, before: acts[0]?.act });
    const older = (await asJson("audit", String(newest["before"]))).data as { act: number }[];
    expect(older.at(-1)?.act).toBe((acts[0]?.act ?? 0) - 1);
    const { code, stdout } = await admin(server, ["audit", "--since", "2020-01-01"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^act +time +by +what +target\n/);
    expect(stdout).toMatch(/there are older ones: admin audit \d+\n$/);
    expect((await asJson("audit", "--since", "2999-01-01")).data).toEqual([]);
    for (const args of [
      ["audit", "--since", "kemarin"],
      ["audit", "0"],
      ["bans", "--since", "2020-01-01"],
    ]) {
      expect(await admin(server, args)).toMatchObject({ code: 64, stdout: "" });
    }
  });

  it("realm remove, realm pin, realm ban: of realms that there are, and that there are not", async () => {
    const key = "lc5Y01UK0etgx64b4JrGOd7UB65oAI2kkaZrXTh86m4";
    const other = "mc5Y01UK0etgx64b4JrGOd7UB65oAI2kkaZrXTh86m4";
    await asJson("addrealm", "barca", key);
    expect(await asJson("realm", "pin", "barca", other)).toMatchObject({ realm: "barca" });
    expect((await asJson("realms")).data).toMatchObject([{ own: true }, { realm: "barca", key: other }]);
    expect((await admin(server, ["realm", "ban", "barca", "--for", "7d"])).stdout).toMatch(/^@barca is banned until /);
    expect(await asJson("unban", "@barca")).toMatchObject({ target: "@barca" });
    expect(await admin(server, ["realm", "remove", "barca"])).toMatchObject({ code: 64, stdout: "" });
    expect(await asJson("realm", "remove", "barca", "--yes")).toMatchObject({ realm: "barca" });
    expect(await lastAct()).toMatchObject({ what: "realm remove", target: "barca" });
    expect(await admin(server, ["realm", "pin", "barca", key])).toMatchObject({ code: 1, stdout: "" });
    expect(await admin(server, ["realm", "pin", "barca", "short"])).toMatchObject({ code: 64, stdout: "" });
    expect(await admin(server, ["realm", "remove", "barca", "--yes"])).toMatchObject({ code: 1, stdout: "" });
  });
});

describe("chat-client, as a user that --admin names", () => {
  const as = (user: string, ...words: readonly string[]): Promise<Ended> => {
    const login = ["--port", String(server.port), "-u", user, "--password-file", join(folder, "password")];
    return startedHere(main, [...login, ...words], cleanEnv(), "").ended;
  };

  it("does the same by the same words, and is named in the audit log", async () => {
    const alice = named("alice");
    await newUser(server, alice);
    const banned = await as("kepala", "admin", "ban", alice, "--for", "7d", "--reason", "iklan terus");
    expect(banned.stdout).toMatch(new RegExp(`^${alice} is banned until `));
    expect(await lastAct()).toMatchObject({ by: "kepala", what: "ban", target: alice });
    expect((await as("kepala", "admin", "audit")).stdout).toMatch(/^act +time +by +what +target\n/);
    expect((await as("kepala", "--json", "admin", "user", alice)).stdout).toMatch(/"reason":"iklan terus"/);
    // As the request has it.
    expect((await as("kepala", "-c", `admin unban ${alice}`)).code).toBe(0);
  });

  it("does nothing for good without --yes, and takes no option that a command has not", async () => {
    const group = named("kelas");
    const { client } = await newUser(server, named("alice"));
    await ok(client.request(`addgroup ${group}`));
    const asked = await as("kepala", "admin", "group", "delete", group);
    expect(asked).toMatchObject({ code: 64, stdout: "" });
    expect(asked.stderr).toMatch(/--yes/);
    expect(await as("kepala", "admin", "users", "--uses", "2")).toMatchObject({ code: 64, stdout: "" });
    expect(await as("kepala", "admin", "ban", "x", "--for")).toMatchObject({ code: 64, stdout: "" });
    expect(await as("kepala", "-c", `/admin group delete ${group} --yes`)).toMatchObject({ code: 0 });
    expect(await refused(client.request(`sendgroup ${group} halo`))).toBe("group-not-found");
  });

  it("who is none is refused, and nothing is noted", async () => {
    const alice = named("alice");
    await newUser(server, alice);
    const before = await lastAct();
    const { code, stdout } = await as(alice, "admin", "announce", "halo");
    expect([code, stdout]).toEqual([1, ""]);
    expect(await lastAct()).toEqual(before);
  });
});
