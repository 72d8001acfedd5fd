/** A machine of the simulator: the world that a program on it sees. Dead, it does nothing more. */
import { hash } from "node:crypto";
import { v4 as uuidv4 } from "uuid";
import type { Timer, World } from "../../src/world/world.ts";
import type { Chance } from "./chance.ts";
import type { Network } from "./network.ts";
import type { Plan } from "./schedule.ts";

const EPOCH = Date.UTC(2026, 0, 2, 3, 4, 5);

export class Machine implements World {
  /** Of one run of a program: another one has another name. */
  readonly program: string;
  /** How far, in ms, its clock is ahead. */
  drift = 0;
  readonly #network: Network;
  readonly #chance: Chance;
  #dead = false;

  constructor(program: string, network: Network, chance: Chance) {
    this.program = program;
    this.#network = network;
    this.#chance = chance;
  }

  readonly now = (): number => {
    const { now, skipped } = this.#network.schedule;
    return EPOCH + Math.floor(now) + skipped + this.drift;
  };
  readonly elapsed = (): number => this.#network.schedule.now;
  readonly random = (): number => this.#chance.random();
  readonly randomBytes = (size: number): Buffer => this.#chance.bytes(size);
  /** It has no TLS, and its servers tell each other what becomes of messages all the same. */
  readonly isPrivate = true;
  readonly uuid = (): string => uuidv4({ random: this.#chance.bytes(16) });

  after(ms: number, then: () => void): Timer {
    // One that was due while the program was frozen can still be cancelled.
    let isOver = false;
    const run = this.#alive(() => {
      if (!isOver) then();
    });
    const plan = this.#network.schedule.after(ms, run);
    const timer = {
      cancel() {
        isOver = true;
        plan.cancel();
      },
      unref() {},
    };
    return timer;
  }

  every(ms: number, then: () => void): Timer {
    let plan: Plan;
    const again = (): void => {
      plan = this.#network.schedule.after(
        ms,
        this.#alive(() => {
          again();
          then();
        }),
      );
    };
    again();
    const timer = { cancel: () => plan.cancel(), unref: () => {} };
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    (timer as Plan | undefined)?.cancel();
  }

  soon(then: () => void): void {
    this.#network.schedule.soon(this.#alive(then));
  }

  /** As slow as nothing: what is simulated are not hashes. */
  argon2id({ message, nonce }: { message: unknown; nonce: unknown }): Promise<Buffer> {
    return Promise.resolve(
      hash("sha256", `${String(message)} ${Buffer.from(nonce as Buffer).toString("hex")}`, "buffer"),
    );
  }

  connect({ port }: { port: number }): ReturnType<World["connect"]> {
    return this.#network.connect(this.program, port);
  }

  createServer(onConnection: Parameters<World["createServer"]>[0]): ReturnType<World["createServer"]> {
    return this.#network.createServer(this.program, onConnection);
  }

  die(): void {
    this.#dead = true;
    this.#network.kill(this.program);
  }

  #alive(then: () => void): () => void {
    const run = (): void => {
      if (!this.#dead) then();
    };
    return () => this.#network.deliver(this.program, run);
  }
}
