/**
 * The turn: in one pass of the event loop every request that has arrived is executed against
 * memory; then all of it is committed at once; only then does anything leave the process.
 * `setImmediate` runs after the sockets that were readable have been read, so a thousand requests
 * share one sync, and a lone one waits for nobody.
 */
import type { State } from "../state/state.ts";
import type { Log } from "./log.ts";

/** Someone with replies or events of this turn. */
export interface Speaker {
  /** The turn is on disk. */
  speak(): void;
  /** The turn could not be written: nothing of it has happened, and its state goes back. */
  restore(): void;
  /** After everybody's `restore`: what the turn would have said is dropped, and the failure said. */
  retract(): void;
}

export class Turn {
  readonly #model: State;
  readonly #log: Log;
  #speakers: Speaker[] = [];
  #scheduled = false;

  constructor(model: State, log: Log) {
    this.#model = model;
    this.#log = log;
  }

  /** At the end of this turn `speaker` is told; it says so once a turn. */
  join(speaker: Speaker): void {
    this.#speakers.push(speaker);
    this.schedule();
  }

  /** Something was staged that must be committed. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#end());
  }

  #end(): void {
    this.#scheduled = false;
    const speakers = this.#speakers;
    this.#speakers = [];
    try {
      this.#model.commit();
    } catch (error) {
      this.#log("error", "commit-failed", { reason: (error as Error).message });
      for (const speaker of speakers) this.#guarded(() => speaker.restore());
      // Going back announces what is true again, to some who had no part in this turn: not news either.
      const told = this.#speakers;
      this.#speakers = [];
      for (const speaker of [...speakers, ...told]) this.#guarded(() => speaker.retract());
      return;
    }
    for (const speaker of speakers) this.#guarded(() => speaker.speak());
  }

  /** A fault in one must not silence the others. */
  #guarded(say: () => void): void {
    try {
      say();
    } catch (error) {
      this.#log("error", "fault", { stack: (error as Error).stack });
    }
  }
}
