/**
 * Makes backups of a running server, in a process of its own, so that chat goes on. Contents that the database names at that
 * moment stay on disk until they are copied, even if they are deleted meanwhile. Implements the port `Backups` of the operations.
 */
import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import { clear, type Target, targetAt } from "./folder.ts";
import type { Answer, Made, Order } from "./orders.ts";

/** Beside this file, compiled as this one is. */
const program = new URL(`copier${extname(import.meta.filename)}`, import.meta.url);

export interface BackupOptions extends Omit<Order, "target"> {
  /** Stops the removal of files' contents that the database names until the returned function is called. @throws Error in one line */
  hold(): Promise<() => void>;
  onMade(made: Made, folder: string): void;
  onFailed(reason: string, folder: string): void;
}

export class Backups {
  readonly #options: BackupOptions;
  #child: ChildProcess | undefined;
  #running: Promise<unknown> | undefined;
  #closed = false;

  constructor(options: BackupOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Begins a backup; not while `isRunning`. @param folder absolute. @returns why nothing can be made there, in one line; or
   * `made`, which rejects if it failed: then nothing of it stays
   */
  begin(folder: string): { made: Promise<Made> } | string {
    let target: Target;
    try {
      target = targetAt(folder);
    } catch (error) {
      return (error as Error).message;
    }
    const { hold, onMade, onFailed, ...order } = this.#options;
    const made = this.#make({ ...order, target }, hold).finally(() => {
      this.#running = undefined;
    });
    this.#running = made.then(
      (all) => onMade(all, folder),
      (error: Error) => onFailed(error.message, folder),
    );
    return { made };
  }

  /** Ends a backup that is under way; nothing of it stays. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#child?.kill("SIGKILL");
    await this.#running;
  }

  async #make(order: Order, hold: BackupOptions["hold"]): Promise<Made> {
    let release: (() => void) | undefined;
    try {
      release = await hold();
      const answer = this.#closed ? undefined : await this.#answer(order).finally(() => (this.#child = undefined));
      if (answer?.is === "made") return answer.made;
      throw new Error(answer?.reason ?? "the process that makes it has ended");
    } catch (error) {
      clear(order.target);
      throw error;
    } finally {
      release?.();
    }
  }

  /** @returns undefined if the process has ended without an answer. @throws Error if it could not be started */
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
