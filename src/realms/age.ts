/** Whether a realm runs a server from before links were encrypted, as far as is known. Items for one wait until an operator acts. */
import type { World } from "../world/world.ts";

/** How long, in ms, that may be unknown before items expire: the realm's operator may be about to start it. */
const UNKNOWN_MS = 600_000;

/** How often, in ms, the log tells the operator that items wait for him. */
const REMINDER_MS = 86_400_000;

export class Age {
  readonly #world: World;
  readonly #remind: () => void;
  #is: "unknown" | "older" | "fitting";
  /** By `World.elapsed`: when it was met, and when the operator was told last. */
  #met: number;
  #told = Number.NEGATIVE_INFINITY;

  /** @param fits it is known that it links as this server does. @param remind tells the operator: at once, and daily */
  constructor(world: World, fits: boolean, remind: () => void) {
    this.#world = world;
    this.#is = fits ? "fitting" : "unknown";
    this.#remind = remind;
    this.#met = world.elapsed();
  }

  get isOlder(): boolean {
    return this.#is === "older";
  }

  /** Whether its items may be given up: it has had the time that they wait. */
  get hasHadItsTime(): boolean {
    return this.#is === "fitting" || (this.#is === "unknown" && this.#world.elapsed() - this.#met >= UNKNOWN_MS);
  }

  /** Its address or key was given anew: it may be another server now. */
  isMetAnew(): void {
    if (!this.isOlder) return;
    this.#is = "unknown";
    this.#met = this.#world.elapsed();
  }

  /** It has linked. */
  fits(): void {
    this.#is = "fitting";
    this.#told = Number.NEGATIVE_INFINITY;
  }

  /** It has shown that it is older. */
  isFound(): void {
    this.#is = "older";
    this.look();
  }

  /** Called now and then. */
  look(): void {
    const now = this.#world.elapsed();
    if (!this.isOlder || now - this.#told < REMINDER_MS) return;
    this.#told = now;
    this.#remind();
  }
}
