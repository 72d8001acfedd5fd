/** Who can make an account, and with what: `--registration`, invitations, and the names of administrators. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, test } from "vitest";
import type { Wire as Client } from "../../src/connection/wire.ts";
import type { ToldEvent } from "../../src/protocol/replies.ts";
import { machine } from "../../src/world/world.ts";
import { operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { hasRead, loggedIn, newUser, ok, refused } from "../support/people.ts";
import { run } from "../support/program.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { started, startedProcess } from "../support/started.ts";
import { until } from "../support/until.ts";
import { Wire } from "../support/wire.ts";

const DAY_MS = 24 * 3600_000;
/** Of the right form, and of no invitation. */
const NO_CODE = "inv-abcdefghijklmnop";

async function invited(server: TestServer, more = ""): Promise<string> {
  const operator = await operatorOf(server);
  const { data } = await ok(operator.request(`admin invite${more}`));
  operator.close();
  return (data as { code: string }).code;
}

async function invitations(server: TestServer): Promise<unknown> {
  const operator = await operatorOf(server);
  const { data } = await ok(operator.request("admin invitations"));
  operator.close();
  return data;
}

/** @param password with the code before it */
function register(client: Client, name: string, password: string): ReturnType<Client["request"]> {
  return client.request(`register ${name} ${password} ${name} indonesia`);
}

describe("who may", () => {
  /** Reached over loopback all the same. */
  const everywhere = ["--host", "0.0.0.0", "--rate", "none"] as const;

  it("everybody where the server listens on loopback alone", async () => {
    const server = await started();
    await newUser(server, "alice");
    expect((await ok((await server.connect()).request("hello"))).data).toMatchObject({ registration: "open" });
    expect(server.log()).not.toMatch(/by-invitation/);
  });

  it("who has an invitation, beyond it; the log says what to do, and so does the refusal", async () => {
    const server = await started(...everywhere);
    const client = await server.connect({ host: "127.0.0.1" });
    expect((await ok(client.request("hello"))).data).toMatchObject({ registration: "invite" });
    expect(server.log().match(/ info by-invitation .*$/gm)).toEqual([
      expect.stringMatching(/chat-server admin invite; or --registration open/),
    ]);
    expect(await register(client, "alice", "rahasia")).toMatchObject({
      code: "forbidden",
      detail: "this server takes new accounts by invitation: put the code and : before the password",
    });
    await ok(register(client, "alice", `${await invited(server)}:rahasia`));
  });

  it("in memory, without a control socket, the log says that there must be one", async () => {
    const server = await started(...everywhere, "--memory");
    expect(server.log()).toMatch(/by-invitation .*--control PATH, then chat-server admin invite/);
  });

  it("everybody beyond loopback, too, with `--registration open`", async () => {
    const server = await started(...everywhere, "--registration", "open");
    await newUser({ connect: (options = {}) => server.connect({ ...options, host: "127.0.0.1" }) }, "alice");
    expect(server.log()).not.toMatch(/by-invitation/);
  });

  it("nobody but the operator with `closed`, by no code", async () => {
    const server = await started("--registration", "closed");
    const client = await server.connect();
    expect(await register(client, "alice", "rahasia")).toMatchObject({
      code: "forbidden",
      detail: "this server takes no new accounts",
    });
    expect(await refused(register(client, "alice", `${await invited(server)}:rahasia`))).toBe("forbidden");
    await ok(register(await operatorOf(server), "alice", "rahasia"));
    await loggedIn(server, "alice");
  });

  it("the operator needs no invitation", async () => {
    const server = await started("--registration", "invite");
    await ok(register(await operatorOf(server), "alice", "rahasia"));
  });
});

