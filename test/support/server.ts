/** A real chat-server as a process of its own, on a free port, ended by its own process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ChatClient, type ClientOptions } from "../../src/client/client.ts";

/** One whose log takes its time, where the tests are run so: vitest.config.ts. */
const file = process.env["OBROL_TEST_LOG"] === "slow" ? "slow-server.ts" : "../../src/bin/chat-server.ts";
const program = new URL(file, import.meta.url).pathname;

/** Hashing a password takes 8 MiB and two passes in a real server; here it would be most of the time. */
const QUICK = ["--password-memory", "64K"];

export interface TestServer {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Its folder of files. */
  readonly uploads: string;
  /** What it has logged so far. */
  log(): string;
  connect(options?: Partial<ClientOptions>): Promise<ChatClient>;
  /** Resolves with the exit code, or the signal that ended it. */
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** SIGTERM, and its folder removed unless it was given. */
  stop(): Promise<void>;
}

/** @param options of chat-server; the port is any, data and uploads are in a new folder, unless they are named. */
export async function startServer(options: readonly string[] = []): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  const named = options.indexOf("--uploads");
  const uploads = named < 0 ? join(folder, "uploads") : resolve(folder, options[named + 1] as string);
  const places = [
    ...(options.includes("--data") || options.includes("--memory") ? [] : ["--data", join(folder, "data")]),
    ...(named < 0 ? ["--uploads", uploads] : []),
  ];
  const port = options.includes("--port") ? [] : ["--port", "0"];
  const args = [program, ...port, ...QUICK, ...places, ...options];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: cleanEnv() });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
  });
  const place = await listening(child, exited, () => log);
  const kill = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    return exited;
  };
  return {
    ...place,
    pid: child.pid as number,
    uploads,
    log: () => log,
    connect: (more = {}) => ChatClient.connect({ ...place, ...more }),
    kill,
    async stop() {
      await kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The test's own environment without CHAT_… settings. */
export function cleanEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("CHAT_")));
}

function listening(
  child: ChildProcess,
  exited: Promise<unknown>,
  log: () => string,
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const match = /^listening on (\S+):(\d+) /m.exec(output);
      if (match) resolve({ host: match[1] as string, port: Number(match[2]) });
    });
    void exited.then((code) => reject(new Error(`chat-server ended with ${code} before it listened: ${log()}`)));
  });
}
