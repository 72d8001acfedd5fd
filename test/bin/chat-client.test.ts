/** chat-client as it is run from a shell: one request, a script, and what it says when something is wrong. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testFolder } from "../support/folder.ts";
import { cleanEnv, startServer, type TestServer } from "../support/server.ts";

const program = new URL("../../src/bin/chat-client.ts", import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let server: TestServer;
let folder: string;
let secret: string;

beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  secret = join(folder, "password");
  writeFileSync(secret, "rahasia\n", { mode: 0o600 });
  const client = await server.connect();
  for (const name of ["alice", "bob"]) await client.request(`register ${name} rahasia ${name} indonesia`);
  client.close();
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function run(args: readonly string[], input = "", port = server.port): Promise<Ended> {
  const child = spawn(process.execPath, [program, "--port", String(port), ...args], { env: cleanEnv() });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}

describe("one request", () => {
  test("is sent as it stands after a login, its reply printed, exit code 0", async () => {
    const args = ["--user", "alice", "--password-file", secret];
    expect(await run([...args, "send", "bob", "halo", "bob"])).toEqual({
      code: 0,
      stdout: "Message sent\n",
      stderr: "",
    });
    const inbox = await run(["-u", "bob", "--password-file", secret, "--json", "inbox"]);
    expect(JSON.parse(inbox.stdout)).toMatchObject({ status: "OK", data: [{ from: "alice", message: "halo bob" }] });
  });

  test("that is refused says so on stderr, exit code 1", async () => {
    const ended = await run(["-u", "alice", "--password-file", secret, "send", "nobody", "halo"]);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain("User tidak ditemukan");
  });

  test("that is refused with --json prints the reply, exit code 1", async () => {
    const { code, stdout } = await run(["--json", "whoami"]);
    expect({ code, reply: JSON.parse(stdout) }).toMatchObject({ code: 1, reply: { code: "no-session" } });
  });

  test("can act by a token instead of a password", async () => {
    const login = await run(["--json", "auth", "alice", "rahasia"]);
    const file = join(testFolder(), "token");
    writeFileSync(file, `${(JSON.parse(login.stdout) as { tokenid: string }).tokenid}\n`, { mode: 0o600 });
    expect((await run(["--token-file", file, "whoami"])).stdout).toContain("username: alice");
  });

  test("takes the password from standard input when asked to", async () => {
    expect(await run(["-u", "alice", "--password-file", "-", "ping"], "rahasia\n")).toMatchObject({ code: 0 });
  });

  test("keeps words that look like options: they are the text's", async () => {
    const args = ["-u", "alice", "--password-file", secret, "send", "bob", "--json", "is", "an", "option"];
    expect(await run(args)).toMatchObject({ code: 0, stdout: "Message sent\n" });
  });
});

describe("lines on standard input", () => {
  test("are requests in order, replies in words, exit code 0", async () => {
    const { code, stdout } = await run([], "auth alice rahasia\nsend bob dari skrip\nping\n");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^logged in; token .+\nMessage sent\npong\n$/);
  });

  test("one of which is refused: the others are sent, exit code 1", async () => {
    const { code, stdout } = await run(["--json"], "ping\nsend\nping\n");
    const replies = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { status: string });
    expect({ code, said: replies.map(({ status }) => status) }).toEqual({ code: 1, said: ["OK", "ERROR", "OK"] });
  });
});

describe("what keeps it from working is one line, exit code 1", () => {
  test.each([
    ["a wrong password", ["-u", "alice", "--password-file", "WRONG", "ping"], /alice: User Tidak Ada/],
    ["no terminal to ask for a password on", ["-u", "alice", "ping"], /--password-file/],
    ["a password file that is not there", ["-u", "alice", "--password-file", "/nowhere/pw", "ping"], /no such file/],
    ["an option it does not have", ["--pasword", "x", "ping"], /pasword/],
    ["a port that is none", ["--port", "70000", "ping"], /--port/],
  ])("%s", async (_, args, says) => {
    const wrong = join(testFolder(), "wrong");
    writeFileSync(wrong, "salah\n");
    const ended = await run(args.map((arg) => (arg === "WRONG" ? wrong : arg)));
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(says);
    expect(ended.stderr).toMatch(/^chat-client: .*\n$/);
  });

  test("a server that is not there", async () => {
    const gone = await startServer(["--memory"]);
    await gone.stop();
    const ended = await run(["ping"], "", gone.port);
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toMatch(/^chat-client: cannot reach .*\n$/);
  });

  test("a server that goes away", async () => {
    const going = await startServer(["--memory"]);
    const child = spawn(process.execPath, [program, "--port", String(going.port)], { env: cleanEnv() });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    const answered = new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdin.write("ping\n");
    await answered;
    await going.kill("SIGKILL");
    expect(await closed).toBe(1);
    expect(stderr).toMatch(/^chat-client: the server closed the connection\n$/);
  });
});
