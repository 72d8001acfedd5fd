/** A node that the others have taken for gone says again that it uses the folder of files, until that is kept. */
import type { Uploads } from "../contents/uploads.ts";
import type { Log } from "../server/log.ts";
import type { Timer, World } from "../world/world.ts";

/** The pause, in ms, after a try that could not be kept. */
const PAUSE_MS = 1000;

export class Rejoining {
  readonly #world: World;
  readonly #log: Log;
  readonly #uploads: () => Uploads | undefined;
  #again: Timer | undefined;
  #isClosed = false;

  /** @param uploads undefined while the server has not opened them yet */
  constructor(world: World, log: Log, uploads: () => Uploads | undefined) {
    this.#world = world;
    this.#log = log;
    this.#uploads = uploads;
  }

  /** At once, and after pauses until it is kept. */
  begin(): void {
    this.#world.cancel(this.#again);
    this.#uploads()
      ?.rejoin()
      .catch(({ message: reason }: Error) => {
        // PostgreSQL may be lost again meanwhile.
        if (this.#isClosed) return;
        this.#log("warn", "uploads-not-claimed", { reason });
        this.#again = this.#world.after(PAUSE_MS, () => this.begin());
      });
  }

  close(): void {
    this.#isClosed = true;
    this.#world.cancel(this.#again);
  }
}
