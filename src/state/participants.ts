/**
 * What takes part in a turn: speakers, which have output to send at its end; heralds, which sum it up; a run queue; an observer.
 */
import { Overtaken, StorageError, TurnLost } from "./entities.ts";

/** Has output of this turn to send: replies and events. In practice a connection, or a link to another realm. */
export interface Speaker {
  /** The turn is kept: sends the output. */
  speak(): void;
  /** The turn was undone: resets the speaker's own state to what it was before the turn. */
  restore(): void;
  /**
   * The turn was undone, and every speaker has been restored: drops the output of the turn, and sends a refusal instead of each
   * reply. @param isLost nothing was committed because of another node, so the requests may be executed again instead
   */
  retract(isLost: boolean): void;
}

/** Sums a turn up: tells the outcome of all its steps once, instead of each step. For example, a user who came and went. */
export interface Herald {
  /** All requests of the turn are executed, and it is not committed yet. What is told now is sent or dropped with the turn. */
  conclude(): void;
  /** The turn is kept, and the speakers are about to speak. @param any whether there was anything to keep */
  kept(any: boolean): void;
  /**
   * The turn was undone, and every speaker has been restored. What is told now must not depend on the turn (`lasts` of
   * `Audience.tell`). @param reason why the log could not keep it; undefined where the turn was overtaken by another node, and is
   * done again
   */
  undone(reason: string | undefined): void;
}

/** Work that is too much for one stretch, executed in slices within turns. */
export interface RunQueue {
  /**
   * Called at the end of a turn, when all that has arrived is executed: runs a slice. @returns whether there is more for this
   * turn; the sockets are read again, then this is called again
   */
  serve(): boolean;
}

/** Told the steps of each turn, in this order. It must not throw. */
export interface TurnObserver {
  /** A connection begins to execute requests, and nothing is in the turn yet. It may turn out that it had none. */
  executing(): void;
  /** It had none. */
  idle(): void;
  /** There is something in the turn. */
  begun(): void;
  /** The commit begins. */
  committing(): void;
  /** The turn is kept, and the speakers are about to speak. @param kept whether there was anything to keep */
  committed(kept: boolean): void;
  /** The turn was undone. @param isOvertaken by another node: its requests are executed again, which is no failure */
  undone(isOvertaken: boolean): void;
  /** All speakers have spoken. @param speakers how many they were */
  ended(speakers: number): void;
}

/** Reports a turn that could not be kept (`reason`), or an exception of a participant (`stack`), to the server's log. */
export type Report = (event: "commit-failed" | "fault", facts: Readonly<Record<string, string | undefined>>) => void;

export class Participants {
  #runQueue: RunQueue | undefined;
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

  setRunQueue(queue: RunQueue): void {
    this.#runQueue = queue;
  }

  /** Runs a slice of the run queue. @returns whether there is more for this turn */
  goesOn(): boolean {
    let goesOn = false;
    this.guarded(() => {
      goesOn = this.#runQueue?.serve() ?? false;
    });
    return goesOn;
  }

  join(speaker: Speaker): void {
    this.#speakers.push(speaker);
  }

  /** Whether a speaker has output to send. */
  get areThere(): boolean {
    return this.#speakers.length > 0;
  }

  conclude(): void {
    for (const herald of this.#heralds) this.guarded(() => herald.conclude());
  }

  /** Takes the speakers of this turn: those that join from now on belong to the next. */
  take(): readonly Speaker[] {
    const speakers = this.#speakers;
    this.#speakers = [];
    return speakers;
  }

  /** The turn is kept. @param kept whether there was anything to keep */
  speak(speakers: readonly Speaker[], kept: boolean): void {
    this.#observer?.committed(kept);
    for (const herald of this.#heralds) this.guarded(() => herald.kept(kept));
    for (const speaker of speakers) this.guarded(() => speaker.speak());
    this.#observer?.ended(speakers.length);
  }

  /** The turn was undone. @param error why: a StorageError, whose cause tells whether another node was the reason */
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
    // Heralds may have told events to speakers that had no part in this turn. They, too, send only what does not depend on it.
    const joined = this.#speakers;
    this.#speakers = later;
    for (const speaker of [...speakers, ...joined]) this.guarded(() => speaker.retract(cause instanceof TurnLost));
    this.#observer?.ended(speakers.length);
  }

  /** Runs one participant's part. Its exception is reported, and does not keep the others from having theirs. */
  guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#report("fault", { stack: (error as Error).stack });
    }
  }
}
