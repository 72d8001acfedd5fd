/** A node that the others may have taken for gone says again that it uses the folder of files, until that is kept. */
import type { Uploads } from "../contents/uploads.ts";
import type { Log } from "../server/log.ts";
import type { Timer, World } from "../world/world.ts";

/** The pause, in ms, after a try that could not be kept. */
const PAUSE_MS = 1000;

export class Rejoining {
  readonly #world: World;
  readonly #log: Log;
  #again: Timer | undefined;
  #isClosed = false;

  constructor(world: World, log: Log) {
    this.#world = world;
    this.#log = log;
  }

  follow(uploads: Uploads): void {
    uploads.whenLost(() => this.#rejoin(uploads));
  }

  close(): void {
    this.#isClosed = true;
    this.#world.cancel(this.#again);
  }

  /** At once, and after pauses until it is kept. */
  #rejoin(uploads: Uploads): void {
    this.#world.cancel(this.#again);
    if (this.#isClosed) return;
    uploads.rejoin().catch(({ message: reason }: Error) => {
      // PostgreSQL may be lost still, or again.
      if (this.#isClosed) return;
      this.#log("warn", "uploads-not-claimed", { reason });
      this.#again = this.#world.after(PAUSE_MS, () => this.#rejoin(uploads));
    });
  }
}
