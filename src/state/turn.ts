/**
 * The turn: in one pass of the event loop every request that has arrived is executed against memory; then all of it is
 * committed at once; only then does anything leave the process. `World.soon` runs after the sockets that were readable
 * have been read, so a thousand requests share one sync, and a lone one waits for nobody.
 *
 * A log may take its time. Until it has kept the turn, the state must not be read or changed: all who want to call `enter`,
 * and run once the turn's speakers have spoken. So there is never more than one turn to undo.
 *
 * Where several nodes share the log, a turn begins when this node has the order, and what others have kept since is in the
 * state and spoken: until then, too, all wait. It ends with the order given back, also where there was nothing to keep. Those
 * who may only want to read wait for less: that what others have kept up to now is in the state.
 */

import type { Timer, World } from "../world/world.ts";
import { StorageError, TurnLost } from "./entities.ts";
import type { State } from "./state.ts";

/** Told of a turn that could not be kept, with its reason; or of a fault in who speaks, with its stack. */
export type Report = (event: "commit-failed" | "fault", facts: Readonly<Record<string, string | undefined>>) => void;

/** Has replies or events of this turn to write. */
export interface Speaker {
  /** The turn is kept. */
  speak(): void;
  /** The turn could not be kept: the speaker's own state goes back to what it was before. */
  restore(): void;
  /**
   * After every speaker's `restore`: drops what the turn would have written, and writes the failure. @param isLost all of it can be
   * done again instead
   */
  retract(isLost: boolean): void;
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

/** Has more to do in a turn than there is time for at a stretch. */
export interface Line {
  /**
   * Everything that has arrived has been looked at: does a part of it. @returns whether the turn goes on: what arrives meanwhile is
   * executed, and then this comes again
   */
  serve(): boolean;
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

/**
 * Whether somebody may come in: `shut` until somebody wants to, `waiting` for the order or for what others have kept, `reading`
 * while those who may only read are in, `keeping` until the log has kept it.
 */
type Door = "open" | "shut" | "waiting" | "reading" | "keeping";

/** `reads`: it may be done without the order; what it changes all the same is refused (`WithoutOrder`). */
interface Waiting {
  readonly work: () => void;
  readonly reads: boolean;
}

export class Turn {
  readonly #model: State;
  readonly #world: World;
  readonly #report: Report;
  readonly #heralds: Herald[] = [];
  readonly #observer: TurnObserver | undefined;
  #line: Line | undefined;
  #speakers: Speaker[] = [];
  #scheduled = false;
  #door: Door;
  /** Others have kept something, and nobody has looked yet. */
  #isBehind = false;
  #waiting: Waiting[] = [];
  #count = 0;
  #keepingMs = 0;
  #whenDone: (() => void) | undefined;
  #closed = false;

  constructor(model: State, world: World, report: Report, observer?: TurnObserver) {
    this.#model = model;
    this.#world = world;
    this.#report = report;
    this.#observer = observer;
    this.#door = model.isShared ? "shut" : "open";
  }

  follow(herald: Herald): void {
    this.#heralds.push(herald);
  }

  /** There is one who has parts of turns. */
  lengthen(line: Line): void {
    this.#line = line;
  }

  /** Nothing is executed now: a turn is being kept, or this node does not know enough of the others. */
  get isShut(): boolean {
    return this.#door !== "open" && this.#door !== "reading";
  }

  /** The state may be read, and nothing may change it. */
  get isReading(): boolean {
    return this.#door === "reading";
  }

  /** Whether other nodes change the same state: a turn may be lost to one of them. */
  get isShared(): boolean {
    return this.#model.isShared;
  }

  /** How many turns have ended. */
  get count(): number {
    return this.#count;
  }

  /** How long, in ms, it has taken to keep the last turn, or to find that there was nothing to keep. */
  get keepingMs(): number {
    return this.#keepingMs;
  }

