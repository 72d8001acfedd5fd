/** What is counted and timed while the server works; without `--metrics` there is none. It is read at a scrape. */
import type { Code } from "../../contract/codes.ts";
import type { TurnObserver } from "../../state/participants.ts";
import type { World } from "../../world/world.ts";
import { Histogram } from "./histogram.ts";
import { RequestCounts } from "./request-counts.ts";

/** In seconds. A turn of one message takes some 0.1 ms, a sync of a slow disk 20 ms and more. */
const BOUNDS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5],
  ...[1, 2.5, 5, 10],
];

/** What a turn of a node takes, step by step: waiting for the order, requests, PostgreSQL, its own copy. */
export interface Steps {
  readonly order: Histogram;
  readonly execute: Histogram;
  readonly keep: Histogram;
  readonly replica: Histogram;
}

export class Meter implements TurnObserver {
  readonly requests = new RequestCounts();
  /** Connections that were ended with a refusal, by its code. */
  readonly refused = new Map<Code, number>();
  readonly turns = new Histogram(BOUNDS);
  readonly commits = new Histogram(BOUNDS);
  /** Of one that shares its store with others. */
  readonly steps: Steps | undefined;
  readonly #world: Pick<World, "elapsed">;
  #failures = 0;
  #overtaken = 0;
  /** When what is in the turn began to be executed, in ms of `elapsed`; undefined while there is nothing. */
  #begun: number | undefined;
  /** The same of the turn that is being kept; and when its commit began. */
  #turnBegun = 0;
  #commitBegun = 0;

  /** @param isNode it shares its store with others */
  constructor(world: Pick<World, "elapsed">, isNode = false) {
    this.#world = world;
    if (!isNode) return;
    const step = (): Histogram => new Histogram(BOUNDS);
    this.steps = { order: step(), execute: step(), keep: step(), replica: step() };
  }

  /** Commits that have failed. */
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
