/** Where chat-server's settings come from, and the users it is given at its start. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { namesIn, testFolder } from "../support/folder.ts";
import { ok, refused } from "../support/people.ts";
import { type Launched, launch, QUICK } from "../support/program.ts";

async function realmOf(server: Launched): Promise<unknown> {
  const { data } = await ok((await server.connect()).request("hello"));
  return (data as { realm: unknown }).realm;
}

describe("an option", () => {
  const flags = ["--realm", "from-flag"];
  const env = { CHAT_REALM: "from-variable" };
  const config = { realm: "from-config" };

  it.each([
    ["a flag wins over a variable and a config", flags, env, config, "from-flag"],
    ["a flag wins over a variable", flags, env, {}, "from-flag"],
    ["a flag wins over a config", flags, {}, config, "from-flag"],
    ["a variable wins over a config", [], env, config, "from-variable"],
    ["a config wins over the default", [], {}, config, "from-config"],
  ])("%s", async (_, args, variables, settings, realm) => {
    const folder = testFolder();
    const path = join(folder, "config.json");
    writeFileSync(path, JSON.stringify(settings));
    const all = ["--port", "0", "--memory", ...QUICK, "--config", path, ...args];
    expect(await realmOf(await launch(all, { folder, env: variables }))).toBe(realm);
  });

  it("every one may stand in a config, which a variable may name", async () => {
    const folder = testFolder();
    const config = {
      host: "127.0.0.1",
      port: 0,
      realm: "pusat",
      dialect: "native",
      framing: "blank-line",
      data: "mine",
      memory: false,
      uploads: "files",
      "realm-policy": "closed",
      registration: "open",
      admin: ["kepala", "bob"],
      "max-request": "2K",
      "request-timeout": "30s",
      "login-timeout": "5m",
      "max-connections": 10,
      "max-connections-per-ip": 5,
      "proxy-from": ["192.0.2.1", "10.0.0.0/8"],
      "max-output": "1M",
      "log-level": "debug",
      "password-memory": "64K",
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const server = await launch([], { folder, env: { CHAT_CONFIG: "config.json" } });
    const client = await server.connect();
    const hello = await ok(client.request("hello"));
    expect(hello.data).toMatchObject({ realm: "pusat", dialect: "native", limits: { "max-request": 2048 } });
    expect(await refused(client.request("auth_login alice rahasia"))).toBe("unknown-request");
    await ok(client.request("register alice rahasia alice indonesia"));
    await ok(client.request("sendfile alice foto YQ=="));
    expect(namesIn(join(folder, "files"))).toHaveLength(1);
    expect(namesIn(folder).toSorted()).toEqual(["config.json", "files", "mine"]);
    expect(server.stderr).toContain(" debug ");
    expect(server.stderr.match(/ no-admin user=\S+/g)).toEqual([" no-admin user=kepala", " no-admin user=bob"]);
  });

  it("every one may stand in a variable, --memory too", async () => {
    const folder = testFolder();
    const env = {
      CHAT_PORT: "0",
      CHAT_MEMORY: "1",
      CHAT_REALM: "pusat",
      CHAT_PASSWORD_MEMORY: "64K",
      CHAT_MAX_REQUEST: "3K",
    };
    const server = await launch([], { folder, env });
    const hello = await ok((await server.connect()).request("hello"));
    expect(hello.data).toMatchObject({ realm: "pusat", limits: { "max-request": 3072 } });
    expect(await server.end()).toBe(0);
    expect(namesIn(folder)).toEqual([]);
  });
});

describe("--seed-users", () => {
  const messi = { username: "messi", name: "lionel messi", country: "argentina", password: "surabaya" };
  const henderson = { username: "henderson", name: "jordan henderson", country: "inggris", password: "surabaya" };
  const lineker = { username: "lineker", name: "gary lineker", country: "inggris", password: "surabaya" };

  function start(folder: string, seed: object): Promise<Launched> {
    writeFileSync(join(folder, "seed.json"), JSON.stringify(seed));
    return launch(["--port", "0", ...QUICK, "--seed-users", "seed.json", "--dialect", "token"], { folder });
  }

  it("makes users and groups that can talk in the words of spec 004", async () => {
    const group = { name: "grup1", members: ["messi", "henderson"] };
    const server = await start(testFolder(), { users: [messi, henderson, lineker], groups: [group] });
    const client = await server.connect();
    const tokenOf = async (name: string): Promise<unknown> =>
      (await ok(client.request(`AUTH ${name} surabaya`)))["tokenid"];
    const [first, second, third] = [await tokenOf("messi"), await tokenOf("henderson"), await tokenOf("lineker")];
    await ok(client.request(`SEND MESSAGE ${first} henderson halo apa kabar`));
    await ok(client.request(`SEND GROUP MESSAGE ${first} grup1 halo semua`));
    await ok(client.request(`SEND FILE ${second} messi foto.txt aXNpCg==`));
    expect(await refused(client.request(`SEND GROUP MESSAGE ${third} grup1 halo`))).toBe("not-member");
    expect((await ok(client.request(`INBOX ${second}`))).data).toMatchObject({
      messi: [{ msg_from: "lionel messi", msg_to: "jordan henderson", msg: "halo apa kabar" }],
      grup1: [{ msg_from: "lionel messi", msg_to: "grup1", msg: "halo semua" }],
    });
    expect((await ok(client.request(`MY FILE ${first}`))).data).toEqual({ henderson: ["foto.txt"] });
    expect((await ok(client.request(`DOWNLOAD FILE ${first} henderson foto.txt`))).data).toBe("aXNpCg==");
    expect((await ok(client.request(`INBOX ${third}`))).data).toEqual({});
  });

  it("adds what is missing at the next start, and changes nothing that is there", async () => {
    const folder = testFolder();
    const first = await start(folder, { users: [messi, henderson], groups: [{ name: "grup1", members: ["messi"] }] });
    const before = await first.connect();
    await ok(before.request("dialect native"));
    await ok(before.request("auth messi surabaya"));
    await ok(before.request("passwd surabaya bandung"));
    await ok(before.request("send henderson halo"));
    expect(await first.end()).toBe(0);

    const changed = { ...messi, name: "someone else", country: "elsewhere", password: "semarang" };
    const groups = [
      { name: "grup1", members: ["henderson", "lineker"] },
      { name: "grup2", members: ["lineker", "messi"] },
    ];
    const second = await start(folder, { users: [changed, henderson, lineker], groups });
    const after = await second.connect();
    await ok(after.request("dialect native"));
    expect(await refused(after.request("auth messi surabaya"))).toBe("bad-credentials");
    expect(await refused(after.request("auth messi semarang"))).toBe("bad-credentials");
    await ok(after.request("auth messi bandung"));
    expect((await ok(after.request("info messi"))).data).toMatchObject({ name: "lionel messi", country: "argentina" });
    expect((await ok(after.request("members grup1"))).data).toEqual(["messi"]);
    const { data: members } = await ok(after.request("members grup2"));
    expect((members as string[]).toSorted()).toEqual(["lineker", "messi"]);
    const { data: users } = await ok(after.request("users"));
    expect((users as string[]).toSorted()).toEqual(["henderson", "lineker", "messi"]);
    await ok(after.request("auth henderson surabaya"));
    expect((await ok(after.request("inbox"))).data).toMatchObject([{ from: "messi", message: "halo" }]);
    await ok(after.request("auth lineker surabaya"));
  });
});
