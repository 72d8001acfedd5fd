/** The process that makes the index and searches it (indexer.ts): started, given orders, and ended. */
import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import type { Answer, Order } from "./orders.ts";

/** Beside this file, compiled as this one is. */
const program = new URL(`indexer${extname(import.meta.filename)}`, import.meta.url);

/**
 * It makes much garbage: by default V8 keeps room for 16 MB of young one three times over, and for old one as much as three times
 * what is in use. With this it has half as much memory, and is as fast.
 */
const FLAGS = ["--max-semi-space-size=2", "--heap-growing-percent=50"];

/** How long, in ms, it may take to end before it is killed. */
const END_MS = 3000;

export interface IndexerListener {
  onAnswer(answer: Answer): void;
  /** It has ended, or could not be run. @param reason undefined where none is known */
  onGone(reason: string | undefined): void;
}

export class IndexerProcess {
  readonly #child: ChildProcess;

  /** Starts it. It does not keep this process alive. @throws Error where the system has no room for another process */
  constructor(listener: IndexerListener) {
    const child = fork(program, {
      execArgv: FLAGS,
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    child.on("message", (answer: Answer) => listener.onAnswer(answer));
    child.once("exit", () => listener.onGone(undefined));
    child.on("error", (error) => listener.onGone(error.message));
    child.unref();
    child.channel?.unref();
    this.#child = child;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(order: Order): void {
    // If this fails, the process has ended, and `exit` tells so.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Ends it. Resolves when it has ended. */
  async end(): Promise<void> {
    const child = this.#child;
    if (!child.connected) return;
    const ended = Promise.withResolvers<void>();
    const slow = setTimeout(() => child.kill("SIGKILL"), END_MS);
    child.once("exit", () => {
      clearTimeout(slow);
      ended.resolve();
    });
    child.ref();
    child.disconnect();
    await ended.promise;
  }
}
