/** Health: whether the server can keep what it is told. If there was no commit lately, a probe makes one. */

import type { Herald } from "../state/participants.ts";
import type { State } from "../state/state.ts";
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";

/** For how long, in ms, the outcome of the last commit tells how it is now; and how long a probe may take. */
const LATELY_MS = 1000;

interface HealthOptions {
  readonly world: World;
  readonly model: State;
  readonly turn: Turn;
  /** Whether messages are refused because the disk has too little room. */
  readonly isFull: () => boolean;
  /** Whether the store that nodes share cannot be reached. */
  readonly isCutOff: () => boolean;
}

/** The outcome of the last turn that had something to keep. */
interface Outcome {
  /** When, in ms of `World.elapsed`. */
  readonly at: number;
  /** Why it could not be kept; undefined if it was. */
  readonly failure: string | undefined;
}

/** To be registered with the turn (`Turn.follow`). */
export class Health implements Herald {
  readonly #options: HealthOptions;
  /** Undefined: there was no such turn yet. */
  #last: Outcome | undefined;
  /** Whether a probe waits for a turn, or is in one that has not ended. */
  #probe: "none" | "waits" | "staged" = "none";
  readonly #asking = new Set<() => void>();
  #stopping = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  conclude(): void {}

  kept(any: boolean): void {
    if (any) this.#settle(undefined);
  }

  undone(reason: string | undefined): void {
    if (reason !== undefined) this.#settle(reason);
  }

  /** The server stops: it is not well from now on. */
  stop(): void {
    this.#stopping = true;
    this.#answer();
  }

  /** @returns why it is not well, in a few words; undefined if it is */
  async look(): Promise<string | undefined> {
    const unfit = this.#unfit();
    if (unfit !== undefined) return unfit;
    const failure = await this.#failure(LATELY_MS);
    const why = failure === "unknown" ? "no answer within a second" : failure;
    return this.#unfit() ?? (why && `commit failed: ${why}`);
  }

  /**
   * Whether commits work, also if messages are refused. @param ms how old the last outcome may be, and how long a probe may take
   */
  async keeps(ms: number): Promise<boolean> {
    return (await this.#failure(ms)) === undefined;
  }

  #unfit(): string | undefined {
    if (this.#stopping) return "stopping";
    if (this.#options.isCutOff()) return "store lost";
    return this.#options.isFull() ? "disk full" : undefined;
  }

  async #failure(ms: number): Promise<string | undefined> {
    const known = this.#known(ms);
    if (known !== "unknown") return known;
    this.#begin();
    await this.#outcome(ms);
    return this.#known(ms);
  }

  #known(ms: number): string | undefined {
    const { world } = this.#options;
    if (!this.#last || world.elapsed() - this.#last.at >= ms) return "unknown";
    return this.#last.failure;
  }

  /** Stages a probe, unless one has not ended yet. */
  #begin(): void {
    if (this.#probe !== "none") return;
    this.#probe = "waits";
    const { world, model, turn } = this.#options;
    turn.enter(() => {
      this.#probe = "staged";
      model.probe(world.now());
      turn.schedule();
    });
  }

  /** Resolves when a commit has ended, but after `ms` at the latest. */
  #outcome(ms: number): Promise<void> {
    const { world } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        world.cancel(timer);
        this.#asking.delete(end);
        resolve();
      };
      const timer = world.after(ms, end);
      this.#asking.add(end);
    });
  }

  #settle(failure: string | undefined): void {
    this.#last = { at: this.#options.world.elapsed(), failure };
    if (this.#probe === "staged") this.#probe = "none";
    this.#answer();
  }

  #answer(): void {
    for (const end of [...this.#asking]) end();
  }
}
