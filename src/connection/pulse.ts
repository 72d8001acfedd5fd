/** Whether the other end is still there: a connection that is dead says nothing of it by itself. */
import type { Timer, World } from "../world/world.ts";
import { connectionTexts } from "./errors.ts";
import type { Wire } from "./wire.ts";

/** How often, in ms, it is looked whether anything has come. If not, the server is asked; if not again, the connection is lost. */
const PULSE_MS = 8000;

export class Pulse {
  readonly #world: World;
  readonly #wire: Wire;
  readonly #look: () => Promise<unknown>;
  readonly #timer: Timer;
  /** Bytes that had come when it was looked last. */
  #heard = 0;
  #asked = false;

  /** @param look asks the server something */
  constructor(world: World, wire: Wire, look: () => Promise<unknown>) {
    this.#world = world;
    this.#wire = wire;
    this.#look = look;
    this.#timer = world.every(PULSE_MS, () => this.#beat());
  }

  stop(): void {
    this.#world.cancel(this.#timer);
  }

  #beat(): void {
    const { received } = this.#wire;
    if (received > this.#heard) {
      this.#heard = received;
      this.#asked = false;
    } else if (this.#asked) {
      this.#wire.fail(connectionTexts.silent);
    } else {
      this.#asked = true;
      this.#look().catch(() => undefined);
    }
  }
}
