/**
 * The turn: in one pass of the event loop every request that has arrived is executed against memory; then all of it is
 * committed at once; only then does anything leave the process. `World.soon` runs after the sockets that were readable
 * have been read, so a thousand requests share one sync, and a lone one waits for nobody.
 *
 * A log may take its time. Until it has kept the turn, the state must not be read or changed: all who want to call `enter`,
 * and run once the turn's speakers have spoken. So there is never more than one turn to undo.
 */

import type { Timer, World } from "../world/world.ts";
import type { State } from "./state.ts";

/** Told of a turn that could not be kept, with its reason; or of a fault in who speaks, with its stack. */
export type Report = (event: "commit-failed" | "fault", facts: Readonly<Record<string, string | undefined>>) => void;

/** Has replies or events of this turn to write. */
export interface Speaker {
  /** The turn is kept. */
  speak(): void;
  /** The turn could not be kept: the speaker's own state goes back to what it was before. */
  restore(): void;
  /** After every speaker's `restore`: drops what the turn would have written, and writes the failure. */
  retract(): void;
}

/** Tells what has become of who and what in a turn, once, and not each step of it. */
export interface Herald {
  /** Everything of the turn is executed, and nothing is kept yet: what is told now is spoken, or dropped, with the turn. */
  conclude(): void;
  /** The turn is kept. @param any whether there was anything to keep */
  kept(any: boolean): void;
  /** The turn could not be kept, and every speaker is what it was before: what is told now must last. @param reason of the log */
  undone(reason: string): void;
}

/** Told what becomes of each turn, in this order; it must not throw. */
export interface TurnObserver {
  /** Somebody begins to execute requests, and nothing is in the turn yet; he may have nothing for it. */
  executing(): void;
  /** He had nothing. */
  idle(): void;
  /** There is something in the turn. */
  begun(): void;
  /** The log is asked to keep it. */
  committing(): void;
  /** It holds, and will be spoken. @param kept whether there was anything to keep */
  committed(kept: boolean): void;
  /** It was undone. */
  failed(): void;
  /** All was said. @param speakers who had something to say */
  ended(speakers: number): void;
}

export class Turn {
  readonly #model: State;
  readonly #world: World;
  readonly #report: Report;
  readonly #heralds: Herald[] = [];
  readonly #observer: TurnObserver | undefined;
  #speakers: Speaker[] = [];
  #scheduled = false;
  #keeping = false;
  #waiting: (() => void)[] = [];
  #whenDone: (() => void) | undefined;
  #closed = false;

  constructor(model: State, world: World, report: Report, observer?: TurnObserver) {
    this.#model = model;
    this.#world = world;
    this.#report = report;
    this.#observer = observer;
  }

  follow(herald: Herald): void {
    this.#heralds.push(herald);
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

  /**
   * Does something with the state every so many milliseconds; while a turn is being kept it waits once, not many times. If it
   * throws, what it has changed is undone, and it is reported.
   */
  every(ms: number, work: () => void): Timer {
    let waits = false;
    return this.#world.every(ms, () => {
      if (waits) return;
      waits = true;
      this.enter(() => {
        waits = false;
        const mark = this.#model.mark();
        this.#guarded(() => {
          try {
            work();
          } catch (error) {
            this.#model.revert(mark);
            throw error;
          }
        });
      });
    });
  }

  /** `await` it before using the state after another `await`: up to the next one the state may be read and changed. */
  entered(): Promise<void> {
    return new Promise((resolve) => this.enter(resolve));
  }

  /** Does something with the state as the first of the next turn: this one has been kept and spoken, or undone. */
  next(work: () => void): void {
    if (this.#closed) return;
    this.#waiting.push(work);
    this.schedule();
  }

  /** Requests are executed from here on, for the observer: what they take is part of the turn that they join. */
  beginExecuting(): void {
    if (!this.#scheduled) this.#observer?.executing();
  }

  /** Up to here. */
  endExecuting(): void {
    if (!this.#scheduled) this.#observer?.idle();
  }

  /** A speaker takes part in this turn; it must join once only. */
  join(speaker: Speaker): void {
    this.#speakers.push(speaker);
    this.schedule();
  }

  /** There will be a commit at the end of this pass, whether somebody has joined or not. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#observer?.begun();
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
    for (const herald of this.#heralds) this.#guarded(() => herald.conclude());
    // Who was told something has joined this turn.
    this.#scheduled = false;
    const speakers = this.#speakers;
    this.#speakers = [];
    let kept: boolean | Promise<boolean>;
    this.#observer?.committing();
    try {
      kept = this.#model.commit();
    } catch (error) {
      this.#fail(speakers, error);
      this.#begin();
      return;
    }
    if (!(kept instanceof Promise)) {
      this.#speak(speakers, kept);
      this.#begin();
      return;
    }
    this.#keeping = true;
    kept.then(
      (any) => this.#goOn(() => this.#speak(speakers, any)),
      (error: unknown) => this.#goOn(() => this.#fail(speakers, error)),
    );
  }

  /** The log has answered: work that waited for it runs, in its order. */
  #goOn(answered: () => void): void {
    this.#keeping = false;
    if (this.#scheduled) this.#world.soon(() => this.#end());
    answered();
    this.#begin();
  }

  /** The next turn: whoever has waited for it runs, in their order. */
  #begin(): void {
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const work of waiting) this.#guarded(work);
    }
    this.#ended();
  }

  #speak(speakers: readonly Speaker[], kept: boolean): void {
    this.#observer?.committed(kept);
    for (const herald of this.#heralds) this.#guarded(() => herald.kept(kept));
    for (const speaker of speakers) this.#guarded(() => speaker.speak());
    this.#observer?.ended(speakers.length);
  }

  #fail(speakers: readonly Speaker[], error: unknown): void {
    const { message: reason } = error as Error;
    this.#observer?.failed();
    this.#report("commit-failed", { reason });
    const later = this.#speakers;
    this.#speakers = [];
    for (const speaker of speakers) this.#guarded(() => speaker.restore());
    for (const herald of this.#heralds) this.#guarded(() => herald.undone(reason));
    // That can tell events to speakers that had no part in this turn: they say what lasts, and no more, as well.
    const joined = this.#speakers;
    this.#speakers = later;
    for (const speaker of [...speakers, ...joined]) this.#guarded(() => speaker.retract());
    this.#observer?.ended(speakers.length);
  }

  /** An exception of one must not silence the others. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#report("fault", { stack: (error as Error).stack });
    }
  }
}
