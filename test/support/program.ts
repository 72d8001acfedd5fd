/** chat-server run as a person runs it: any arguments, environment and folder, nothing added but what is given. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { assemble } from "../../src/bin/assemble.ts";
import { serverSettings } from "../../src/bin/server.ts";
import { Wire } from "../../src/connection/wire.ts";
import { enterFolder } from "./folder.ts";
import { chatServer, cleanEnv } from "./server.ts";
import { until } from "./until.ts";
import { Watchdog } from "./watchdog.ts";

/** A cheap password hash: a real one takes most of a test's time. */
export const QUICK = ["--password-memory", "64K"] as const;

export interface Surroundings {
  /** The folder it runs in. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node itself. */
  readonly node?: readonly string[];
}

export interface Ended {
  /** null: it did not end by itself. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Launched {
  readonly pid: number;
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  connect(): Promise<Wire>;
  readonly host: string;
  readonly port: number;
  /** Whoever reads what it prints goes away. */
  leave(): void;
  /** Resolves with the exit code once it has ended by this signal. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
  readonly out: { stdout: string; stderr: string };
}

/** Runs it to its end, which must come by itself: one that starts to listen is killed. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<Ended> {
  const { child, ended, out } = start(args, surroundings);
  child.stdout.on("data", () => {
    if (out.stdout.includes("listening on")) child.kill("SIGKILL");
  });
  return ended;
}

/** What keeps it from starting, within this process. @throws what the program says in one line */
export async function startHere(
  args: readonly string[],
  { folder, env = {} }: Pick<Surroundings, "folder" | "env">,
): Promise<void> {
  enterFolder(folder);
  const given = await serverSettings(args, { ...cleanEnv(), ...env });
  if (given) await (await assemble(given, { write() {} })).close();
}

/** Starts it, and leaves open what becomes of it; ended with the test. */
export function begin(
  args: readonly string[],
  surroundings: Surroundings,
): { readonly ended: Promise<Ended>; readonly stderr: () => string; kill(signal: NodeJS.Signals): void } {
  const { child, ended, out } = start(args, surroundings);
  return { ended, stderr: () => out.stderr, kill: (signal) => void child.kill(signal) };
}

/** Starts it and waits until it listens; ended with the test. */
export async function launch(args: readonly string[], surroundings: Surroundings): Promise<Launched> {
  const { child, ended, out } = start(args, surroundings);
  let over = false;
  void ended.then(() => (over = true));
  const [, host, port] = await until("chat-server listens", () => {
    if (over) throw new Error(`chat-server ended before it listened: ${out.stderr}`);
    return /^listening on (\S+):(\d+)\b.*\n/m.exec(out.stdout) ?? undefined;
  });
  const place = { host: host as string, port: Number(port) };
  return {
    ...place,
    pid: child.pid as number,
    get stdout() {
      return out.stdout;
    },
    get stderr() {
      return out.stderr;
    },
    connect: () => Wire.connect(place),
    leave() {
      child.stdout.destroy();
      child.stderr.destroy();
    },
    async end(signal = "SIGTERM") {
      child.kill(signal);
      return (await ended).code;
    },
  };
}

function start(args: readonly string[], { folder, env = {}, node = [] }: Surroundings): Running {
  const child = spawn(process.execPath, [...node, chatServer, ...args], {
    cwd: folder,
    env: { ...cleanEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const watchdog = new Watchdog(folder);
  watchdog.guard(child.pid);
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (out.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (out.stderr += chunk.toString()));
  child.once("exit", () => void watchdog.dismiss());
  const ended = once(child, "close").then(([code]) => ({ ...out, code: code as number | null }));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return { child, ended, out };
}
