/**
 * `npm run nodes -- 3`: a real PostgreSQL in a temporary folder, so many nodes and a small balancer before them, to try what becomes
 * of people when one of them dies. Ctrl-C ends all of it, and leaves nothing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Balancer } from "../support/balancer.ts";
import { startEngine } from "../support/engine.ts";
import { freePort } from "../support/free-port.ts";
import { chatServer, nodeFlags } from "../support/server.ts";
import { Watchdog } from "../support/watchdog.ts";

const MOST = 16;
const FIRST_PORT = 8889;

/** After so many ms one that has died is started again. */
const PAUSE_MS = 5000;

const [given = "3"] = process.argv.slice(2);
const count = /^\d+$/.test(given) ? Number(given) : 0;
if (count < 1 || count > MOST) {
  console.error(`usage: npm run nodes -- N, from 1 to ${MOST}`);
  process.exit(64);
}

/** A node that is started again when it has died. */
class Node {
  readonly place: { readonly host: string; readonly port: number };
  readonly #name: string;
  readonly #args: readonly string[];
  readonly #log: string;
  readonly #watchdog: Watchdog;
  #child: ChildProcess | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #isEnding = false;

  constructor(n: number, port: number, folder: string, options: readonly string[]) {
    this.#name = `node ${n}`;
    this.place = { host: "127.0.0.1", port };
    const own = join(folder, `node-${n}`);
    mkdirSync(own);
    this.#log = join(folder, `node-${n}.log`);
    this.#args = [...options, "--host", this.place.host, "--port", String(port), "--data", own];
    this.#watchdog = new Watchdog(own);
  }

  /** Resolves once it listens, or has ended instead. */
  async start(): Promise<void> {
    // In a session of its own: Ctrl-C in a terminal is not meant for it, it is told in its turn.
    const child = spawn(process.execPath, [...nodeFlags, chatServer, ...this.#args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#watchdog.guard(child.pid);
    child.stderr.pipe(createWriteStream(this.#log, { flags: "a" }));
    const exited = once(child, "exit") as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
    this.#exited = exited.then(([code, signal]) => this.#ended(signal ?? `exit code ${code}`));
    await Promise.race([once(child.stdout, "data"), exited]);
    if (child.exitCode === null && child.signalCode === null) {
      console.log(`${this.#name}: pid ${child.pid}, ${this.place.host}:${this.place.port}, its log is ${this.#log}`);
    }
  }

  /** In order. */
  async end(): Promise<void> {
    this.#isEnding = true;
    // One that was stopped does not hear it.
    this.#child?.kill("SIGCONT");
    this.#child?.kill("SIGTERM");
    await this.#exited;
    await this.#watchdog.dismiss();
  }

  #ended(how: string): void {
    this.#watchdog.guard(undefined);
    if (this.#isEnding) return;
    console.log(`${this.#name} has died (${how}); it is started again in ${PAUSE_MS / 1000} s`);
    setTimeout(() => {
      if (!this.#isEnding) void this.start();
    }, PAUSE_MS);
  }
}

async function balancerBefore(places: readonly Node["place"][]): Promise<Balancer> {
  for (let port = FIRST_PORT; ; port++) {
    try {
      return await Balancer.before(places, { port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
}

// For good: npm passes on a Ctrl-C that the terminal has sent too.
const told = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
});
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "obrol-test-compile-cache");
const engine = await startEngine();
const folder = mkdtempSync(join(tmpdir(), "obrol-nodes-"));
const options = ["--store", engine.url, "--uploads", join(folder, "uploads"), "--realm", "kota"];
const nodes: Node[] = [];
let balancer: Balancer | undefined;
try {
  for (let n = 1; n <= count; n++) {
    const node = new Node(n, await freePort(), folder, options);
    nodes.push(node);
    await node.start();
  }
  balancer = await balancerBefore(nodes.map(({ place }) => place));
  const { host, port } = balancer;
  console.log(`
The balancer listens on ${host}:${port}: each connection goes to the next node. In other terminals:

  npx chat-client --host ${host} --port ${port} -u alice     # registers, if the name is free
  nc ${host} ${port}                                         # register bob rahasia Bob indonesia, and an empty line
  npx chat-server nodes --store ${engine.url}
  kill -9 PID                                               # a node: whoever was on it is on another in a moment
  kill -STOP PID; kill -CONT PID                            # it stands still; the others go on

Ctrl-C ends all.`);
  await told;
} finally {
  balancer?.close();
  await Promise.all(nodes.map((node) => node.end()));
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
