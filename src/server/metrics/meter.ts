/** Counts and measures while the server works, for the page of metrics. There is one only with `--metrics`. */
import type { Code } from "../../contract/codes.ts";
import type { TurnObserver } from "../../state/participants.ts";
import type { World } from "../../world/world.ts";
import { Histogram } from "./histogram.ts";
import { RequestCounts } from "./request-counts.ts";

/** The bounds of all histograms, in seconds. A turn of one message takes some 0.1 ms, a sync of a slow disk 20 ms and more. */
const BOUNDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10],
];

/**
 * How long the steps of a node's turns take: acquiring the order, executing requests, the commit in PostgreSQL, that in the
 * replica.
 */
export interface Steps {
  readonly order: Histogram;
  readonly execute: Histogram;
  readonly keep: Histogram;
  readonly replica: Histogram;
}

export class Meter implements TurnObserver {
  readonly requests = new RequestCounts();
  /** How many connections were closed with a refusal, by its code. */
  readonly refused = new Map<Code, number>();
  readonly turns = new Histogram(BOUNDS);
  readonly commits = new Histogram(BOUNDS);
  /** Only on a node. */
  readonly steps: Steps | undefined;
  readonly #world: Pick<World, "elapsed">;
  #failures = 0;
  #overtaken = 0;
  /** When the execution of this turn began, in ms of `elapsed`; undefined while nothing is in the turn. */
  #begun: number | undefined;
  /** The same for the turn that is being committed; and when its commit began. */
  #turnBegun = 0;
  #commitBegun = 0;

  /** @param isNode whether the server shares its store with other nodes */
  constructor(world: Pick<World, "elapsed">, isNode = false) {
    this.#world = world;
    if (!isNode) return;
    const step = (): Histogram => new Histogram(BOUNDS);
    this.steps = { order: step(), execute: step(), keep: step(), replica: step() };
  }

  /** How many commits have failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Turns that were done again, because another node was faster, or because they needed the order after all. */
  get overtaken(): number {
    return this.#overtaken;
  }

  refuse(code: Code): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  executing(): void {
    this.#begun = this.#world.elapsed();
  }

  idle(): void {
    this.#begun = undefined;
  }

  begun(): void {
    this.#begun ??= this.#world.elapsed();
  }

  committing(): void {
    this.#commitBegun = this.#world.elapsed();
    this.#turnBegun = this.#begun ?? this.#commitBegun;
    this.#begun = undefined;
    this.steps?.execute.add(this.#commitBegun - this.#turnBegun);
  }

  committed(kept: boolean): void {
    this.requests.keep();
    if (kept) this.commits.add(this.#world.elapsed() - this.#commitBegun);
  }

  undone(isOvertaken: boolean): void {
    if (isOvertaken) {
      this.requests.forget();
      this.#overtaken++;
      return;
    }
    this.requests.undo();
    this.#failures++;
  }

  ended(speakers: number): void {
    if (speakers > 0) this.turns.add(this.#world.elapsed() - this.#turnBegun);
  }
}
