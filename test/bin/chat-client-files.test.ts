/** chat-client and files: as commands from a shell, as lines of a script, and in its prompt on a terminal. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Readable, Writable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { main } from "../../src/bin/client.ts";
import { namesIn, testFolder } from "../support/folder.ts";
import { Gate } from "../support/gate.ts";
import { lyingServer, reply } from "../support/lying.ts";
import { loggedIn, newUser, ok } from "../support/people.ts";
import { cleanEnv, startServer, type TestServer } from "../support/server.ts";
import { started } from "../support/started.ts";
import { Terminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const MIB = 1024 ** 2;
/** What requests and replies beside the bytes of a file may have. */
const TALK = 8192;
/** What a terminal would act on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const ESCAPES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

const program = new URL("../../src/bin/chat-client.ts", import.meta.url).pathname;

let server: TestServer;
let folder: string;
let secret: string;
/** A user of each test's own, and whom he sends to. */
let alice: string;
let bob: string;
let users = 0;

beforeAll(async () => {
  server = await startServer(["--memory"]);
});
afterAll(() => server.stop());
beforeEach(async () => {
  folder = testFolder();
  secret = join(folder, "password");
  writeFileSync(secret, "rahasia\n", { mode: 0o600 });
  [alice, bob] = [`alice${++users}`, `bob${users}`];
  for (const name of [alice, bob]) (await newUser(server, name)).client.close();
});

/** A file of random bytes in the test's folder. */
function fileOf(size: number, name = "a.iso"): string {
  const path = join(folder, name);
  writeFileSync(path, randomBytes(size));
  return path;
}

function same(a: string, b: string): boolean {
  return readFileSync(a).equals(readFileSync(b));
}

/** Options that log in. */
function as(name: string): readonly string[] {
  return ["-u", name, "--password-file", secret];
}

interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** As they are. */
  readonly bytes: Buffer;
}

/** Starts it in the test's folder. */
function start(args: readonly string[], { port = server.port, input = "" } = {}): Running {
  const env = { ...cleanEnv(), XDG_STATE_HOME: join(folder, "state") };
  const child = spawn(process.execPath, [program, "--port", String(port), ...args], { env, cwd: folder });
  const bytes: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => bytes.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      const all = Buffer.concat(bytes);
      resolve({ code, stdout: all.toString(), stderr, bytes: all });
    });
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, ended };
}

function run(args: readonly string[], more: { port?: number; input?: string } = {}): Promise<Ended> {
  return start(args, more).ended;
}

