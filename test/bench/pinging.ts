/** Somebody else who only asks if the server is there, again and again, while others keep it busy. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Said } from "./servers.ts";

/** What the thread is told. */
export interface Pings {
  readonly port: number;
  readonly enter: Said;
  readonly ping: Said;
}

export class Pinging {
  readonly #thread: Worker;

  /** Logs in and begins, in a thread of its own: what the load takes here is not what the server does. */
  static async begin(port: number, { enter, ping }: Omit<Pings, "port">): Promise<Pinging> {
    const workerData: Pings = { port, enter, ping };
    const thread = new Worker(new URL("pinger.ts", import.meta.url), { workerData });
    await once(thread, "message");
    return new Pinging(thread);
  }

  private constructor(thread: Worker) {
    this.#thread = thread;
  }

  /** @returns how long each took, ms; one that has no answer yet, so far */
  async end(): Promise<readonly number[]> {
    const told = once(this.#thread, "message");
    this.#thread.postMessage("end");
    const [times] = (await told) as [readonly number[]];
    await this.#thread.terminate();
    return times;
  }
}