describe("an invitation", () => {
  it.each([
    ["basic", (code: string) => `register alice ${code}:rahasia alice indonesia`],
    ["multirealm", (code: string) => `register alice alice ${code}:rahasia`],
    ["application", (code: string) => `register alice ${code}:rahasia indonesia Alice Wati`],
    ["unix", (code: string) => `auth_register alice ${code}:rahasia`],
    ["native", (code: string) => `invited ${code} alice rahasia Alice_Wati indonesia`],
    ["auto", (code: string) => `invited ${code} alice rahasia Alice_Wati indonesia`],
  ])("makes an account in the words of %s, and the code is no part of the password", async (dialect, request) => {
    const server = await started("--registration", "invite");
    const code = await invited(server);
    const client = await server.connect();
    expect((await client.request(`dialect ${dialect}`)).status).toMatch(/^ok$/i);
    expect((await client.request(request(code))).status).toMatch(/^ok$/i);
    await loggedIn(server, "alice");
    expect(await refused((await server.connect()).request(`auth alice ${code}:rahasia`))).toBe("bad-credentials");
  });

  it("is of as many accounts as it says, and then of none", async () => {
    const server = await started("--registration", "invite");
    const code = await invited(server, " uses 2");
    const client = await server.connect();
    await ok(register(client, "alice", `${code}:rahasia`));
    expect(await invitations(server)).toMatchObject([{ id: 1, uses: 1 }]);
    await ok(register(client, "bob", `${code}:rahasia`));
    expect(await invitations(server)).toEqual([]);
    expect(await register(client, "carl", `${code}:rahasia`)).toMatchObject({
      code: "forbidden",
      detail: "no invitation has this code, or it has ended",
    });
  });

  it("with one use is of one of those who come by it at once", async () => {
    let standing = 0;
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const argon2id = async (parameters: Parameters<typeof machine.argon2id>[0]): Promise<Buffer> => {
      standing++;
      await opened;
      return machine.argon2id(parameters);
    };
    const server = await startServer(["--registration", "invite"], undefined, { ...machine, argon2id });
    onTestFinished(() => server.stop());
    onTestFinished(() => open());
    const code = await invited(server);
    const clients = await Promise.all(["alice", "bob", "carl", "dewi"].map(() => server.connect()));
    const asked = clients.map((one, i) => register(one, `user${i}`, `${code}:rahasia`));
    await hasRead(server);
    await until("hashes stand still", () => standing > 0);
    open();
    const codes = (await Promise.all(asked)).map(({ status, code: why }) => why ?? status);
    expect(codes.toSorted()).toEqual(["OK", "forbidden", "forbidden", "forbidden"]);
    expect(await invitations(server)).toEqual([]);
  });

  it("is not used where the name is taken", async () => {
    const server = await started("--registration", "invite");
    await ok(register(await operatorOf(server), "alice", "rahasia"));
    const code = await invited(server);
    const client = await server.connect();
    expect(await refused(register(client, "alice", `${code}:rahasia`))).toBe("user-exists");
    await ok(register(client, "bob", `${code}:rahasia`));
  });

  it("ends after its days, and is forgotten then", async () => {
    const server = await started("--registration", "invite");
    const code = await invited(server, " days 2");
    await invited(server);
    server.pass(2 * DAY_MS - 60_000);
    expect(await invitations(server)).toMatchObject([{ id: 1 }, { id: 2 }]);
    server.pass(120_000);
    expect(await invitations(server)).toMatchObject([{ id: 2 }]);
    expect(await refused(register(await server.connect(), "alice", `${code}:rahasia`))).toBe("forbidden");
    server.pass(3600_000);
    expect(await refused((await operatorOf(server)).request("admin uninvite 1"))).toBe("invitation-not-found");
  });

  it("ends when the operator ends it", async () => {
    const server = await started("--registration", "invite");
    const code = await invited(server);
    await ok((await operatorOf(server)).request("admin uninvite 1"));
    expect(await refused(register(await server.connect(), "alice", `${code}:rahasia`))).toBe("forbidden");
  });

  it("brings who comes by it into its group, which is told", async () => {
    const server = await started("--registration", "invite");
    const events: ToldEvent[] = [];
    await ownerOfKelas(server, (event) => events.push(event));
    const code = await invited(server, " group KELAS");
    expect(await invitations(server)).toMatchObject([{ group: "kelas" }]);
    const bob = await server.connect();
    await ok(register(bob, "bob", `${code}:rahasia`));
    await until("alice is told", () => events.some(({ event }) => event === "join"));
    expect(events.find(({ event }) => event === "join")).toMatchObject({ data: { group: "kelas", user: "bob" } });
    await ok(bob.request("sendgroup kelas halo"));
  });

  it("into a group that there is not is none", async () => {
    const server = await started();
    expect(await refused((await operatorOf(server)).request("admin invite group kelas"))).toBe("group-not-found");
    expect(await invitations(server)).toEqual([]);
  });

  it("counts, and brings into its group, where accounts are open, too; any other code is passed over", async () => {
    const server = await started();
    await ownerOfKelas(server);
    const code = await invited(server, " group kelas");
    const client = await server.connect();
    await ok(register(client, "bob", `${code}:rahasia`));
    expect(await ok(client.request("groups"))).toMatchObject({ mine: ["kelas"] });
    const other = await server.connect();
    await ok(register(other, "carl", `${code}:rahasia`));
    expect(await ok(other.request("groups"))).toMatchObject({ mine: [] });
    await loggedIn(server, "carl");
  });

  it("is told once: the list, the log and the data folder do not hold its code", async () => {
    const folder = testFolder();
    const server = await started("--data", folder, "--registration", "invite", "--log-level", "debug");
    const code = await invited(server, " uses 2");
    await ok(register(await server.connect(), "alice", `${code}:rahasia`));
    expect(await refused(register(await server.connect(), "bob", `${NO_CODE}:rahasia`))).toBe("forbidden");
    expect(JSON.stringify(await invitations(server))).not.toContain(code);
    expect(server.log()).toMatch(/ registered user=alice address=127\.0\.0\.1 invitation=1$/m);
    expect(server.log()).not.toMatch(/inv-/);
    for (const name of ["obrol.db", "obrol.db-wal"]) {
      const path = join(folder, name);
      if (existsSync(path)) expect(readFileSync(path, "latin1")).not.toMatch(/inv-[a-z]{16}/);
    }
  });

  it("outlasts a kill, with the uses that it has left, and so does its end", async () => {
    const folder = testFolder();
    const options = ["--data", folder, "--registration", "invite"];
    const killed = await startedProcess(...options);
    await ok(register(await operatorOf(killed), "alice", "rahasia"));
    await ok((await loggedIn(killed, "alice")).client.request("addgroup kelas"));
    const [code, used] = [await invited(killed, " uses 2 group kelas"), await invited(killed)];
    const client = await killed.connect();
    await ok(register(client, "bob", `${code}:rahasia`));
    await ok(register(client, "carl", `${used}:rahasia`));
    await killed.kill("SIGKILL");
    const server = await started(...options);
    expect(await invitations(server)).toMatchObject([{ id: 1, uses: 1, group: "kelas" }]);
    expect(await refused(register(await server.connect(), "dewi", `${used}:rahasia`))).toBe("forbidden");
    const last = await server.connect();
    await ok(register(last, "dewi", `${code}:rahasia`));
    expect(await ok(last.request("groups"))).toMatchObject({ mine: ["kelas"] });
    await invited(server);
    expect(await invitations(server)).toMatchObject([{ id: 3 }]);
  });

  it("is one of a thousand at the most", async () => {
    const control = join(testFolder(), "control.sock");
    const server = await started("--memory", "--control", control);
    const operator = await operatorOf({ control });
    for (let i = 0; i < 10; i++) {
      await Promise.all(Array.from({ length: 100 }, () => ok(operator.request("admin invite days 3"))));
    }
    expect(await refused(operator.request("admin invite"))).toBe("too-many");
    server.pass(4 * DAY_MS);
    await ok(operator.request("admin invite"));
  });

  it("is the operator's, or an administrator's, to make", async () => {
    const server = await started("--admin", "kepala");
    const { client } = await newUser(server, "alice");
    for (const request of ["admin invite", "admin invitations", "admin uninvite 1"]) {
      expect(await refused(client.request(request))).toBe("forbidden");
      expect(await refused((await server.connect()).request(request))).toBe("no-session");
    }
    await ok(register(await operatorOf(server), "kepala", "rahasia"));
    const { client: kepala } = await loggedIn(server, "kepala");
    await ok(kepala.request("admin invite"));
    expect(await invitations(server)).toMatchObject([{ by: "kepala" }]);
  });

  it.each(["uses 0", "uses x", "days 0", "days 4000", "group a!b", "lagi"])("%s is none", async (more) => {
    const server = await started();
    expect(await refused((await operatorOf(server)).request(`admin invite ${more}`))).toBe("bad-request");
    expect(await invitations(server)).toEqual([]);
  });
});

