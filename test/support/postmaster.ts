/** A running PostgreSQL: its first process, and those that it has started. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { childrenOf, isGone, isStopped } from "./process-children.ts";
import type { User } from "./unprivileged.ts";
import { until } from "./until.ts";

/** What is run, by whom, on which folder of data. */
export interface Place {
  readonly programs: string;
  readonly user: User | undefined;
  readonly data: string;
}

/** What an error tells of the log, from its end. */
const LOG_CHARACTERS = 10_000;

export class Postmaster {
  /** Resolves once it accepts connections; rejects with what it has logged if it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  readonly #child: ChildProcessByStdio<null, null, Readable>;

  /** @param say takes what it logs */
  constructor({ programs, user, data }: Place, say: (text: string) => void) {
    const child = spawn(join(programs, "postgres"), ["-D", data], {
      ...user,
      cwd: data,
      // In a session of its own: Ctrl-C in a terminal is not meant for it.
      detached: true,
      env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let log = "";
    this.#child = child;
    this.exited = new Promise((resolve) => child.once("close", () => resolve()));
    this.ready = new Promise((resolve, reject) => {
      child.stderr.on("data", (chunk: Buffer) => {
        const text = chunk.toString();
        log = `${log}${text}`.slice(-LOG_CHARACTERS);
        say(text);
        if (log.includes("database system is ready to accept")) resolve();
      });
      child.once("error", reject);
      child.once("close", () => reject(new Error(`PostgreSQL has ended before it was ready: ${log}`)));
    });
    this.ready.catch(() => {});
  }

  /** 0: it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** None of its processes does anything until it is thawed; the system still accepts connections in its name. */
  async freeze(): Promise<void> {
    for (const pid of await this.#held()) signal(pid, "SIGSTOP");
  }

  thaw(): void {
    for (const pid of [...childrenOf(this.pid), this.pid]) signal(pid, "SIGCONT");
  }

  /** All at once and without a word, as when a machine loses its power, but for what the system has not written to its disk. */
  async kill(): Promise<void> {
    const children = await this.#held();
    for (const pid of [...children, this.pid]) signal(pid, "SIGKILL");
    await this.exited;
    // Until the last of them is gone another one does not start on the same data.
    await until("all of PostgreSQL's processes are gone", () => children.every(isGone));
  }

  /** By SIGINT: it ends its sessions and writes all to its disk. By SIGQUIT: it only tidies up. */
  async end(signal: "SIGINT" | "SIGQUIT"): Promise<void> {
    this.thaw();
    this.#child.kill(signal);
    await this.exited;
  }

  /** Stops it, so that there will be no more of them. @returns the others, which still run */
  async #held(): Promise<readonly number[]> {
    signal(this.pid, "SIGSTOP");
    await until("PostgreSQL's first process is stopped", () => isStopped(this.pid));
    return childrenOf(this.pid);
  }
}

/** To one that may have ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
