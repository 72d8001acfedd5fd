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
 * who may only want to read wait for less: that what others have kept up to now is in the state. And while others are quiet a
 * turn of what can be done again waits for nothing: if somebody was faster it is undone, and done again with the order.
 */

import type { Timer, World } from "../world/world.ts";
import { type Herald, type Line, Participants, type Report, type Speaker, type TurnObserver } from "./participants.ts";
import type { State } from "./state.ts";

/**
 * What somebody needs who wants to come in: that others' changes are there, to read (what he changes all the same is refused,
 * `WithoutOrder`); to change something that can be done again (as is refused what cannot); the order, for whatever he does.
 */
export type Need = "reading" | "changes" | "order";

/**
 * Whether somebody may come in: `shut` until somebody wants to, `waiting` for the order or for what others have kept, `reading`
 * while those who may only read are in, `presumed` while nobody is known to have been faster, `keeping` until the log has kept it.
 */
type Door = "open" | "shut" | "waiting" | "reading" | "presumed" | "keeping";

interface Waiting {
  readonly work: () => void;
  readonly need: Need;
}

export class Turn {
  readonly #model: State;
  readonly #world: World;
  readonly #participants: Participants;
  readonly #observer: TurnObserver | undefined;
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
    this.#participants = new Participants(report, observer);
    this.#observer = observer;
    this.#door = model.isShared ? "shut" : "open";
  }

  follow(herald: Herald): void {
    this.#participants.follow(herald);
  }

  /** There is one who has parts of turns. */
  lengthen(line: Line): void {
    this.#participants.lengthen(line);
  }

  /** Whether somebody who needs this comes in at once. */
  admits(need: Need): boolean {
    if (this.#door === "presumed") return need === "changes";
    return this.#door === "open" || (this.#door === "reading" && need === "reading");
  }

  /** This turn has not waited for the order. */
  get isPresumed(): boolean {
    return this.#door === "presumed";
  }

  /** What is done now may be done again, or changes nothing: it must have no effect beside changes. */
  get isTentative(): boolean {
    return this.#door === "reading" || this.#door === "presumed";
  }

  /** Whether other nodes change the same state: a turn may be lost to one of them. */
  get isShared(): boolean {
    return this.#model.isShared;
  }

  /** Nobody enters any more. */
  get isOver(): boolean {
    return this.#closed;
  }

  /** How many turns have ended. */
  get count(): number {
    return this.#count;
  }

  /** How long, in ms, it has taken to keep the last turn, or to find that there was nothing to keep. */
  get keepingMs(): number {
    return this.#keepingMs;
  }

  /**
   * Does something with the state: now, or once the turn that is being kept has ended, or has begun; nothing after `close`. Where
   * nodes share the state, who needs less waits for less.
   */
  enter(work: () => void, need: Need = "order"): void {
    if (this.#closed) return;
    if (this.admits(need) && this.#door !== "reading") work();
    else this.#wait({ work, need });
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
        this.#participants.guarded(() => {
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
    this.#waiting.push({ work, need: "order" });
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
    this.#participants.join(speaker);
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
    const all = (need: Need): boolean => !this.#scheduled && this.#waiting.every((one) => one.need === need);
    if (!this.#scheduled && this.#waiting.length === 0) {
      if (this.#hear()) this.#shut();
      else this.#look();
    } else if (all("reading")) this.#look();
    else if (!all("changes")) this.#take();
    // Who is told of others may want something else.
    else if (this.#isBehind && this.#hear()) this.#begin();
    else if (!this.#isBehind && this.#model.presume()) this.#open("presumed");
    else this.#take();
  }

  /** Who wants in comes in. */
  #open(door: "open" | "presumed"): void {
    this.#scheduled = true;
    this.#observer?.begun();
    this.#door = door;
    this.#run();
    this.#world.soon(() => this.#end());
  }

  /** Waits for the order; who wants in comes in then. Without it, what they do is refused at the end of the turn. */
  #take(): void {
    this.#door = "waiting";
    this.#isBehind = false;
    const begin = (): void => {
      this.#speakOfOthers();
      this.#open("open");
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
      for (const { work } of readers) this.#participants.guarded(work);
      const speakers = this.#participants.take();
      this.#door = "keeping";
      try {
        this.#model.endReading();
        this.#count++;
        if (readers.length > 0) this.#participants.speak(speakers, false);
      } catch (error) {
        this.#participants.fail(speakers, error);
      }
      this.#shut();
    };
    this.#model.look().then(read, read);
  }

  /** What this node was told of others need not be asked for. @returns false: it must be */
  #hear(): boolean {
    this.#door = "waiting";
    if (!this.#model.hear()) return false;
    this.#isBehind = false;
    this.#speakOfOthers();
    this.#count++;
    return true;
  }

  /** What others have kept is told here; then it is written. */
  #speakOfOthers(): void {
    this.#participants.conclude();
    this.#participants.speak(this.#participants.take(), false);
    this.#participants.guarded(() => this.#model.settle());
  }

  /** The order is somebody else's; whoever wants in waits for it again. */
  #shut(): void {
    this.#door = "shut";
    if (this.#waiting.length > 0 || this.#scheduled || this.#isBehind) this.#begin();
    this.#ended();
  }

  #end(): void {
    if (this.#participants.goesOn()) {
      this.#world.soon(() => this.#end());
      return;
    }
    const participants = this.#participants;
    participants.conclude();
    // Who was told something has joined this turn.
    this.#scheduled = false;
    const speakers = participants.take();
    let kept: boolean | Promise<boolean>;
    this.#observer?.committing();
    const begun = this.#world.elapsed();
    // Whoever wants in while this is spoken comes in at once, unless others may have changed the state meanwhile.
    const after: Door = this.#model.isShared ? "keeping" : "open";
    try {
      kept = this.#model.commit(speakers.length > 0);
    } catch (error) {
      this.#door = after;
      this.#goOn(begun, () => participants.fail(speakers, error));
      return;
    }
    if (!(kept instanceof Promise)) {
      this.#door = after;
      this.#goOn(begun, () => participants.speak(speakers, kept as boolean));
      return;
    }
    this.#door = "keeping";
    kept.then(
      (any) => {
        this.#door = after;
        this.#answered(begun, () => participants.speak(speakers, any));
      },
      (error: unknown) => {
        this.#door = after;
        this.#answered(begun, () => participants.fail(speakers, error));
      },
    );
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
      this.#participants.guarded(() => this.#model.settle());
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
    for (const { work } of waiting) this.#participants.guarded(work);
  }
}
