/** Long walks through messages take turns: one goes on in each turn of the event loop, however many there are. */
import type { World } from "../../world/world.ts";

export class Walks {
  readonly #world: World;
  readonly #paused: (() => void)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Resolves when the walk may go on. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#paused.push(resolve);
      if (this.#paused.length === 1) this.#world.soon(() => this.#goOn());
    });
  }

  #goOn(): void {
    this.#paused.shift()?.();
    if (this.#paused.length > 0) this.#world.soon(() => this.#goOn());
  }
}
