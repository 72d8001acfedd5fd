/** Whether the server keeps what it is told. Who asks while nothing is being kept has it keep something, once a second. */
import type { State } from "../../state/state.ts";
import type { Turn } from "../../state/turn.ts";
import type { World } from "../../world/world.ts";
import type { Meter } from "./meter.ts";

/** So long, in ms, the last commit says how it is now; and so long a probe may take. */
const LATELY_MS = 1000;

interface HealthOptions {
  readonly world: World;
  readonly model: State;
  readonly turn: Turn;
  readonly meter: Meter;
  /** Messages are refused, for the disk has too little room. */
  readonly isFull: () => boolean;
}

export class Health {
  readonly #options: HealthOptions;
  /** A probe is to be put into a turn, or is in one that has not ended. */
  #probe: "none" | "waits" | "staged" = "none";
  readonly #asking = new Set<() => void>();
  #stopping = false;

  constructor(options: HealthOptions) {
    this.#options = options;
    options.meter.follow(() => this.#settled());
  }

  /** From now on it is not well. */
  stop(): void {
    this.#stopping = true;
    this.#settled();
  }

  /** @returns why it is not well, in a few words; undefined if it is */
  async look(): Promise<string | undefined> {
    const known = this.#known();
    if (known !== "unknown") return known;
    this.#begin();
    await this.#outcome();
    const found = this.#known();
    return found === "unknown" ? "commit failed: no answer within a second" : found;
  }

  #known(): string | undefined {
    const { world, meter, isFull } = this.#options;
    if (this.#stopping) return "stopping";
    if (isFull()) return "disk full";
    const { last } = meter;
    if (!last || world.elapsed() - last.at >= LATELY_MS) return "unknown";
    return last.failure === undefined ? undefined : `commit failed: ${last.failure}`;
  }

  /** A log that does not answer is not asked again. */
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

  /** Resolves when a commit has ended, or has taken too long. */
  #outcome(): Promise<void> {
    const { world } = this.#options;
    return new Promise((resolve) => {
      const end = (): void => {
        world.cancel(timer);
        this.#asking.delete(end);
        resolve();
      };
      const timer = world.after(LATELY_MS, end);
      this.#asking.add(end);
    });
  }

  #settled(): void {
    if (this.#probe === "staged") this.#probe = "none";
    for (const end of [...this.#asking]) end();
  }
}
