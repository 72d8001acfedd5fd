/** A real chat-server on a free port: in the test's own process, or as one of its own, ended by its own process id. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { assemble, type Surrounding } from "../../src/bin/assemble.ts";
import { serverSettings } from "../../src/bin/server.ts";
import { Wire } from "../../src/connection/wire.ts";
import type { WireOptions } from "../../src/connection/wire-options.ts";
import type { OutputBudget } from "../../src/server/output-budget.ts";
import type { World } from "../../src/world/world.ts";
import { newServersStore } from "./new-store.ts";
import { BUNDLED, program } from "./programs.ts";
import { slowLog } from "./slow-log.ts";
import { type Passing, Time } from "./time.ts";
import { Watchdog } from "./watchdog.ts";

/** One whose log takes its time, where the tests are run so: vitest.config.ts. */
const slow = process.env["OBROL_TEST_LOG"] === "slow";
const staged = program("staged-server");
export const chatServer = slow ? staged : program("chat-server");

/** How much garbage there may be, as launch.sh has it. */
export const heapFlags = ["--max-semi-space-size=16", "--heap-growing-percent=50", "--expose-gc"];

/** As launch.sh has them. */
export const nodeFlags = ["--disable-sigusr1", ...heapFlags];

/**
 * Of these, those of every server here. What Node has compiled of itself counts only for a V8 without flags of its own: in a run
 * of tests, which starts hundreds, a server has the others only where its memory is looked at, for with them a start takes a
 * fifth more.
 */
const flagsHere = process.env[BUNDLED] === undefined ? nodeFlags : ["--disable-sigusr1"];

/** Hashing a password takes 8 MiB and two passes in a real server; here it would be most of the time. */
const QUICK = ["--password-memory", "64K"];

export interface TestServer extends Passing {
  readonly host: string;
  readonly port: number;
  /** Its folder of files. */
  readonly uploads: string;
  /** Its control socket, unless options have put it elsewhere. */
  readonly control: string;
  /** What it has logged so far. */
  log(): string;
  connect(options?: Partial<WireOptions>): Promise<Wire>;
  /** Ends it in order; what it has kept stays. */
  end(): Promise<void>;
  /** Ends it, and removes its folder. */
  stop(): Promise<void>;
}

/** In the test's process: one may look inside. */
export interface LocalServer extends TestServer {
  /** What its connections have to say that is not read. */
  readonly waiting: OutputBudget;
}

/** In a process of its own: for what only a process can go through. */
export interface ServerProcess extends TestServer {
  readonly pid: number;
  /** Resolves with the exit code, or the signal that ended it. */
  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** What says that there is no database of its own. */
const ELSEWHERE = ["--memory", "--store", "--store-file", "--config"];

/** Where a server is, and what it is started with. */
interface Place {
  readonly folder: string;
  readonly uploads: string;
  readonly control: string;
  readonly args: readonly string[];
}

/**
 * A free port, and data and uploads in a new folder, unless the options name them. Where it keeps its data itself, it finds a
 * database that nobody has used.
 */
function placeOf(options: readonly string[]): Place {
  const folder = mkdtempSync(join(tmpdir(), "obrol-test-"));
  const data = options[options.indexOf("--data") + 1 || Number.NaN] ?? join(folder, "data");
  if (!ELSEWHERE.some((one) => options.includes(one)) && !existsSync(data)) newServersStore(data);
  const named = options.indexOf("--uploads");
  const uploads = named < 0 ? join(folder, "uploads") : resolve(folder, options[named + 1] as string);
  const places = [
    ...(options.includes("--data") || options.includes("--memory") ? [] : ["--data", data]),
    ...(named < 0 ? ["--uploads", uploads] : []),
  ];
  const port = options.includes("--port") ? [] : ["--port", "0"];
  const quick = options.includes("--password-memory") ? [] : QUICK;
  return { folder, uploads, control: join(data, "control.sock"), args: [...port, ...quick, ...places, ...options] };
}

/**
 * A server in this process.
 * @param options of chat-server; paths among them are absolute
 * @param through what keeps the changes, made from the log that the options name
 * @param world what it takes from around it; the machine's own unless given, with time that may pass; `standing`: with clocks that
 * stand still unless it does
 */
export async function startServer(
  options: readonly string[] = [],
  through: Surrounding["through"] = slow ? (log) => slowLog(log, 10) : undefined,
  world?: World | "standing",
): Promise<LocalServer> {
  const { folder, uploads, control, args } = placeOf(options);
  const settings = await serverSettings(args, cleanEnv());
  if (!settings) throw new Error("options that only print something start no server");
  let log = "";
  const time = new Time();
  const write = (line: string): void => {
    log += line;
  };
  const around = world === "standing" ? time.standing : (world ?? time.world);
  const server = await assemble(settings, { write, through, world: around }).catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const place = { host: server.address, port: server.port };
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => (ended ??= server.close().finally(() => removeEmpty(folder)));
  return {
    ...place,
    uploads,
    control,
    log: () => log,
    pass: (ms) => time.pass(ms),
    waiting: server.waiting,
    connect: (more = {}) => Wire.connect({ ...place, ...more }),
    end,
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A server as a process of its own. @param options of chat-server. @param passes whether its time can be let pass
 * @param flags of Node, beside those that it has anyway
 */
export async function startProcess(
  options: readonly string[] = [],
  passes = false,
  flags: readonly string[] = [],
): Promise<ServerProcess> {
  const { folder, uploads, control, args } = placeOf(options);
  const child: ChildProcess = spawn(process.execPath, [...flagsHere, ...flags, passes ? staged : chatServer, ...args], {
    cwd: folder,
    stdio: passes ? ["ignore", "pipe", "pipe", "ipc"] : ["ignore", "pipe", "pipe"],
    env: cleanEnv(),
  });
  child.channel?.unref();
  const watchdog = new Watchdog(folder);
  watchdog.guard(child.pid);
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    // And all that it has logged is here.
    child.once("close", (code, signal) => {
      void watchdog.dismiss();
      removeEmpty(folder);
      resolve(code ?? signal ?? 1);
    });
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
    control,
    log: () => log,
    pass: (ms) => void (child.connected && child.send(ms)),
    connect: (more = {}) => Wire.connect({ ...place, ...more }),
    kill,
    async end() {
      await kill("SIGTERM");
    },
    async stop() {
      await kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whose data and uploads are elsewhere has left nothing in it. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // There is something in it.
  }
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