/** Each line, which must be an object. */
function objects(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function receivedBy(name: string, on = server): Promise<readonly string[]> {
  const { client } = await loggedIn(on, name);
  const { data } = await ok(client.request("files received"));
  client.close();
  return (data as { name: string }[]).map((file) => file.name);
}

describe("from a shell", () => {
  test("a file is sent and fetched: exit code 0, what is said stands on stderr", async () => {
    const path = fileOf(MIB, "my notes.pdf");
    const sent = await run([...as(alice), "sendfile", bob, "my notes.pdf"]);
    expect(sent).toMatchObject({ code: 0, stdout: "", stderr: `my notes.pdf sent to ${bob}, 1.0 MiB\n` });
    const got = await run([...as(bob), "getfile", "my", "notes.pdf"]);
    const there = join("downloads", bob, "my notes.pdf");
    expect(got).toMatchObject({ code: 0, stdout: "", stderr: `my notes.pdf → ${there}\n` });
    expect(same(path, join(folder, there))).toBe(true);
  });

  test("several files are sent by one command, and downloads go where they are told to", async () => {
    fileOf(10);
    fileOf(20, "b.iso");
    expect(await run([...as(alice), "sendfile", bob, "a.iso", "b.iso"])).toMatchObject({ code: 0 });
    await run([...as(bob), "--downloads", "elsewhere", "getfile", "b.iso"]);
    expect(readdirSync(join(folder, "elsewhere", bob))).toEqual(["b.iso"]);
    await run([...as(bob), "getfile", "a.iso", "-o", "c.iso"]);
    expect(same(join(folder, "a.iso"), join(folder, "c.iso"))).toBe(true);
    expect(existsSync(join(folder, "downloads"))).toBe(false);
  });

  test.each([[[]], [["--plain"]], [["--json"]]])(
    "no bar is drawn where there is no terminal, for several either: %j",
    async (options: readonly string[]) => {
      const names = ["a.iso", "b.iso", "c.iso"];
      for (const name of names) fileOf(MIB, name);
      const { code, stdout, stderr } = await run([...as(alice), ...options, "sendfile", bob, ...names]);
      expect(code).toBe(0);
      if (options.includes("--json")) {
        expect(objects(stdout).filter(({ state }) => state === "done")).toHaveLength(3);
        expect(stderr).toBe("");
      } else {
        expect(stderr.split("\n").sort()).toEqual(["", ...names.map((name) => `${name} sent to ${bob}, 1.0 MiB`)]);
      }
    },
  );

  test.each([[[]], [["--json"]], [["--plain"]]])(
    "-o - gives the file's bytes and nothing else: %j",
    async (options) => {
      const path = fileOf(3 * MIB);
      await run([...as(alice), "sendfile", bob, "a.iso"]);
      const { code, bytes, stderr } = await run([...as(bob), ...options, "getfile", "a.iso", "-o", "-"]);
      expect(code).toBe(0);
      expect(bytes.equals(readFileSync(path))).toBe(true);
      expect(stderr).not.toMatch(ESCAPES);
    },
  );

  test("whoever reads what -o - gives may go away", async () => {
    fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    const { child, ended } = start([...as(bob), "getfile", "a.iso", "-o", "-"]);
    child.stdout.once("data", () => child.stdout.destroy());
    const { stderr } = await ended;
    expect(stderr).not.toContain(" at ");
  });

  test("files are listed on stdout, in words or as the server's reply", async () => {
    fileOf(2048);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    const day = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
    const sent = await run([...as(alice), "files"]);
    expect(sent.stdout).toMatch(new RegExp(`^${day}  a\\.iso  2\\.0 KiB  to ${bob}  [0-9a-f-]{36}\n$`));
    const got = await run([...as(bob), "files", "received"]);
    expect(got.stdout).toMatch(new RegExp(`^${day}  a\\.iso  2\\.0 KiB  from ${alice}  [0-9a-f-]{36}\n$`));
    expect((await run([...as(bob), "files"])).stdout).toBe("(nothing)\n");
    const [json] = objects((await run([...as(alice), "--json", "files"])).stdout);
    expect(json).toMatchObject({ status: "OK", data: [{ name: "a.iso", size: 2048, to: [bob] }] });
  });

  test("--json says on stdout how it goes, an object a line", async () => {
    fileOf(MIB);
    const up = await run([...as(alice), "--json", "sendfile", bob, "a.iso"]);
    const down = await run([...as(bob), "--json", "getfile", "a.iso"]);
    for (const { code, stdout, stderr } of [up, down]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      for (const one of objects(stdout)) expect(one).toMatchObject({ type: "transfer", v: 1, name: "a.iso" });
      expect(objects(stdout).at(-1)).toMatchObject({ state: "done", done: MIB, size: MIB });
    }
  });

  test("users and groups are found in any case, as the server finds them", async () => {
    fileOf(10);
    const group = `kelas${users}`;
    await run([...as(alice), "addgroup", group]);
    await run([...as(bob), "joingroup", group]);
    for (const to of [bob.toUpperCase(), `#${group.toUpperCase()}`]) {
      expect(await run([...as(alice), "sendfile", to, "a.iso"])).toMatchObject({ code: 0 });
    }
    const asked = [
      ["downloadgroup_file", group.toUpperCase()],
      ["download_file", alice.toUpperCase()],
    ];
    for (const words of asked) {
      expect(await run([...as(bob), ...words, "a.iso"])).toMatchObject({ code: 0 });
    }
  });

  test("a token can stand for the password, and goes on being good", async () => {
    const login = await run(["--json", "auth", alice, "rahasia"]);
    const file = join(folder, "token");
    writeFileSync(file, `${objects(login.stdout)[0]?.["tokenid"]}\n`, { mode: 0o600 });
    fileOf(10);
    for (const _ of [1, 2]) {
      expect(await run(["--token-file", file, "sendfile", bob, "a.iso"])).toMatchObject({ code: 0 });
    }
    expect(await run(["--token-file", file, "getfile", "a.iso"])).toMatchObject({ code: 0 });
    expect(namesIn(join(folder, "downloads", alice))).toEqual(["a.iso"]);
    writeFileSync(file, "5f0d4f6a-9c37-4d2e-8f4a-5b6c9b2f8c1e\n");
    const refused = await run(["--token-file", file, "sendfile", bob, "a.iso"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).not.toBe("");
  });

  test.each([
    ["nobody is logged in", [], ["sendfile", "BOB", "a.iso"], "log in first: auth NAME PASSWORD"],
    ["there is no such file here", ["LOGIN"], ["sendfile", "BOB", "./nowhere.iso"], "./nowhere.iso: no such file"],
    ["there is no such file there", ["LOGIN"], ["getfile", "nowhere.iso"], "nowhere.iso: no such file"],
    ["there is no such user", ["LOGIN"], ["sendfile", "nobody", "a.iso"], "User tidak ditemukan"],
    ["it is a folder", ["LOGIN"], ["sendfile", "BOB", "."], ".: not a file"],
    ["it is not said what to fetch", ["LOGIN"], ["getfile", "-o", "x"], "use: getfile ID|NAME [-o PATH|-]"],
  ])("what cannot be done is one line on stderr, exit code 1: %s", async (_, options, words, says) => {
    fileOf(10);
    const login = options.length > 0 ? as(alice) : [];
    const ended = await run([...login, ...words.map((word) => (word === "BOB" ? bob : word))]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain(says);
    expect(ended.stderr).toMatch(/^[^\n]+\n$/);
  });

  test("which of several files could not be sent is said", async () => {
    const small = await started("--memory", "--max-file", "1M");
    for (const name of [alice, bob]) (await newUser(small, name)).client.close();
    fileOf(10);
    fileOf(2 * MIB, "large.iso");
    const ended = await run([...as(alice), "sendfile", bob, "a.iso", "large.iso"], { port: small.port });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(await receivedBy(bob, small)).toEqual(["a.iso"]);
    const line = ended.stderr.split("\n").find((text) => !text.includes("sent to"));
    expect(line).toContain("large.iso");
  });

  test("a content in the line goes as the older documents have it", async () => {
    const { code } = await run([...as(alice), "sendfile", bob, "hello.txt", "aGVsbG8="]);
    expect(code).toBe(0);
    expect((await run([...as(bob), "getfile", "hello.txt", "-o", "-"])).stdout).toBe("hello");
  });
});

describe("a command that is interrupted", () => {
  test("by SIGINT pauses with exit code 130, and the same command goes on", async () => {
    const gate = await Gate.before(server);
    const path = fileOf(8 * MIB);
    const command = [...as(alice), "sendfile", bob, "a.iso"];
    gate.allow("up", 3 * MIB);
    const { child, ended } = start(command, { port: gate.port });
    await gate.full("up");
    child.kill("SIGINT");
    const paused = await ended;
    expect(paused).toMatchObject({ code: 130, stdout: "", stderr: "a.iso: paused; the same command goes on\n" });
    expect(await receivedBy(bob)).toEqual([]);

    gate.cut();
    await gate.idle();
    gate.allow("up");
    const listed = await run([...as(alice), "transfers"], { port: gate.port });
    expect(listed.stdout).toMatch(/^paused {2}sendfile \w+ \S+ {2}\S+ [KM]iB of 8\.0 MiB have arrived\n$/);
    expect(listed.stdout).toContain(`sendfile ${bob} ${path} `);
    const json = await run([...as(alice), "--json", "transfers"], { port: gate.port });
    expect(objects(json.stdout)).toEqual([expect.objectContaining({ state: "paused", name: "a.iso", to: bob })]);
    const before = gate.passed("up");
    expect(await run(command, { port: gate.port })).toMatchObject({ code: 0 });
    expect(gate.passed("up") - before).toBeLessThan(6 * MIB);
    await run([...as(bob), "getfile", "a.iso", "-o", "b.iso"]);
    expect(same(path, join(folder, "b.iso"))).toBe(true);
  });

  test("by SIGINT does not say that it goes on where it cannot", async () => {
    const gate = await Gate.before(server);
    fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    gate.allow("down", 2 * MIB);
    const { child, ended } = start([...as(bob), "getfile", "a.iso", "-o", "-"], { port: gate.port });
    await gate.full("down");
    child.kill("SIGINT");
    const { code, bytes, stderr } = await ended;
    expect(code).toBe(130);
    expect(bytes.length).toBeLessThan(8 * MIB);
    expect(stderr).not.toContain("goes on");
  });

  test("by SIGINT ends although the server says nothing any more", { timeout: 15_000 }, async () => {
    const silent = await startServer(["--memory"]);
    onTestFinished(async () => void (await silent.kill("SIGKILL")));
    for (const name of [alice, bob]) (await newUser(silent, name)).client.close();
    fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"], { port: silent.port });
    const gate = await Gate.before(silent);
    gate.allow("down", 2 * MIB);
    const { child, ended } = start([...as(bob), "getfile", "a.iso"], { port: gate.port });
    await gate.full("down");
    process.kill(silent.pid, "SIGSTOP");
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: "a.iso: paused; the same command goes on\n" });
  });

  test("by the end of the server pauses with exit code 130, too", async () => {
    const going = await startServer(["--memory"]);
    for (const name of [alice, bob]) (await newUser(going, name)).client.close();
    const gate = await Gate.before(going);
    fileOf(8 * MIB);
    gate.allow("up", 2 * MIB);
    const { ended } = start([...as(alice), "sendfile", bob, "a.iso"], { port: gate.port });
    await gate.full("up");
    await going.kill("SIGKILL");
    gate.cut();
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/^a\.iso: paused \(.+\); the same command goes on$/m);
    expect(code).toBe(130);
  });

  test("by SIGKILL goes on, too: up", async () => {
    const gate = await Gate.before(server);
    const path = fileOf(8 * MIB);
    const command = [...as(alice), "sendfile", bob, "a.iso"];
    gate.allow("up", 3 * MIB);
    const { child, ended } = start(command, { port: gate.port });
    await gate.full("up");
    child.kill("SIGKILL");
    await ended;
    gate.cut();
    await gate.idle();
    const before = gate.passed("up");
    gate.allow("up");
    expect(await run(command, { port: gate.port })).toMatchObject({ code: 0 });
    expect(gate.passed("up") - before).toBeLessThan(6 * MIB);
    await run([...as(bob), "getfile", "a.iso", "-o", "b.iso"]);
    expect(same(path, join(folder, "b.iso"))).toBe(true);
  });

  test("by SIGKILL goes on, too: down", async () => {
    const gate = await Gate.before(server);
    const path = fileOf(8 * MIB);
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    gate.allow("down", 3 * MIB);
    const { child, ended } = start([...as(bob), "getfile", "a.iso"], { port: gate.port });
    const place = join(folder, "downloads", bob);
    await gate.full("down");
    const part = await until("what has come is on the disk", () => {
      const [name] = existsSync(place) ? readdirSync(place) : [];
      return name !== undefined && statSync(join(place, name)).size > 2 * MIB && join(place, name);
    });
    child.kill("SIGKILL");
    await ended;
    expect(namesIn(place)).toEqual([]);
    gate.cut();
    await gate.idle();
    const here = statSync(part).size;
    const before = gate.passed("down");
    gate.allow("down");
    expect(await run([...as(bob), "getfile", "a.iso"], { port: gate.port })).toMatchObject({ code: 0 });
    expect(gate.passed("down") - before).toBeLessThan(8 * MIB - here + TALK);
    expect(readdirSync(place)).toEqual(["a.iso"]);
    expect(same(path, join(place, "a.iso"))).toBe(true);
  });
});