describe("a wrong code", () => {
  /** What is answered to one registration from an address. */
  async function answer(server: TestServer, name: string, code: string, from?: string): Promise<unknown> {
    const wire = new Wire(server, from).request(`register ${name} ${code}:rahasia ${name} id`).end();
    const [reply] = await wire.ended();
    return reply;
  }

  it("counts as a wrong password of its address: after five no code is looked at, from elsewhere it is", async () => {
    const server = await started("--registration", "invite");
    const code = await invited(server, " uses 2");
    for (let i = 0; i < 5; i++) {
      expect(await answer(server, `user${i}`, NO_CODE)).toMatchObject({ code: "forbidden" });
    }
    expect(await answer(server, "alice", code)).toMatchObject({ code: "rate-limited", retry: 10 });
    expect(await answer(server, "alice", code, "127.0.0.2")).toMatchObject({ status: "OK" });
    expect(server.log().match(/ login-failed user=user\d address=127\.0\.0\.1$/gm)).toHaveLength(5);
    expect(server.log()).toMatch(/ login-throttled user=alice address=127\.0\.0\.1$/m);
    server.pass(10_000);
    expect(await answer(server, "bob", code)).toMatchObject({ status: "OK" });
  });

  it("is answered alike whether somebody has the name or not, and so is none; no password is hashed for it", async () => {
    let hashed = 0;
    const argon2id = (parameters: Parameters<typeof machine.argon2id>[0]): Promise<Buffer> => {
      hashed++;
      return machine.argon2id(parameters);
    };
    const options = ["--registration", "invite", "--admin", "kepala"];
    const server = await startServer(options, undefined, { ...machine, argon2id });
    onTestFinished(() => server.stop());
    await ok(register(await operatorOf(server), "alice", "rahasia"));
    hashed = 0;
    for (const before of [`${NO_CODE}:`, ""]) {
      const client = await server.connect();
      const [known, unknown, admin] = [
        await register(client, "alice", `${before}rahasia`),
        await register(client, "nobody", `${before}rahasia`),
        ...(before === "" ? [await register(client, "kepala", "rahasia")] : []),
      ];
      expect(known).toMatchObject({ code: "forbidden" });
      expect(unknown).toEqual(known);
      if (admin) expect(admin).toEqual(known);
    }
    expect(hashed).toBe(0);
  });
});

