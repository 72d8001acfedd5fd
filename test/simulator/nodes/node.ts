/** A node of the simulator: a server on the store that it shares with others. What it had is gone when it crashes. */
import { type Assembled, assemble } from "../../../src/bin/assemble.ts";
import { uploadsOf } from "../../../src/bin/folders.ts";
import { serverSettings } from "../../../src/bin/server.ts";
import type { NodeHooks, openLog } from "../../../src/bin/store.ts";
import { Uploads } from "../../../src/contents/uploads.ts";
import { knownContents } from "../../../src/operations/files/retention.ts";
import type { State } from "../../../src/state/state.ts";
import { Chance } from "../chance.ts";
import { Machine } from "../machine.ts";
import type { Network } from "../network.ts";
import { NodeLog } from "./node-log.ts";
import { closeOrphans } from "./orphans.ts";
import type { Store } from "./store.ts";

/** In ms, until one that does not start is started again. */
const AGAIN_MS = 300;

/** What a node is started with. */
export interface NodeOptions {
  readonly seed: number;
  /** Options of chat-server. */
  readonly args: readonly string[];
  readonly network: Network;
  readonly store: Store;
  /** How far its clock is ahead, in ms. */
  readonly drift: number;
  readonly trace: (line: string) => void;
  /** A new folder for a copy of the store in SQLite; the copy is in memory if it is left out. */
  readonly folder?: () => string;
  /** The folder of files that all nodes share; each has its own if it is left out. */
  readonly files?: string;
}

export class Node {
  readonly name: string;
  /** What it did that cannot be right. */
  readonly wrong: string[] = [];
  readonly #options: NodeOptions;
  #machine: Machine | undefined;
  #log: NodeLog | undefined;
  #running: Assembled | undefined;
  #starts = 0;

  constructor(name: string, options: NodeOptions) {
    this.name = name;
    this.#options = options;
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts;
  }

  /** Undefined while it does not run. */
  get model(): State | undefined {
    return this.#running?.services.model;
  }

  /** As of `model`. */
  get running(): Assembled | undefined {
    return this.#running;
  }

  get log(): NodeLog | undefined {
    return this.#log;
  }

  /** The name of the program that runs; undefined for none. */
  get program(): string | undefined {
    return this.#machine?.program;
  }

  async start(): Promise<void> {
    const { seed, args, network, store, drift, trace, folder, files: shared } = this.#options;
    const program = `${this.name}.${++this.#starts}`;
    const machine = new Machine(
      program,
      network,
      new Chance(seed, 500 + this.#starts + 100 * Number(this.name.slice(1))),
    );
    machine.drift = drift;
    this.#machine = machine;
    const settings = await serverSettings(args, {});
    if (!settings) throw new Error("no settings");
    const open = (async (_settings: unknown, hooks: NodeHooks) => {
      this.#log = new NodeLog(store, machine, hooks, folder?.());
      return { log: this.#log, node: this.#log };
    }) as unknown as typeof openLog;
    const files: typeof uploadsOf = (options, model, leases, world) => {
      if (shared === undefined || !leases) return uploadsOf(options, model, leases, world);
      const id = Buffer.from(model.messages.salt).toString("hex");
      return Uploads.shared(shared, id, knownContents({ model }), leases, world);
    };
    const write = (line: string): void => {
      trace(`${program} log ${line.trimEnd()}`);
      if (/ fault /.test(line)) this.wrong.push(line);
    };
    try {
      const running = await assemble(settings, { write, open, files, world: machine });
      if (this.#machine === machine) this.#running = running;
    } catch (error) {
      trace(`${program} does not start: ${(error as Error).message}`);
      if (this.#machine !== machine) return;
      this.crash();
      network.schedule.after(AGAIN_MS, () => void this.start());
    }
  }

  crash(): void {
    const { network } = this.#options;
    if (this.program !== undefined) network.thaw(this.program);
    this.#machine?.die();
    if (this.#running) closeOrphans(this.#running);
    this.wrong.push(...(this.#log?.wrong ?? []));
    this.#log?.close();
    this.#machine = undefined;
    this.#log = undefined;
    this.#running = undefined;
  }
}
