/** Who has a part in a turn: those who speak at its end, those who tell what has become of it, and who looks on. */
import { Overtaken, StorageError, TurnLost } from "./entities.ts";

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
  /**
   * The turn could not be kept, and every speaker is what it was before: what is told now must last. @param reason of the log;
   * undefined where another node was faster, and all of it is done again
   */
  undone(reason: string | undefined): void;
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
  /** It was undone. @param isOvertaken another node was faster, and all of it is done again */
  undone(isOvertaken: boolean): void;
  /** All was said. @param speakers who had something to say */
  ended(speakers: number): void;
}

/** Told of a turn that could not be kept, with its reason; or of a fault in who speaks, with its stack. */
export type Report = (event: "commit-failed" | "fault", facts: Readonly<Record<string, string | undefined>>) => void;

export class Participants {
  #line: Line | undefined;
  readonly #report: Report;
  readonly #observer: TurnObserver | undefined;
  readonly #heralds: Herald[] = [];
  #speakers: Speaker[] = [];

  constructor(report: Report, observer: TurnObserver | undefined) {
    this.#report = report;
    this.#observer = observer;
  }

  follow(herald: Herald): void {
    this.#heralds.push(herald);
  }

  /** There is one who has parts of turns. */
  lengthen(line: Line): void {
    this.#line = line;
  }

  /** Whether there is more to be done in this turn. */
  goesOn(): boolean {
    let goesOn = false;
    this.guarded(() => {
      goesOn = this.#line?.serve() ?? false;
    });
    return goesOn;
  }

  join(speaker: Speaker): void {
    this.#speakers.push(speaker);
  }

  /** Whether somebody has something to say. */
  get areThere(): boolean {
    return this.#speakers.length > 0;
  }

  /** All is executed. */
  conclude(): void {
    for (const herald of this.#heralds) this.guarded(() => herald.conclude());
  }

  /** @returns the speakers of this turn: who joins from now on is of the next */
  take(): readonly Speaker[] {
    const speakers = this.#speakers;
    this.#speakers = [];
    return speakers;
  }

  speak(speakers: readonly Speaker[], kept: boolean): void {
    this.#observer?.committed(kept);
    for (const herald of this.#heralds) this.guarded(() => herald.kept(kept));
    for (const speaker of speakers) this.guarded(() => speaker.speak());
    this.#observer?.ended(speakers.length);
  }

  fail(speakers: readonly Speaker[], error: unknown): void {
    const cause = error instanceof StorageError ? error.cause : undefined;
    const isOvertaken = cause instanceof Overtaken;
    const { message: reason } = error as Error;
    this.#observer?.undone(isOvertaken);
    if (!isOvertaken) this.#report("commit-failed", { reason });
    const later = this.#speakers;
    this.#speakers = [];
    for (const speaker of speakers) this.guarded(() => speaker.restore());
    for (const herald of this.#heralds) this.guarded(() => herald.undone(isOvertaken ? undefined : reason));
    // That can tell events to speakers that had no part in this turn: they say what lasts, and no more, as well.
    const joined = this.#speakers;
    this.#speakers = later;
    for (const speaker of [...speakers, ...joined]) this.guarded(() => speaker.retract(cause instanceof TurnLost));
    this.#observer?.ended(speakers.length);
  }

  /** An exception of one must not silence the others. */
  guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#report("fault", { stack: (error as Error).stack });
    }
  }
}
