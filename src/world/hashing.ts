/**
 * Argon2 in a process of its own. In the server's process it would take the threads that read and write files, and its memory
 * would stay with the allocator. The process is started for a hash, and ended when there was none for some time: then the system
 * has all of its memory back.
 */
import { type ChildProcess, fork } from "node:child_process";
import { type Argon2Parameters, argon2 } from "node:crypto";
import { extname } from "node:path";
import { promisify } from "node:util";

/** Beside this file, compiled as this one is. */
const program = new URL(`hasher${extname(import.meta.filename)}`, import.meta.url);

/** Hashes that are computed at the same time. */
export const MOST_HASHES = 2;

/** How long, in ms, the process stays without work. It takes 90 MB; starting it takes 50 ms. */
const IDLE_MS = 3000;

/** A hash during which this many processes have ended is computed in this process. */
const MOST_DEATHS = 2;

/** A hash below this many KiB, over all passes, is computed sooner than another process is asked. */
const SMALL = 4096;

/** Argon2id in this process. */
const here = promisify(argon2).bind(undefined, "argon2id");

interface Job {
  readonly parameters: Argon2Parameters;
  readonly resolve: (hash: Buffer) => void;
  readonly reject: (error: Error) => void;
  /** Processes that have ended before they computed it. */
  deaths: number;
}

/** What the process answers. */
interface Answer {
  readonly number: number;
  readonly hash?: Uint8Array;
  readonly error?: string;
}

export class Hashing {
  #child: ChildProcess | undefined;
  readonly #jobs = new Map<number, Job>();
  #last = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #idleMs: number;

  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs;
  }

  /** The id of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Argon2id (RFC 9106). If the process ends meanwhile, the hash is computed again. @throws Error for parameters that are not allowed */
  compute(parameters: Argon2Parameters): Promise<Buffer> {
    if (parameters.memory * parameters.passes < SMALL) return here(parameters);
    return new Promise((resolve, reject) => {
      const number = ++this.#last;
      const job = { parameters, resolve, reject, deaths: 0 };
      this.#jobs.set(number, job);
      this.#ask(number, job);
      this.#resetIdle();
    });
  }

  #ask(number: number, job: Job): void {
    this.#child ??= this.#start();
    if (this.#child?.connected) {
      // If this fails, the process has ended, and `exit` tells so.
      this.#child.send({ number, parameters: job.parameters }, () => {});
    } else {
      this.#computeHere(number, job);
    }
  }

  #computeHere(number: number, { parameters, resolve, reject }: Job): void {
    this.#jobs.delete(number);
    here(parameters).then(resolve, reject);
  }

  /** @returns undefined where the system has no room for another process */
  #start(): ChildProcess | undefined {
    try {
      const child = fork(program, {
        execArgv: [],
        env: { ...process.env, UV_THREADPOOL_SIZE: String(MOST_HASHES) },
        serialization: "advanced",
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      child.on("message", (answer: Answer) => this.#settle(answer));
      child.once("exit", () => this.#gone(child));
      child.on("error", () => this.#gone(child));
      return child;
    } catch {
      return undefined;
    }
  }

  #settle({ number, hash, error }: Answer): void {
    const job = this.#jobs.get(number);
    this.#jobs.delete(number);
    if (hash) job?.resolve(Buffer.from(hash));
    else job?.reject(new Error(error));
    this.#resetIdle();
  }

  /** The process has ended, or could not be started. */
  #gone(child: ChildProcess): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    for (const [number, job] of this.#jobs) {
      if (++job.deaths < MOST_DEATHS) this.#ask(number, job);
      else this.#computeHere(number, job);
    }
    this.#resetIdle();
  }

  /** Lets the process keep the program running only while it has work, and ends it when it has been idle. */
  #resetIdle(): void {
    const how = this.#jobs.size > 0 ? "ref" : "unref";
    this.#child?.[how]();
    this.#child?.channel?.[how]();
    clearTimeout(this.#idle);
    if (this.#jobs.size === 0) this.#idle = setTimeout(() => this.#end(), this.#idleMs).unref();
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    if (child?.connected) child.disconnect();
  }
}
