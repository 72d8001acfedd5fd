/**
 * Backups of a server that runs, made by a process of its own: chat goes on. What the database names at its moment stays on disk until
 * it is copied, also if it is deleted meanwhile. Implements the port `Backups` of the operations.
 */
import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { clear, type Target, targetAt } from "./folder.ts";
import type { Answer, Made, Order } from "./orders.ts";

/** Beside this file, compiled as this one is. */
const program = new URL(`copier${extname(import.meta.filename)}`, import.meta.url);

export interface BackupOptions extends Omit<Order, "target"> {
  /** From now on no file's content is removed, until what it returns is called. */
  hold(): () => void;
  onMade(made: Made, folder: string): void;
  onFailed(reason: string, folder: string): void;
}

export class Backups {
  readonly #options: BackupOptions;
  #child: ChildProcess | undefined;
  #running: Promise<unknown> | undefined;

  constructor(options: BackupOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** @param folder absolute. @returns why nothing can be made there, in one line */
  begin(folder: string): { made: Promise<Made> } | string {
    let target: Target;
    try {
      target = targetAt(folder);
    } catch (error) {
      return (error as Error).message;
    }
    const { hold, onMade, onFailed, ...order } = this.#options;
    const release = hold();
    const made = this.#make({ ...order, target }).finally(() => {
      this.#running = undefined;
      release();
    });
    this.#running = made.then(
      (all) => onMade(all, folder),
      (error: Error) => onFailed(error.message, folder),
    );
    return { made };
  }

  /** Ends one that is under way; nothing stays of it. */
  async close(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#running;
  }

  async #make(order: Order): Promise<Made> {
    const answer = await this.#answer(order).finally(() => (this.#child = undefined));
    if (answer?.is === "made") return answer.made;
    clear(order.target);
    throw new Error(answer?.reason ?? "the process that makes it has ended");
  }

  /** @returns undefined for a process that has ended without one. @throws Error where there can be no process */
  #answer(order: Order): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      let answer: Answer | undefined;
      const child = fork(program, {
        execArgv: [],
        serialization: "advanced",
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      this.#child = child;
      child.once("message", (given: Answer) => (answer = given));
      child.once("error", reject);
      child.once("exit", () => resolve(answer));
      child.send(order, () => {});
    });
  }
}
