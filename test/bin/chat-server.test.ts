/** The command line of chat-server: how it starts, and how it says why it does not. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { namesIn, testFolder } from "../support/folder.ts";
import { newUser, ok } from "../support/people.ts";
import { type Ended, launch, QUICK, run, type Surroundings, startHere } from "../support/program.ts";

const START = ["--port", "0", ...QUICK] as const;

/** Writes a file into a folder of its own and gives its path. */
function file(content: unknown, name = "file.json"): string {
  const path = join(testFolder(), name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function place(more: Omit<Surroundings, "folder"> = {}): Surroundings {
  return { folder: testFolder(), ...more };
}

/** It does not start, and why not is what the program would say: tried within this process. */
async function expectRefused(args: readonly string[], surroundings: Surroundings, why: RegExp): Promise<void> {
  const said = await startHere(args, surroundings).then(
    () => "nothing",
    (error: Error) => String(error.message.split("\n")[0]),
  );
  expect(said).toMatch(why);
}

/** It said in one line why not, and nothing else. */
function expectRefusal({ code, stdout, stderr }: Ended, why: RegExp): void {
  expect(stderr).toMatch(/^chat-server: [^\n]+\n$/);
  expect(stderr).toMatch(why);
  expect(stdout).toBe("");
  expect(code).toBe(1);
}

describe("when it is ready", () => {
  it("it prints one line with its address, and logs to stderr only", async () => {
    const server = await launch([...START, "--realm", "pusat"], place());
    await ok((await server.connect()).request("ping"));
    expect(server.port).toBeGreaterThan(0);
    expect(await server.end()).toBe(0);
    expect(server.stdout).toMatch(/^listening on 127\.0\.0\.1:\d+\b[^\n]*\n$/);
    expect(server.stderr).not.toBe("");
    for (const line of server.stderr.trimEnd().split("\n")) {
      expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (error|warn|info|debug) \S+/);
    }
  });

  it("it listens where it was told to", async () => {
    const server = await launch([...START, "--memory", "--host", "127.0.0.1", "--log-level", "silent"], place());
    expect(server.host).toBe("127.0.0.1");
    await server.end();
    expect(server.stderr).toBe("");
  });

  it("it has made ./data; with --memory it leaves nothing behind", async () => {
    const kept = testFolder();
    const passing = testFolder();
    for (const [folder, options] of [
      [kept, []],
      [passing, ["--memory"]],
    ] as const) {
      const server = await launch([...START, ...options], { folder });
      await newUser(server, "alice");
      expect(await server.end()).toBe(0);
    }
    expect(namesIn(kept)).toContain("data");
    expect(namesIn(passing)).toEqual([]);
  });

  it("its realm is the one given, or else it has one all the same", async () => {
    for (const [options, realm] of [
      [["--realm", "Pusat-1"], /^Pusat-1$/],
      [[], /^[A-Za-z0-9][\w.-]{0,31}$/],
    ] as const) {
      const server = await launch([...START, "--memory", ...options], place());
      const hello = await ok((await server.connect()).request("hello"));
      expect((hello.data as { realm: string }).realm).toMatch(realm);
      await server.end();
    }
  });

  it("its dialect and framing are the ones given", async () => {
    const server = await launch([...START, "--memory", "--dialect", "unix", "--framing", "line"], place());
    const client = await server.connect();
    expect(await client.raw("auth_register alice rahasia\nregister bob rahasia bob x\n", 2)).toMatchObject([
      { status: "OK" },
      { status: "ERROR", code: "unknown-request" },
    ]);
  });
});

describe("what is asked of it, it tells", () => {
  it("--help lists every option", async () => {
    const { code, stdout, stderr } = await run(["--help"], place());
    expect(code).toBe(0);
    expect(stderr).toBe("");
    const options = "host port realm dialect framing data memory uploads seed-users realm-policy max-request".split(
      " ",
    );
    options.push("request-timeout", "login-timeout", "max-connections", "max-connections-per-ip", "max-output");
    options.push("log-level", "config", "min-password", "help", "version");
    for (const option of options) expect(stdout).toMatch(new RegExp(`--${option}\\b(?!-)`));
    expect(stdout).toContain("8889");
  });

  it("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run(["--version"], place())).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("it says in one line why it does not start", () => {
  it("a port in use, or an option it does not know", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    expectRefusal(await run(["--port", String(port), ...QUICK], place()), new RegExp(`in use.*${port}`));
    expectRefusal(await run([...START, "--prot", "9000"], place()), /prot/);
  });

  it.each([
    ["a letter it does not know", ["-x"], /x/],
    ["a word beside its options", ["start"], /words/],
    ["a port beyond 65535", ["--port", "65536"], /--port: .*65535/],
    ["a port that is no number", ["--port", "http"], /--port/],
    ["an option without its value", ["--port"], /port/],
    ["an option given twice", ["--port", "1", "--port", "2"], /--port: wants one value/],
    ["a size that is none", ["--max-request", "lots"], /--max-request: .*lots/],
    ["a time that is none", ["--request-timeout", "soon"], /--request-timeout: .*soon/],
    ["a number below one", ["--max-connections", "0"], /--max-connections/],
    ["a dialect that is none", ["--dialect", "klingon"], /--dialect: .*basic.*klingon/],
    ["a framing that is none", ["--framing", "tape"], /--framing/],
    ["a level that is none", ["--log-level", "loud"], /--log-level/],
    ["a policy that is none", ["--realm-policy", "anarchy"], /--realm-policy/],
    ["a realm that is no name", ["--realm", "my realm"], /--realm: .*my realm/],
    ["a peer without an address", ["--peer", "rumah"], /--peer: .*NAME=HOST:PORT.*rumah/],
    ["a peer with a port that is none", ["--peer", "rumah=127.0.0.1:99999"], /--peer: .*99999/],
    ["a peer that is itself", ["--realm", "Rumah", "--peer", "rumah=127.0.0.1:9"], /--peer: .*own name/],
    ["a plain link to what is no name", ["--plain-links", "a/b"], /--plain-links: .*a\/b/],
    ["a plain link to itself", ["--realm", "a", "--plain-links", "A"], /--plain-links: .*own name/],
    ["an older server without an address", ["--legacy-realms", "rumah="], /--legacy-realms: /],
    ["an address to be called at that is none", ["--advertise", "rumah"], /--advertise: .*HOST:PORT/],
    ["an address for metrics without a host", ["--metrics", "9464"], /--metrics: .*HOST:PORT/],
    ["an address to be called at with a port that is none", ["--advertise", "rumah:99999"], /--advertise: .*99999/],
    ["days that are none", ["--outbox-days", "0"], /--outbox-days: /],
    ["a folder and --memory", ["--memory", "--data", "d"], /--memory and --data/],
    ["an address that is not here", ["--host", "192.0.2.1"], /192\.0\.2\.1/],
  ])("%s", async (_, options, why) => {
    await expectRefused([...(options.includes("--port") ? QUICK : START), ...options], place(), why);
  });

  it("a key that others can read, or that is none", async () => {
    const key = file("no key");
    await expectRefused([...START, "--memory", "--realm-key", key], place(), /key .*0600/);
    chmodSync(key, 0o600);
    await expectRefused([...START, "--memory", "--realm-key", key], place(), /key /);
  });

  it.each([
    ["a bad value", { CHAT_PORT: "http" }, /CHAT_PORT: .*http/],
    ["a switch that is neither on nor off", { CHAT_MEMORY: "perhaps" }, /CHAT_MEMORY/],
    ["a config that is not there", { CHAT_CONFIG: "/nowhere/chat.json" }, /\/nowhere\/chat\.json/],
  ])("%s in a variable", async (_, env, why) => {
    await expectRefused(QUICK, place({ env }), why);
  });

  it.each([
    ["is not JSON", "port: 9000", /config /],
    ["is cut short", '{\n"port": 90', /config /],
    ["is a list", "[]", /one JSON object/],
    ["has an option that is unknown", { prot: 9000 }, /prot/],
    ["names another config", { config: "other.json" }, /config/],
    ["has a bad value", { "max-request": "lots" }, /max-request: .*lots/],
    ["has a number with a fraction", { "max-connections": 1.5 }, /max-connections/],
    ["has a value of no kind that fits", { data: { folder: "d" } }, /data/],
    ["has null for a folder", { data: null }, /data/],
    ["has a switch that is neither on nor off", { memory: "perhaps" }, /memory/],
  ])("a config that %s", async (_, config, why) => {
    await expectRefused([...START, "--config", file(config)], place(), why);
  });

  it("a config that cannot be read", async () => {
    const folder = testFolder();
    for (const path of [join(folder, "missing.json"), folder]) {
      await expectRefused([...START, "--config", path], place(), /config .*(ENOENT|EISDIR)/);
    }
  });

  it.each([
    ["is not JSON", "alice", /seed /],
    ["is cut short", '{\n"users": [', /seed /],
    ["holds no list", { users: "alice" }, /users/],
    ["has a name that is none", { users: [{ username: "a b", password: "x" }] }, /a b/],
    [
      "has a full name that turns a line around",
      { users: [{ username: "alice", name: "a\u202eb", password: "x" }] },
      /shown/,
    ],
    ["has a country that ends a line", { users: [{ username: "alice", country: "a\u2028b", password: "x" }] }, /shown/],
    ["has a user without a password", { users: [{ username: "alice" }] }, /password/],
    ["has a group of somebody unknown", { users: [], groups: [{ name: "kelas", members: ["budi"] }] }, /budi/],
  ])("a seed file that %s", async (_, seed, why) => {
    await expectRefused([...START, "--memory", "--seed-users", file(seed)], place(), why);
  });

  it("a seed file that cannot be read", async () => {
    await expectRefused([...START, "--memory", "--seed-users", "nowhere.json"], place(), /seed nowhere\.json/);
  });

  it("a data folder that another server holds, which goes on unharmed", async () => {
    const folder = testFolder();
    const first = await launch(START, { folder });
    const { client } = await newUser(first, "alice");
    expectRefusal(await run(START, { folder }), /data folder data.*in use/);
    await ok(client.request("send alice halo"));
  });

  it("a data folder that a newer version wrote, which stays as it is", async () => {
    const folder = testFolder();
    await (await launch(START, { folder })).end();
    const path = join(folder, "data", "obrol.db");
    const db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 9999");
    db.close();
    const before = readFileSync(path);
    expectRefusal(await run(START, { folder }), /data folder data.*newer version/);
    expect(readFileSync(path)).toEqual(before);
  });

  it("a data folder that is none, or holds something else", async () => {
    const folder = testFolder();
    writeFileSync(join(folder, "flat"), "");
    mkdirSync(join(folder, "strange"));
    writeFileSync(
      join(folder, "strange", "obrol.db"),
      "not a database, though long enough to look like one\n".repeat(100),
    );
    for (const name of ["flat", "strange"]) {
      expectRefusal(await run([...START, "--data", name], { folder }), new RegExp(`data folder ${name}`));
    }
  });

  it("a Node that is too old", async () => {
    const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.1.0" } })';
    const node = ["--import", `data:text/javascript,${encodeURIComponent(older)}`];
    expectRefusal(await run(START, place({ node })), /Node .*20\.1\.0/);
  });
});
