/** A realm of the simulator: a disk that stays, and a server on it that may die and come back. */
import { join } from "node:path";
import { type Assembled, assemble } from "../../src/bin/assemble.ts";
import { serverSettings } from "../../src/bin/server.ts";
import type { ServerSettings } from "../../src/bin/server-options.ts";
import type { State } from "../../src/state/state.ts";
import type { Chance } from "./chance.ts";
import { Disk } from "./disk.ts";
import { writeKey } from "./key.ts";
import { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Cast } from "./play.ts";

export const nameOf = (realm: number): string => "abc"[realm] as string;
export const portOf = (realm: number): number => 9000 + realm;

export class House {
  readonly realm: number;
  readonly disk: Disk;
  /** Faults that its server has logged. */
  readonly faults: string[] = [];
  /** Chances that a commit fails; and how long, in ms, one may take. */
  failing = 0;
  slow = 0;
  drift = 0;
  readonly #network: Network;
  readonly #chance: Chance;
  readonly #settings: ServerSettings;
  readonly #trace: (line: string) => void;
  #machine: Machine | undefined;
  #running: Assembled | undefined;
  #starts = 0;

  /** @param folder where its key is, and where files would be */
  static async of(
    realm: number,
    { realms, mutual }: Cast,
    folder: string,
    network: Network,
    chance: Chance,
    trace: (line: string) => void,
  ): Promise<House> {
    const name = nameOf(realm);
    const path = join(folder, `${name}.key`);
    writeKey(path, chance);
    const others = Array.from({ length: realms }, (_, other) => other).filter((other) => other !== realm);
    // Those that are not told of are met when they call.
    const peers = others
      .filter((other) => mutual || other < realm)
      .flatMap((other) => ["--peer", `${nameOf(other)}=127.0.0.1:${portOf(other)}`]);
    // What is encrypted is never the same twice, and a play must be.
    const plain = others.flatMap((other) => ["--plain-links", nameOf(other)]);
    const args = ["--memory", "--realm", name, "--host", "127.0.0.1", "--port", String(portOf(realm))];
    const files = ["--uploads", join(folder, name), "--realm-key", path, "--login-timeout", "1d"];
    const settings = await serverSettings([...args, ...files, ...peers, ...plain], {});
    if (!settings) throw new Error("no settings");
    return new House(realm, settings, network, chance, trace);
  }

  private constructor(
    realm: number,
    settings: ServerSettings,
    network: Network,
    chance: Chance,
    trace: (line: string) => void,
  ) {
    this.realm = realm;
    this.disk = new Disk(chance.bytes(16));
    this.#settings = settings;
    this.#network = network;
    this.#chance = chance;
    this.#trace = trace;
  }

  /** What there is in its server's memory; undefined while there is none. */
  get model(): State | undefined {
    return this.#running?.services.model;
  }

  async start(): Promise<void> {
    const machine = new Machine(`${nameOf(this.realm)}${++this.#starts}`, this.#network, this.#chance);
    machine.drift = this.drift;
    this.#machine = machine;
    const next = (): { is: "kept" | "failed"; ms: number } => ({
      is: this.#chance.isIn(this.failing) ? "failed" : "kept",
      ms: this.slow > 0 ? this.#chance.below(this.slow) : 0,
    });
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void machine.after(ms, resolve));
    const write = (line: string): void => {
      this.#trace(`${machine.program} log ${line.trimEnd()}`);
      if (/ (fault|realm-refused) /.test(line)) this.faults.push(line);
    };
    try {
      const running = await assemble(this.#settings, {
        write,
        through: () => this.disk.log(next, wait),
        world: machine,
      });
      if (this.#machine === machine) this.#running = running;
    } catch (error) {
      // A disk that fails at the start: its owner tries again.
      this.#trace(`${machine.program} does not start: ${(error as Error).message}`);
      machine.die();
      if (this.#machine === machine) this.#network.schedule.after(100, () => void this.start());
    }
  }

  /** @param kept what it had asked its disk for last is there afterwards */
  crash(kept: boolean): void {
    this.#machine?.die();
    this.#machine = undefined;
    this.#running = undefined;
    this.disk.die(kept);
  }

  get isDown(): boolean {
    return this.#machine === undefined;
  }

  jump(ms: number): void {
    this.drift += ms;
    if (this.#machine) this.#machine.drift = this.drift;
  }
}