describe("a script's lines", () => {
  test("are done one after the other", async () => {
    fileOf(MIB);
    const lines = [`sendfile ${bob} a.iso`, "getfile a.iso", "files", "transfers", "ping"];
    const { code, stdout } = await run(as(alice), { input: `${lines.join("\n")}\n` });
    expect(code).toBe(0);
    const [sent, got, listed, transfers, ping] = stdout.trimEnd().split("\n");
    expect([sent, got]).toEqual([`a.iso sent to ${bob}, 1.0 MiB`, `a.iso → ${join("downloads", alice, "a.iso")}`]);
    expect(listed).toContain("  a.iso  1.0 MiB  ");
    expect([transfers, ping]).toEqual(["(nothing)", "pong"]);
  });

  test.each([[[]], [["--json"]]])(
    "may ask for a file's bytes, which nothing else stands between: %j",
    async (options) => {
      const path = fileOf(MIB);
      await run([...as(alice), "sendfile", bob, "a.iso"]);
      const { code, bytes } = await run([...as(bob), ...options], { input: "getfile a.iso -o -\n" });
      expect({ code, same: bytes.equals(readFileSync(path)) }).toEqual({ code: 0, same: true });
    },
  );

  test("with --json are objects", async () => {
    fileOf(MIB);
    const lines = [`sendfile ${bob} a.iso`, "getfile a.iso", "transfers", "getfile nowhere", "ping"];
    const { code, stdout } = await run([...as(alice), "--json"], { input: `${lines.join("\n")}\n` });
    expect(code).toBe(1);
    const all = objects(stdout);
    expect(all.filter(({ state }) => state === "done")).toHaveLength(2);
    expect(all.at(-2)).toMatchObject({ type: "error" });
    expect(all.at(-1)).toMatchObject({ status: "OK" });
  });
});

