/** The control socket: who can open it is the operator, and nobody else is, wherever he comes from. */
import { chmodSync, existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newAdmin, operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { loggedIn, newUser, ok, refused } from "../support/people.ts";
import { startServer } from "../support/server.ts";
import { started, startedProcess } from "../support/started.ts";

it("only its owner can open it", async () => {
  const { control } = await started();
  expect(statSync(control).mode & 0o777).toBe(0o600);
  expect(statSync(control).isSocket()).toBe(true);
});

it("it is for the operator, who needs no session", async () => {
  const server = await started();
  await newUser(server, "alice");
  const operator = await operatorOf(server);
  expect(await ok(operator.request("admin users"))).toMatchObject({ data: [{ username: "alice", sessions: 1 }] });
});

it("a stranger is not the operator, though he is on the same machine, nor is a user", async () => {
  const server = await started();
  const { client } = await newUser(server, "alice");
  expect(await refused((await server.connect()).request("admin users"))).toBe("no-session");
  expect(await refused(client.request("admin users"))).toBe("forbidden");
  expect(await refused(client.request("admin password alice baru"))).toBe("forbidden");
});

it("an administrator with a session is", async () => {
  const server = await started("--admin", "Kepala");
  await newAdmin(server, "kepala");
  const { client } = await loggedIn(server, "kepala");
  expect(await ok(client.request("admin users kep"))).toMatchObject({ data: [{ username: "kepala" }] });
});

it("who has no session adds no realm from the same machine, unless it is trusted", async () => {
  const server = await started();
  expect(await refused((await server.connect()).request("addrealm rumah 127.0.0.1 9001"))).toBe("no-session");
  const trusting = await started("--trust-loopback");
  await ok((await trusting.connect()).request("addrealm rumah 127.0.0.1 9001"));
  expect(trusting.log()).toMatch(/ realm-added realm=rumah host=127\.0\.0\.1 port=9001 address=127\.0\.0\.1$/m);
});

it("whoever adds a realm stands in the log", async () => {
  const server = await started();
  const { client } = await newUser(server, "alice");
  await ok(client.request("addrealm rumah 127.0.0.1 9001"));
  expect(server.log()).toMatch(/ realm-added realm=rumah .*by=alice address=127\.0\.0\.1$/m);
});

it("a user cannot give a realm another key from the same machine", async () => {
  const server = await started();
  const { client } = await newUser(server, "alice");
  const [one, other] = [Buffer.alloc(32, 1).toString("base64url"), Buffer.alloc(32, 2).toString("base64url")];
  await ok(client.request(`addrealm rumah 127.0.0.1 9001 ${one}`));
  expect(await refused(client.request(`addrealm rumah 127.0.0.1 9002 ${other}`))).toBe("realm-exists");
  const operator = await operatorOf(server);
  expect(await refused(operator.request(`addrealm rumah 127.0.0.1 9002 ${other}`))).toBe("realm-unreachable");
  await ok(operator.request("delrealm rumah"));
  await ok(operator.request(`addrealm rumah key ${other}`));
});

it("another password ends the sessions of the user, and the old one opens nothing", async () => {
  const server = await started();
  const { client } = await newUser(server, "alice");
  const operator = await operatorOf(server);
  expect(await ok(operator.request("admin password alice baru"))).toMatchObject({ user: "alice", closed: 1 });
  expect(await refused(client.request("whoami"))).toBe("no-session");
  expect(await refused(client.request("auth alice rahasia"))).toBe("bad-credentials");
  await ok(client.request("auth alice baru"));
  expect(await refused(operator.request("admin password nobody baru"))).toBe("user-not-found");
});

it("a socket that a killed server has left is replaced", async () => {
  const folder = testFolder();
  const killed = await startedProcess("--data", folder);
  await killed.kill("SIGKILL");
  expect(existsSync(join(folder, "control.sock"))).toBe(true);
  const server = await started("--data", folder);
  await ok((await operatorOf(server)).request("ping"));
});

it("one that a server listens on is not taken away, and what is no socket stays", async () => {
  const { control } = await started();
  await expect(startServer(["--memory", "--control", control])).rejects.toThrow(/another server listens there/);
  const path = join(testFolder(), "file");
  writeFileSync(path, "kept");
  chmodSync(path, 0o600);
  await expect(startServer(["--memory", "--control", path])).rejects.toThrow(/something is there that is no socket/);
});

it("a server in memory has one where it is told", async () => {
  const control = join(testFolder(), "control.sock");
  await started("--memory", "--control", control);
  await ok((await operatorOf({ control })).request("admin users"));
});

it("a path that is too long for a socket is said in the log, and the server starts", async () => {
  const server = await started("--data", join(testFolder(), "x".repeat(120)));
  expect(server.log()).toMatch(/warn no-control-socket /);
  await newUser(server, "alice");
});

it("what the operator does on it is his own, also after he has registered somebody there", async () => {
  const server = await started("--proxy-from", "192.0.2.9");
  const operator = await operatorOf(server);
  await ok(operator.request("register alice rahasia Alice indonesia"));
  await ok(operator.request("addrealm rumah"));
  expect(server.log()).toMatch(/ realm-added realm=rumah(?! .*by=alice)/);
  await ok(operator.request("admin ban 198.51.100.7"));
  expect((await ok(operator.request("admin bans"))).data).toEqual([expect.not.objectContaining({ by: "alice" })]);
  // Nor does he shut out everybody who comes through a proxy.
  expect(await refused(operator.request("admin ban 192.0.2.0/24"))).toBe("forbidden");
});

it("the realms and their keys are shown to the operator, who needs no session for it", async () => {
  const server = await started("--realm", "kampus");
  const operator = await operatorOf(server);
  expect((await ok(operator.request("realms"))).data).toMatchObject([{ realm: "kampus", key: expect.any(String) }]);
});
