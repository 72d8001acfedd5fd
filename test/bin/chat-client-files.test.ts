/** chat-client and files on a terminal, from a shell: the bar. In the prompt: test/prompt/files.test.ts. */
import { randomBytes } from "node:crypto";
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { main } from "../../src/bin/client.ts";
import { testFolder } from "../support/folder.ts";
import { newUser } from "../support/people.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { Terminal } from "../support/terminal.ts";

const MIB = 1024 ** 2;
/** What a terminal would act on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const ESCAPES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

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

/** Options that log in. */
function as(name: string): readonly string[] {
  return ["-u", name, "--password-file", secret];
}

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
    // Long enough to be drawn while it goes, on any machine.
    truncateSync(path, 256 * MIB);
    const drawn = await onTerminal([...as(alice), "sendfile", bob, path]);
    expect(drawn).toContain("\r\u001b[K");
    expect(drawn).toMatch(/a\.iso [█░]{20} \d+% /);
    expect(drawn.endsWith(`\r\u001b[Ka.iso sent to ${bob}, 256 MiB\n`) || drawn.endsWith("\r\u001b[K")).toBe(true);
    const plain = await onTerminal([...as(alice), "--plain", "sendfile", bob, path]);
    expect(plain).not.toMatch(ESCAPES);
    expect(plain).toContain(`a.iso sent to ${bob}, 256 MiB\n`);
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