describe("on a terminal, from a shell,", () => {
  /** Runs it here, with a terminal's stderr. @returns all that it wrote there */
  async function onTerminal(args: readonly string[]): Promise<string> {
    let all = "";
    const write = (chunk: Buffer, _: string, done: () => void): void => {
      all += chunk.toString();
      done();
    };
    const screen = Object.assign(new Writable({ write }), { isTTY: true, columns: 80 });
    replaced(process, "stderr", screen);
    replaced(process.env, "XDG_STATE_HOME", join(folder, "state"));
    replaced(process.env, "TERM", "xterm");
    expect(await main(["--port", String(server.port), ...args])).toBe(0);
    return all;
  }

  test("a bar stays on its line where the name's characters take two columns each", async () => {
    const path = fileOf(0, `${"会議の資料".repeat(8)}.iso`);
    truncateSync(path, 32 * MIB);
    const drawn = await onTerminal([...as(alice), "sendfile", bob, path]);
    const terminal = new Terminal(80, 30);
    terminal.output.write(drawn);
    const lines = await terminal.lines();
    expect(lines.filter((line) => line.startsWith("↑"))).toEqual([]);
  });

  test("a bar is drawn in place, and --plain has nothing that a terminal acts on", async () => {
    const path = fileOf(0);
    truncateSync(path, 32 * MIB);
    const drawn = await onTerminal([...as(alice), "sendfile", bob, path]);
    expect(drawn).toContain("\r\u001b[K");
    expect(drawn).toMatch(/a\.iso [█░]{20} \d+% /);
    expect(drawn.endsWith(`\r\u001b[Ka.iso sent to ${bob}, 32.0 MiB\n`) || drawn.endsWith("\r\u001b[K")).toBe(true);
    const plain = await onTerminal([...as(alice), "--plain", "sendfile", bob, path]);
    expect(plain).not.toMatch(ESCAPES);
    expect(plain).toContain(`a.iso sent to ${bob}, 32.0 MiB\n`);
  });
});

