/**
 * The turn: in one pass of the event loop every request that has arrived is executed against memory; then all of it is
 * committed at once; only then does anything leave the process. `World.soon` runs after the sockets that were readable
 * have been read, so a thousand requests share one sync, and a lone one waits for nobody.
 *
 * A log may take its time. Until it has kept the turn, the state rests: whoever wants to look at it or change it comes in
 * by `enter`, and is let in when everybody has spoken. So there is never more than one turn to undo.
 */

import type { Timer, World } from "../world/world.ts";
import type { State } from "./state.ts";

/** Told of a turn that could not be kept, with its reason; or of a fault in who speaks, with its stack. */
export type Report = (event: "commit-failed" | "fault", facts: Readonly<Record<string, string | undefined>>) => void;

/** Someone with replies or events of this turn. */
export interface Speaker {
  /** The turn is kept. */
  speak(): void;
  /** The turn could not be kept: nothing of it has happened, and its state goes back. */
  restore(): void;
  /** After everybody's `restore`: what the turn would have said is dropped, and the failure said. */
  retract(): void;
}

export class Turn {
  readonly #model: State;
  readonly #world: World;
  readonly #report: Report;
  #speakers: Speaker[] = [];
  #scheduled = false;
  #keeping = false;
  #waiting: (() => void)[] = [];
  #whenDone: (() => void) | undefined;
  #closed = false;

  constructor(model: State, world: World, report: Report) {
    this.#model = model;
    this.#world = world;
    this.#report = report;
  }

  /** A turn is being kept: nothing is executed. */
  get keeping(): boolean {
    return this.#keeping;
  }

  /** Does something with the state: now, or once the turn that is being kept has ended; nothing after `close`. */
  enter(work: () => void): void {
    if (this.#keeping) this.#waiting.push(work);
    else if (!this.#closed) work();
  }

  /** Does something with the state every so many milliseconds; while a turn is being kept it waits once, not many times. */
  every(ms: number, work: () => void): Timer {
    let waits = false;
    return this.#world.every(ms, () => {
      if (waits) return;
      waits = true;
      this.enter(() => {
        waits = false;
        work();
      });
    });
  }

  /** For what has waited for something else: from here to its next `await` it may look at the state and change it. */
  entered(): Promise<void> {
    return new Promise((resolve) => this.enter(resolve));
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
    if (!this.#keeping) this.#world.soon(() => this.#end());
  }

  /** Resolves when everything that was scheduled is kept or undone, and who waited has been in; then nobody enters any more. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDone = resolve;
      this.#ended();
    });
  }

  #ended(): void {
    if (!this.#whenDone || this.#keeping || this.#scheduled) return;
    this.#closed = true;
    this.#whenDone();
  }

  #end(): void {
    this.#scheduled = false;
    const speakers = this.#speakers;
    this.#speakers = [];
    let kept: boolean | Promise<boolean>;
    try {
      kept = this.#model.commit();
    } catch (error) {
      this.#fail(speakers, error);
      this.#ended();
      return;
    }
    if (!(kept instanceof Promise)) {
      this.#speak(speakers);
      this.#ended();
      return;
    }
    this.#keeping = true;
    kept.then(
      () => this.#goOn(() => this.#speak(speakers)),
      (error: unknown) => this.#goOn(() => this.#fail(speakers, error)),
    );
  }

  /** The log has answered: what waited for that is done, in its order. */
  #goOn(answered: () => void): void {
    this.#keeping = false;
    if (this.#scheduled) this.#world.soon(() => this.#end());
    answered();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const work of waiting) this.#guarded(work);
    this.#ended();
  }

  #speak(speakers: readonly Speaker[]): void {
    for (const speaker of speakers) this.#guarded(() => speaker.speak());
  }

  #fail(speakers: readonly Speaker[], error: unknown): void {
    this.#report("commit-failed", { reason: (error as Error).message });
    const later = this.#speakers;
    this.#speakers = [];
    for (const speaker of speakers) this.#guarded(() => speaker.restore());
    // Going back announces what is true again, to some who had no part in this turn: not news either.
    const told = this.#speakers;
    this.#speakers = later;
    for (const speaker of [...speakers, ...told]) this.#guarded(() => speaker.retract());
  }

  /** A fault in one must not silence the others. */
  #guarded(say: () => void): void {
    try {
      say();
    } catch (error) {
      this.#report("fault", { stack: (error as Error).stack });
    }
  }
}