describe("a password", () => {
  it("is what stands behind the code, in every mode, and must be one", async () => {
    const server = await started("--min-password", "3");
    const client = await server.connect();
    for (const rest of ["", "ab", `${NO_CODE}:rahasia`]) {
      expect(await refused(register(client, "alice", `${NO_CODE}:${rest}`))).toBe("bad-request");
    }
    expect(await refused(client.request(`invited ${NO_CODE} alice ${NO_CODE}:rahasia alice id`))).toBe("bad-request");
    for (const [i, whole] of ["inv-abc:rahasia", `${NO_CODE}rahasia`, `INV${NO_CODE.slice(3)}:rahasia`].entries()) {
      await ok(register(client, `user${i}`, whole));
      await ok((await server.connect()).request(`auth user${i} ${whole}`));
    }
  });

  it("that begins as an invitation does is none, where one is changed or given", async () => {
    const server = await started();
    const { client } = await newUser(server, "alice");
    const operator = await operatorOf(server);
    for (const reply of [
      client.request(`passwd rahasia ${NO_CODE}:baru`),
      operator.request(`admin password alice ${NO_CODE}:baru`),
    ]) {
      expect(await reply).toMatchObject({ code: "bad-request", detail: expect.stringMatching(/invitation's code/) });
    }
    await loggedIn(server, "alice");
  });

  it("of `--seed-users` that begins so keeps the server from starting", async () => {
    const folder = testFolder();
    const path = join(folder, "seed.json");
    writeFileSync(path, JSON.stringify({ users: [{ username: "alice", password: `${NO_CODE}:rahasia` }] }));
    const { code, stderr } = await run(["--port", "0", "--memory", "--seed-users", path], { folder });
    expect(stderr).toMatch(/^chat-server: seed .*: a password begins with an invitation's code and :\n$/);
    expect(code).toBe(1);
  });
});

describe("an administrator's name that nobody has yet", () => {
  test.each(["open", "invite"])("is only the operator's to give, with --registration %s", async (registration) => {
    const server = await started("--admin", "Kepala", "--registration", registration);
    const code = await invited(server);
    expect(await refused(register(await server.connect(), "KEPALA", `${code}:rahasia`))).toBe("user-exists");
    await ok(register(await operatorOf(server), "kepala", "rahasia"));
    await ok((await loggedIn(server, "kepala")).client.request("admin users"));
  });

  it("is said in the log, with what to do, until somebody has it", async () => {
    const folder = testFolder();
    const options = ["--data", folder, "--admin", "kepala", "--admin", "wakil"];
    const first = await started(...options);
    expect(first.log()).toMatch(/ warn no-admin user=kepala todo="chat-server admin register kepala"$/m);
    await ok(register(await operatorOf(first), "kepala", "rahasia"));
    await first.end();
    const second = await started(...options);
    expect(second.log()).not.toMatch(/no-admin user=kepala/);
    expect(second.log()).toMatch(/no-admin user=wakil/);
  });
});

/** alice, who has the group kelas, and watches. */
async function ownerOfKelas(server: TestServer, onEvent: (event: ToldEvent) => void = () => {}): Promise<void> {
  await ok(register(await operatorOf(server), "alice", "rahasia"));
  const { client } = await loggedIn(server, "alice", { onEvent });
  await ok(client.request("addgroup kelas"));
  await ok(client.request("watch on"));
}

it("who is invited is no stranger: as many as the code is for come from one address, and wrong tries cost nobody his account", async () => {
  const server = await started("--registration", "invite", "--rate", "always");
  const operator = await operatorOf(server);
  const { data } = await ok(operator.request("admin invite uses 8"));
  const { code } = data as { code: string };
  const client = await server.connect();
  for (let i = 0; i < 6; i++) await refused(client.request(`register x${i} rahasia x y`));
  for (let i = 0; i < 8; i++) await ok(client.request(`register u${i} ${code}:rahasia nama negeri`));
});