/** Until the end of the test. */
function replaced<T extends object>(object: T, name: keyof T & string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(object, name);
  if (object === (process.env as object)) process.env[name] = String(value);
  else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
  onTestFinished(() => {
    if (before) Object.defineProperty(object, name, before);
    else delete object[name];
  });
}

describe("in the prompt", () => {
  /** The program itself, on a terminal that lays out what it writes. */
  function opened(name: string, port: number, columns = 100): { terminal: Terminal; ended: Promise<number> } {
    const terminal = new Terminal(columns, 30);
    replaced(process, "stdin", terminal.input);
    replaced(process, "stdout", terminal.output);
    replaced(process.env, "XDG_STATE_HOME", join(folder, "state"));
    const before = process.cwd();
    process.chdir(folder);
    const ended = main(["--port", String(port), "--color", "never", ...as(name)]);
    ended.catch(() => {});
    onTestFinished(async () => {
      terminal.hangUp();
      await ended.catch(() => {});
      process.chdir(before);
    });
    return { terminal, ended };
  }

  /** Waits until the last line is so. @returns all of them */
  async function last(terminal: Terminal, line: RegExp | string): Promise<string[]> {
    let seen: string[] = [];
    await until(`the last line is ${line}`, async () => {
      seen = await terminal.lines();
      const end = seen.at(-1) ?? "";
      return typeof line === "string" ? end === line : line.test(end);
    }).catch(() => expect(seen).toEqual(`its last line is ${line}`));
    return seen;
  }

  /** Waits until a line is on the screen. */
  async function shown(terminal: Terminal, line: RegExp | string): Promise<void> {
    let seen: string[] = [];
    await until(`there is a line ${line}`, async () => {
      seen = await terminal.lines();
      return seen.some((one) => (typeof line === "string" ? one === line : line.test(one)));
    }).catch(() => expect(seen).toContain(String(line)));
  }

  test("how it goes stands before the sign, typing goes on, Ctrl-C pauses, the same command goes on", async () => {
    const gate = await Gate.before(server);
    fileOf(8 * MIB);
    const { terminal } = opened(alice, gate.port);
    await last(terminal, "›");
    await until("it is logged in", async () => (await receivedBy(bob)).length === 0);
    gate.allow("up", 4 * MIB);
    terminal.type(`sendfile ${bob} a.iso\r`);
    await last(terminal, /^↑ a\.iso .*\d+%.* ›$/);
    await gate.full("up");

    terminal.type(`send ${bob} halo`);
    await last(terminal, new RegExp(`^↑ a\\.iso .*\\d+%.* › send ${bob} halo$`));
    terminal.type(" lagi\r");
    await shown(terminal, "Message sent");
    terminal.type("transfers\r");
    await shown(terminal, /^upload {2}a\.iso \d+% \d\.\d MiB of 8\.0 MiB/);

    // On a line that is not empty Ctrl-C is about the line.
    terminal.type("oh no");
    await last(terminal, /› oh no$/);
    terminal.type("\u0003");
    await last(terminal, /^↑ a\.iso .* ›$/);
    terminal.type("\u0003");
    await shown(terminal, "a.iso: paused; the same command goes on");
    await last(terminal, "›");
    terminal.type("transfers\r");
    await shown(terminal, /^paused {2}sendfile .* of 8\.0 MiB have arrived$/);

    gate.allow("up");
    terminal.type(`sendfile ${bob} a.iso\r`);
    await shown(terminal, `a.iso sent to ${bob}, 8.0 MiB`);
    await last(terminal, "›");
    expect(await receivedBy(bob)).toEqual(["a.iso"]);
  });

  test("a file that comes is told of, fetched and listed", async () => {
    fileOf(3 * MIB);
    const { terminal } = opened(bob, server.port);
    await last(terminal, "›");
    terminal.type("ping\r");
    await shown(terminal, "pong");
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    await shown(terminal, new RegExp(`^\\d\\d:\\d\\d ${alice}: file a\\.iso`));
    terminal.type("getfile a.iso\r");
    await shown(terminal, `a.iso → ${join("downloads", bob, "a.iso")}`);
    terminal.type("files received\r");
    await shown(terminal, new RegExp(`  a\\.iso  3\\.0 MiB  from ${alice}  `));
    expect(same(join(folder, "a.iso"), join(folder, "downloads", bob, "a.iso"))).toBe(true);
  });

  test("the words of the older documents take local paths, quoted ones too, and contents as ever", async () => {
    fileOf(10);
    fileOf(20, "my notes.pdf");
    const group = `kelas${users}`;
    const { client } = await loggedIn(server, bob);
    await ok(client.request(`addgroup ${group}`));
    const { terminal } = opened(alice, server.port);
    await last(terminal, "›");
    terminal.type(`joingroup ${group}\r`);
    await shown(terminal, "Join group successful");
    const lines = [
      `send_file ${bob} ./a.iso`,
      `SEND FILE ${bob} "my notes.pdf"`,
      `sendgroup_file ${group} ./a.iso`,
      `sendfile '#${group}' my\\ notes.pdf`,
    ];
    terminal.type(`${lines.join("\r")}\r`);
    await until("all are there", async () => (await receivedBy(bob)).length === 4);
    terminal.type(`sendfile ${bob} hello.txt aGVsbG8=\r`);
    await until("the content is there", async () => (await receivedBy(bob)).includes("hello.txt"));
    terminal.type("\u0003");
    client.close();
  });

  test("downloads by the older documents' words come to the folder of the user, and that of groups", async () => {
    fileOf(10);
    fileOf(20, "b.iso");
    const group = `kelas${users}`;
    const { client } = await loggedIn(server, bob);
    await ok(client.request(`addgroup ${group}`));
    const other = await loggedIn(server, alice);
    await ok(other.client.request(`joingroup ${group}`));
    await run([...as(alice), "sendfile", bob, "a.iso"]);
    await run([...as(alice), "sendfile", `#${group}`, "b.iso"]);
    const { terminal } = opened(bob, server.port);
    await last(terminal, "›");
    const mine = join("downloads", bob);
    for (const [line, there] of [
      [`download_file ${alice} a.iso`, join(mine, "a.iso")],
      ["DOWNLOAD FILE a.iso", join(mine, "a (2).iso")],
      [`downloadgroup_file ${group} b.iso`, join("downloads", "group", bob, "b.iso")],
    ]) {
      terminal.type(`${line}\r`);
      await until(`${there} is there`, () => existsSync(join(folder, String(there))) || undefined);
      await until("it is said", async () => (await terminal.lines()).some((one) => one.endsWith(` → ${there}`)));
    }
    for (const one of [client, other.client]) one.close();
  });

  test("a connection that is lost pauses what runs, and ends it with one line", async () => {
    const going = await startServer(["--memory"]);
    for (const name of [alice, bob]) (await newUser(going, name)).client.close();
    const gate = await Gate.before(going);
    fileOf(8 * MIB);
    const { terminal, ended } = opened(alice, gate.port);
    await last(terminal, "›");
    terminal.type("ping\r");
    await shown(terminal, "pong");
    gate.allow("up", 2 * MIB);
    terminal.type(`sendfile ${bob} a.iso\r`);
    await gate.full("up");
    await going.kill("SIGKILL");
    gate.cut();
    await expect(ended).rejects.toThrow();
    await shown(terminal, /^a\.iso: paused.*; the same command goes on$/);
  });

  test("a file's name that holds escape sequences does nothing, wherever it is shown", async () => {
    const evil = "\u001b[2J\u001b]0;x\u0007\u202eevil.txt";
    const file = { id: "d73fde9d-1c2b-4d3e-8f4a-5b6c7d8e9f00", name: evil, size: 5, sha256: "0".repeat(64) };
    const port = await lyingServer((request, socket) => {
      const [word] = request.split(" ");
      if (word === "auth") return { status: "OK", tokenid: "token", user: "bob" };
      if (word === "files")
        return { status: "OK", data: [{ ...file, time: "2026-11-21T11:15:00.000Z", from: "alice" }] };
      if (word === "watch") {
        const data = { id: "1", from: "alice", to: "bob", message: evil, time: "2026-11-21T11:15:00.000Z", file };
        setImmediate(() => reply(socket, { event: "file", data }));
      }
      if (word !== "download") return { status: "OK", message: "ok" };
      reply(socket, { status: "OK", length: 5 });
      socket.write("hello");
      return undefined;
    });
    const { terminal } = opened(bob, port);
    const inert = "\\u001b[2J\\u001b]0;x\\u0007\\u202eevil.txt";
    const found = (begin: string): Promise<void> =>
      until(`it shows ${begin}`, async () =>
        (await terminal.lines()).some((line) => line.includes(begin + inert)),
      ).then(() => {});
    await found("file ");
    terminal.type("files received\r");
    await found("11:15  ");
    terminal.type(`getfile ${file.id}\r`);
    // Its SHA-256 is wrong: that is said with its name.
    await until("it is said", async () => (await terminal.lines()).some((line) => line.startsWith(inert)));
    expect((await terminal.lines())[0]).toContain("type a request");
  });
});