  /** Does something with the state: now, or once the turn that is being kept has ended, or has begun; nothing after `close`. */
  enter(work: () => void): void {
    if (this.#closed) return;
    if (this.#door === "open") work();
    else this.#wait({ work, reads: false });
  }

  /** As `enter`, for what may do with reading alone: where nodes share the state, it then waits for nobody's turn. */
  read(work: () => void): void {
    if (this.#closed) return;
    if (this.#door === "open") work();
    else this.#wait({ work, reads: true });
  }

  /** Another node has kept something: what follows from it is told here, although nobody asks for anything. */
  look(): void {
    if (this.#closed) return;
    this.#isBehind = true;
    if (this.#door === "shut") this.#begin();
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
    this.#waiting.push({ work, reads: false });
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
    // What others have kept, or somebody has read, is spoken as soon as it is known.
    if (this.#door !== "waiting" && this.#door !== "reading") this.schedule();
  }

  /** There will be a commit at the end of this pass, whether somebody has joined or not. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (!this.#model.isShared) this.#observer?.begun();
    if (this.#door === "open") this.#world.soon(() => this.#end());
    else if (this.#door === "shut") this.#begin();
  }

  /** Resolves when everything that was scheduled is kept or undone, and who waited has been in; then nobody enters any more. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDone = resolve;
      this.#ended();
    });
  }

  #ended(): void {
    if (!this.#whenDone || this.#scheduled || (this.#door !== "open" && this.#door !== "shut")) return;
    this.#closed = true;
    this.#whenDone();
  }

  #wait(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#door === "shut") this.#begin();
  }

  #begin(): void {
    if (this.#scheduled || this.#waiting.some(({ reads }) => !reads)) this.#take();
    else this.#look();
  }

  /** Waits for the order; who wants in comes in then. Without it, what they do is refused at the end of the turn. */
  #take(): void {
    this.#door = "waiting";
    this.#isBehind = false;
    const begin = (): void => {
      this.#scheduled = true;
      this.#observer?.begun();
      this.#speakOfOthers();
      this.#door = "open";
      this.#run();
      this.#world.soon(() => this.#end());
    };
    this.#model.take().then(begin, begin);
  }

  /** Waits for what others have kept; who may only read, and waits already, reads then. Who comes later may know of more. */
  #look(): void {
    this.#door = "waiting";
    this.#isBehind = false;
    const readers = this.#waiting;
    this.#waiting = [];
    const read = (): void => {
      this.#speakOfOthers();
      if (readers.length > 0) this.#observer?.begun();
      this.#door = "reading";
      for (const { work } of readers) this.#guarded(work);
      const speakers = this.#speakers;
      this.#speakers = [];
      this.#door = "keeping";
      try {
        this.#model.endReading();
        this.#count++;
        if (readers.length > 0) this.#speak(speakers, false);
      } catch (error) {
        this.#fail(speakers, error);
      }
      this.#shut();
    };
    this.#model.look().then(read, read);
  }

  /** What others have kept is told here. */
  #speakOfOthers(): void {
    for (const herald of this.#heralds) this.#guarded(() => herald.conclude());
    const speakers = this.#speakers;
    this.#speakers = [];
    this.#speak(speakers, false);
  }

  /** The order is somebody else's; whoever wants in waits for it again. */
  #shut(): void {
    this.#door = "shut";
    if (this.#waiting.length > 0 || this.#scheduled || this.#isBehind) this.#begin();
    this.#ended();
  }

  #end(): void {
    if (this.#goesOn()) {
      this.#world.soon(() => this.#end());
      return;
    }
    for (const herald of this.#heralds) this.#guarded(() => herald.conclude());
    // Who was told something has joined this turn.
    this.#scheduled = false;
    const speakers = this.#speakers;
    this.#speakers = [];
    let kept: boolean | Promise<boolean>;
    this.#observer?.committing();
    const begun = this.#world.elapsed();
    // Whoever wants in while this is spoken comes in at once, unless others may have changed the state meanwhile.
    const after: Door = this.#model.isShared ? "keeping" : "open";
    try {
      kept = this.#model.commit();
    } catch (error) {
      this.#door = after;
      this.#goOn(begun, () => this.#fail(speakers, error));
      return;
    }
    if (!(kept instanceof Promise)) {
      this.#door = after;
      this.#goOn(begun, () => this.#speak(speakers, kept as boolean));
      return;
    }
    this.#door = "keeping";
    kept.then(
      (any) => {
        this.#door = after;
        this.#answered(begun, () => this.#speak(speakers, any));
      },
      (error: unknown) => {
        this.#door = after;
        this.#answered(begun, () => this.#fail(speakers, error));
      },
    );
  }

  /** Whether there is more to be done in this turn. */
  #goesOn(): boolean {
    let goesOn = false;
    this.#guarded(() => {
      goesOn = this.#line?.serve() ?? false;
    });
    return goesOn;
  }

  /** The log has answered. */
  #answered(begun: number, tell: () => void): void {
    if (this.#scheduled && this.#door === "open") this.#world.soon(() => this.#end());
    this.#goOn(begun, tell);
  }

  /** The turn is over once it is told what has become of it; the next one begins with those who wait. @param begun its commit */
  #goOn(begun: number, tell: () => void): void {
    this.#keepingMs = this.#world.elapsed() - begun;
    this.#count++;
    tell();
    if (this.#model.isShared) {
      this.#shut();
    } else {
      this.#run();
      this.#ended();
    }
  }

  /** Whoever has waited runs, in their order. */
  #run(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const { work } of waiting) this.#guarded(work);
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
    const isLost = error instanceof StorageError && error.cause instanceof TurnLost;
    for (const speaker of [...speakers, ...joined]) this.#guarded(() => speaker.retract(isLost));
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
