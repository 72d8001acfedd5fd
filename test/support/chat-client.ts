/**
 * chat-client run without a person: a server, a folder and two users of each test's own, and what it prints. It runs in the
 * test's own process, which is in the test's folder meanwhile, or as one of its own.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, beforeEach, onTestFinished } from "vitest";
import { main } from "../../src/bin/client.ts";
import { enterFolder, testFolder } from "./folder.ts";
import { newUser, PASSWORD } from "./people.ts";
import { type Ended, type Running, startedHere } from "./program-here.ts";
import { program } from "./programs.ts";
import { cleanEnv, startServer, type TestServer } from "./server.ts";

export const chatClient = program("chat-client");

/** A terminal's escape codes, and what else would act on it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
export const ESCAPES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** One as a process of its own: for what only a process can go through. */
export interface RunningProcess extends Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
}

export interface More {
  readonly port?: number;
  /** All of standard input, unless it stays open for the test to write. */
  readonly input?: string | Uint8Array | "open";
  readonly env?: Readonly<Record<string, string>>;
}

export interface MoreHere extends More {
  /** Standard error is a terminal of so many columns. */
  readonly columns?: number;
}

export interface MoreOfProcess extends More {
  /** Arguments of Node itself. */
  readonly node?: readonly string[];
  /** The program itself. */
  readonly client?: string;
}

export interface Scene {
  readonly server: TestServer;
  /** Of the test: what it runs in, with the client's own folders in it. */
  readonly folder: string;
  readonly alice: string;
  readonly bob: string;
  /** A path in the folder. */
  path(name: string): string;
  /** Writes a file that only its owner reads, unless told otherwise. @returns its path */
  write(name: string, content: string | Uint8Array, mode?: number): string;
  /** Options that log in. */
  as(name: string): readonly string[];
  /** What it is run with. */
  env(): NodeJS.ProcessEnv;
  start(args: readonly string[], more?: MoreHere): Running;
  run(args: readonly string[], more?: MoreHere): Promise<Ended>;
  /** The same as a process of its own. */
  startProcess(args: readonly string[], more?: MoreOfProcess): RunningProcess;
  runProcess(args: readonly string[], more?: MoreOfProcess): Promise<Ended>;
  /** A file with a session's token. */
  tokenOf(name: string): Promise<string>;
}

let users = 0;

/** A server for all tests of a file, and what each begins with. */
export function newScene(...options: readonly string[]): Scene {
  let server: TestServer;
  let folder = "";
  let secret = "";
  let [alice, bob] = ["", ""];
  beforeAll(async () => {
    server = await startServer(["--memory", ...options]);
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = testFolder();
    enterFolder(folder);
    secret = scene.write("password", `${PASSWORD}\n`);
    [alice, bob] = [`alice${++users}`, `bob${users}`];
    for (const name of [alice, bob]) (await newUser(server, name)).client.close();
  });
  const scene: Scene = {
    get server() {
      return server;
    },
    get folder() {
      return folder;
    },
    get alice() {
      return alice;
    },
    get bob() {
      return bob;
    },
    path: (name) => join(folder, name),
    write(name, content, mode = 0o600) {
      writeFileSync(join(folder, name), content, { mode });
      // Whatever the umask is.
      chmodSync(join(folder, name), mode);
      return join(folder, name);
    },
    as: (name) => ["-u", name, "--password-file", secret],
    env: () => ({
      ...Object.fromEntries(
        Object.entries(cleanEnv()).filter(([name]) => !/^(FORCE_COLOR|NO_COLOR|LANG|LC_\w+)$/.test(name)),
      ),
      XDG_STATE_HOME: join(folder, "state"),
      XDG_CONFIG_HOME: join(folder, "config"),
    }),
    start: (args, { port = server.port, input = "", env = {}, columns } = {}) =>
      startedHere(main, ["--port", String(port), ...args], { ...scene.env(), ...env }, input, columns),
    run: (args, more) => scene.start(args, more).ended,
    startProcess(args, { port = server.port, input = "", env = {}, node = [], client = chatClient } = {}) {
      const child = spawn(process.execPath, [...node, client, "--port", String(port), ...args], {
        env: { ...scene.env(), ...env },
        cwd: folder,
      });
      const bytes: Buffer[] = [];
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => bytes.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      // Who ends at once does not read.
      child.stdin.on("error", () => {});
      if (input !== "open") child.stdin.end(input);
      const all = (): Buffer => Buffer.concat(bytes);
      const ended = once(child, "close").then(([code]) => {
        return { code: code as number | null, stdout: all().toString(), stderr, bytes: all() };
      });
      onTestFinished(async () => {
        child.kill("SIGKILL");
        await ended;
      });
      return {
        child,
        stdin: child.stdin,
        kill: (signal) => void child.kill(signal),
        ended,
        get stdout() {
          return all().toString();
        },
        get stderr() {
          return stderr;
        },
      };
    },
    runProcess: (args, more) => scene.startProcess(args, more).ended,
    async tokenOf(name) {
      const client = await server.connect();
      const reply = await client.request(`auth ${name} ${PASSWORD}`);
      client.close();
      return scene.write(`token-${name}`, `${reply["tokenid"]}\n`);
    },
  };
  return scene;
}

/** Each line, which must be an object. */
export function objects(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
