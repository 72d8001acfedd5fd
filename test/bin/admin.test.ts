/** `chat-server admin`, as the owner of a server uses it. */
import { describe, expect, it } from "vitest";
import { admin, adminProcess, operatorOf } from "../support/admin.ts";
import { testFolder } from "../support/folder.ts";
import { newUser, ok, refused } from "../support/people.ts";
import { run } from "../support/program.ts";
import { started } from "../support/started.ts";

describe("chat-server admin", () => {
  it("users: lists the accounts, as a table or as JSON", async () => {
    const server = await started();
    await newUser(server, "alice");
    await newUser(server, "bob");
    const { code, stdout } = await admin(server, ["users", "ali"]);
    expect(stdout).toMatch(/user +name +since/);
    expect(stdout).toMatch(/alice/);
    expect(stdout).not.toMatch(/bob/);
    expect(code).toBe(0);
    const asJson = await admin(server, ["users", "--json"]);
    expect(JSON.parse(asJson.stdout).data).toMatchObject([{ username: "alice" }, { username: "bob" }]);
  });

  it("password: takes it from standard input and says what was done", async () => {
    const server = await started();
    const { client } = await newUser(server, "alice");
    const { code, stdout } = await adminProcess(server, ["password", "alice"], "baru\n");
    expect(stdout).toMatch(/password of alice is changed/);
    expect(code).toBe(0);
    await ok(client.request("auth alice baru"));
  });

  it("register: makes an account", async () => {
    const server = await started();
    const { code } = await admin(server, ["register", "kepala"], "rahasia\n");
    expect(code).toBe(0);
    await ok((await server.connect()).request("auth kepala rahasia"));
  });

  it("invite: prints the code alone in the first line, and how to use it", async () => {
    const server = await started("--registration", "invite");
    const { code, stdout } = await admin(server, ["invite", "--uses", "2", "--days", "3"]);
    expect(code).toBe(0);
    const [invited = "", ...rest] = stdout.split("\n");
    expect(invited).toMatch(/^inv-[a-z]{16}$/);
    expect(rest.join("\n")).toContain(`register NAME ${invited}:PASSWORD`);
    await ok((await server.connect()).request(`register alice ${invited}:rahasia alice id`));
    const listed = await admin(server, ["invitations"]);
    expect(listed.stdout).toMatch(/id +accounts +until/);
    expect(listed.stdout).not.toContain(invited);
    const { data } = JSON.parse((await admin(server, ["invitations", "--json"])).stdout);
    expect(data).toMatchObject([{ id: 1, uses: 1 }]);
    expect(await admin(server, ["uninvite", "1"])).toMatchObject({ code: 0, stdout: "invitation 1 is ended\n" });
    expect(await admin(server, ["uninvite", "1"])).toMatchObject({ code: 1, stdout: "" });
    expect((await admin(server, ["invitations"])).stdout).toBe("none\n");
  });

  it("invite: into a group that there is, and nothing of it for another command", async () => {
    const server = await started();
    const { client } = await newUser(server, "alice");
    await ok(client.request("addgroup kelas"));
    expect(await admin(server, ["invite", "--group", "klub"])).toMatchObject({ code: 67, stdout: "" });
    const { stdout } = await admin(server, ["invite", "--group", "kelas", "--json"]);
    expect(JSON.parse(stdout).data).toMatchObject({ group: "kelas", uses: 1 });
    for (const args of [
      ["invite", "--uses", "0"],
      ["invite", "--days", "1.5"],
      ["users", "--group", "kelas"],
    ]) {
      const { code, stderr } = await admin(server, args);
      expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
      expect(code).toBe(64);
    }
  });

  it("ban, bans, unban: for a time and with a reason", async () => {
    const server = await started();
    await newUser(server, "alice");
    const { code, stdout } = await admin(server, ["ban", "alice", "--for", "7d", "--reason", "writes to everybody"]);
    expect(stdout).toMatch(/^alice is banned until 20\d\d-\d\d-\d\d \d\d:\d\d\n$/);
    expect(code).toBe(0);
    const list = await admin(server, ["bans"]);
    expect(list.stdout).toMatch(/^target +until +by +reason\nalice +20\S+ \S+ +operator +writes to everybody\n$/);
    const asJson = await admin(server, ["bans", "--json"]);
    expect(JSON.parse(asJson.stdout).data).toMatchObject([{ target: "alice", reason: "writes to everybody" }]);
    const unbanned = await admin(server, ["unban", "alice"]);
    expect(unbanned).toMatchObject({ code: 0, stdout: "alice is banned no longer\n" });
    expect((await admin(server, ["bans"])).stdout).toBe("nobody\n");
    expect(await admin(server, ["unban", "alice"])).toMatchObject({ code: 1, stdout: "" });
  });

  it("ban: as fail2ban calls it, for an address of either family", async () => {
    const server = await started();
    for (const address of ["192.0.2.7", "2001:db8::7"]) {
      const { code } = await admin(server, ["ban", address, "--for", "1h", "--reason", "fail2ban"]);
      expect(code).toBe(0);
    }
    const { data } = await ok((await operatorOf(server)).request("admin bans"));
    expect(data).toMatchObject([{ target: "192.0.2.7" }, { target: "2001:db8::/64" }]);
  });

  it.each([
    [["ban", "10.0.0.0/33"]],
    [["ban", "alice", "--for", "ever"]],
    [["bans", "--for", "7d"]],
    [["unban", "alice", "--reason", "x"]],
  ])("%j is wrong, and nobody is banned", async (args) => {
    const server = await started();
    const { code, stdout, stderr } = await admin(server, args);
    expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
    expect([code, stdout]).toEqual([64, ""]);
    expect((await ok((await operatorOf(server)).request("admin bans"))).data).toEqual([]);
  });

  it("reports, report done: what was reported, as it was, until it is seen to", async () => {
    const server = await started();
    expect((await admin(server, ["reports"])).stdout).toBe("none\n");
    const [alice, bob] = [(await newUser(server, "alice")).client, (await newUser(server, "bob")).client];
    const first = await ok(bob.request("send alice beli ini\nmurah"));
    await ok(alice.request("addgroup kelas"));
    await ok(bob.request("joingroup kelas"));
    const second = await ok(bob.request("sendfilegroup kelas iklan.txt aGFsbw=="));
    await ok(alice.request(`report ${first["id"]} iklan terus`));
    await ok(alice.request(`report ${second["id"]}`));
    const list = await admin(server, ["reports"]);
    const [one, other] = list.stdout.split("\n\n");
    expect(one).toMatch(
      /^report 1 by alice, 20\S+ \S+: iklan terus\n {2}bob to alice, .*:\n {2}> beli ini\n {2}> murah$/,
    );
    expect(other).toMatch(/^report 2 by alice, 20\S+ \S+\n {2}bob in #kelas, .*:\n {2}> file iklan.txt\n$/);
    const { data } = JSON.parse((await admin(server, ["reports", "1", "--json"])).stdout);
    expect(data).toMatchObject([{ report: 2, by: "alice", from: "bob", group: "kelas", id: second["id"] }]);
    expect(await admin(server, ["report", "done", "1"])).toMatchObject({ code: 0, stdout: "report 1 is seen to\n" });
    expect((await admin(server, ["reports"])).stdout).toMatch(/^report 2 /);
    expect(await admin(server, ["report", "done", "1"])).toMatchObject({ code: 1, stdout: "" });
    expect(await admin(server, ["report", "undone", "2"])).toMatchObject({ code: 64, stdout: "" });
  });

  it("a refusal is said on standard error, and in the exit code", async () => {
    const server = await started();
    const { code, stdout, stderr } = await adminProcess(server, ["password", "nobody"], "baru\n");
    expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
    expect(stdout).toBe("");
    expect(code).toBe(67);
  });

  it("a password that is none changes nothing", async () => {
    const server = await started();
    const { client } = await newUser(server, "alice");
    for (const given of ["", "\n", "dua kata\n"]) {
      const { code, stderr } = await admin(server, ["password", "alice"], given);
      expect(stderr).toMatch(/a password has/);
      expect(code).toBe(64);
    }
    expect(await refused(client.request("auth alice baru"))).toBe("bad-credentials");
  });

  it("where no server listens, it says which socket it has tried", async () => {
    const { code, stderr } = await run(["admin", "users"], { folder: testFolder() });
    expect(stderr).toMatch(/^chat-server: data\/control\.sock: no server listens there; --data DIR [^\n]+\n$/);
    expect(code).toBe(69);
  });

  it.each([[[]], [["nothing"]], [["password"]], [["users", "a", "b"]]])("%j is no command", async (args) => {
    const { code, stderr } = await run(["admin", ...args], { folder: testFolder() });
    expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
    expect(code).toBe(64);
  });
});
