/**
 * The turn: a group commit. In one pass of the event loop every request that has arrived is executed against the state in memory;
 * then the changes of all of them are committed as one transaction; only then do replies and events leave the process.
 * `World.soon` runs after all readable sockets have been read, so a thousand requests share one sync of the disk, and a lone
 * request waits for no timer.
 *
 * A log may commit asynchronously. Until that has ended the state must be neither read nor changed: work comes in by `enter`,
 * which runs it at once if it may, and otherwise after the output of the turn has been sent. So there is never more than one
 * turn that might have to be undone.
 *
 * Where several nodes share the log, a turn is a critical section across all of them. It begins when this node has acquired the
 * order, which is the lock of that section (`Order` in log.ts), and has applied what other nodes have committed since its last
 * turn. It ends when the order is released, also if there was nothing to commit. Two kinds of turn do without the order:
 * - One that only reads: it waits only until the changes that others have committed up to now are applied.
 * - A presumed turn: it is optimistic. While other nodes are quiet, work whose changes can be done again (`isTentative`) does not
 *   wait. If another node commits first, the turn is undone, and its requests are executed again in a turn with the order.
 */

import type { Timer, World } from "../world/world.ts";
import { Door, type DoorState, type Need } from "./door.ts";
import {
  type Herald,
  Participants,
  type Report,
  type RunQueue,
  type Speaker,
  type TurnObserver,
} from "./participants.ts";
import type { State } from "./state.ts";

export class Turn {
  readonly #model: State;
  readonly #world: World;
  readonly #participants: Participants;
  readonly #observer: TurnObserver | undefined;
  readonly #door: Door;
  /** There will be a commit. Where nodes share the log it may have to wait until a turn can begin. */
  #scheduled = false;
  /** Other nodes may have committed something since this node asked last. */
  #isBehind = false;
  #count = 0;
  #keepingMs = 0;
  #whenDone: (() => void) | undefined;
  #closed = false;

  constructor(model: State, world: World, report: Report, observer?: TurnObserver) {
    this.#model = model;
    this.#world = world;
    this.#participants = new Participants(report, observer);
    this.#observer = observer;
    this.#door = new Door(model.isShared ? "shut" : "open");
  }

  follow(herald: Herald): void {
    this.#participants.follow(herald);
  }

  /** Sets the queue whose work is executed in slices at the end of each turn. There is one. */
  setRunQueue(queue: RunQueue): void {
    this.#participants.setRunQueue(queue);
  }

  /** Whether work with this need may come in at once. */
  admits(need: Need): boolean {
    return this.#door.admits(need);
  }

  /** Whether this turn is presumed: it does not have the order, and another node may commit before it. */
  get isPresumed(): boolean {
    return this.#door.state === "presumed";
  }

  /** Whether what is done now may be undone and done again, or may change nothing: it must have no effects but changes. */
  get isTentative(): boolean {
    return this.#door.state === "reading" || this.#door.state === "presumed";
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

  /** How long, in ms, the last turn's commit has taken, or finding that there was nothing to commit. */
  get keepingMs(): number {
    return this.#keepingMs;
  }

  /**
   * Runs work that uses the state: at once if it may come in, otherwise as soon as it may. Work runs in the order of the calls,
   * but work with a lesser need may run before earlier work with a greater one. After `close` has resolved nothing is run.
   */
  enter(work: () => void, need: Need = "order"): void {
    if (this.#closed) return;
    if (this.#door.admits(need) && this.#door.state !== "reading") work();
    else this.#wait(work, need);
  }

  /**
   * To be called when another node has committed something: its changes are applied, and their events told to the connections
   * here, although no request is waiting.
   */
  look(): void {
    if (this.#closed) return;
    this.#isBehind = true;
    if (this.#door.state === "shut") this.#begin();
  }

  /**
   * Runs work that uses the state at an interval of `ms`. Ticks that come before the work could run are skipped. If it throws,
   * its changes are undone and the error is reported.
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

  /** For asynchronous code, which must call it after each other `await`: the state may be used until the next `await`. */
  entered(): Promise<void> {
    return new Promise((resolve) => this.enter(resolve));
  }

  /** Runs work at the beginning of the next turn, after this one has been kept and its output sent, or after it was undone. */
  next(work: () => void): void {
    if (this.#closed) return;
    this.#door.wait(work, "order");
    this.schedule();
  }

  /** Requests are being executed from here on, up to `endExecuting`: the observer counts that time to the turn that they join. */
  beginExecuting(): void {
    if (!this.#scheduled) this.#observer?.executing();
  }

  endExecuting(): void {
    if (!this.#scheduled) this.#observer?.idle();
  }

  /** Makes a speaker a participant of this turn. A speaker must join a turn only once. */
  join(speaker: Speaker): void {
    this.#participants.join(speaker);
    // In these states the speakers speak without a commit: see `#speakOfOthers` and `#look`.
    if (this.#door.state !== "waiting" && this.#door.state !== "reading") this.schedule();
  }

  /** Makes sure that this turn ends with a commit, whether a speaker joins it or not. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (!this.#model.isShared) this.#observer?.begun();
    if (this.#door.state === "open") this.#world.soon(() => this.#end());
    else if (this.#door.state === "shut") this.#begin();
  }

  /**
   * Stops: resolves when all that was scheduled is kept or undone, and all waiting work has run. After that `enter` runs nothing.
   */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDone = resolve;
      this.#ended();
    });
  }

  #ended(): void {
    const { state } = this.#door;
    if (!this.#whenDone || this.#scheduled || (state !== "open" && state !== "shut")) return;
    this.#closed = true;
    this.#whenDone();
  }

  #wait(work: () => void, need: Need): void {
    this.#door.wait(work, need);
    if (this.#door.state === "shut") this.#begin();
  }

  /** Begins a turn, with as little waiting as suffices for the work that waits. Only where nodes share the log. */
  #begin(): void {
    const all = (need: Need): boolean => !this.#scheduled && this.#door.isAwaitedOnlyFor(need);
    if (!this.#scheduled && !this.#door.isAwaited) {
      if (this.#hear()) this.#shut();
      else this.#look();
    } else if (all("reading")) this.#look();
    else if (!all("changes")) this.#takeOrder();
    // Applying the changes of others may have scheduled a turn or queued work, with another need.
    else if (this.#isBehind && this.#hear()) this.#begin();
    else if (!this.#isBehind && this.#model.presume()) this.#open("presumed");
    else this.#takeOrder();
  }

  /** Lets the waiting work in, and schedules the end of the turn. */
  #open(state: "open" | "presumed"): void {
    this.#scheduled = true;
    this.#observer?.begun();
    this.#door.state = state;
    this.#runWaiting();
    this.#world.soon(() => this.#end());
  }

  /** Begins a turn with the order. If the order cannot be acquired, the turn runs all the same, and its commit fails. */
  #takeOrder(): void {
    this.#door.state = "waiting";
    this.#isBehind = false;
    const begin = (): void => {
      this.#speakOfOthers();
      this.#open("open");
    };
    this.#model.take().then(begin, begin);
  }

  /**
   * Begins and ends a turn that only reads: waits for what other nodes have committed, then runs the work that was waiting at the
   * call. Work that comes later waits for another look, because it may know of a later commit.
   */
  #look(): void {
    this.#door.state = "waiting";
    this.#isBehind = false;
    const readers = this.#door.take();
    const read = (): void => {
      this.#speakOfOthers();
      if (readers.length > 0) this.#observer?.begun();
      this.#door.state = "reading";
      for (const work of readers) this.#participants.guarded(work);
      const speakers = this.#participants.take();
      this.#door.state = "keeping";
      try {
        this.#model.endReading();
        this.#count++;
        // Whoever spoke of others may have given somebody something to say, though nobody reads.
        if (readers.length > 0 || speakers.length > 0) this.#participants.speak(speakers, false);
      } catch (error) {
        this.#participants.fail(speakers, error);
      }
      this.#shut();
    };
    this.#model.look().then(read, read);
  }

  /**
   * Applies changes that other nodes have sent along with their notifications, without asking the log for them.
   * @returns false where that does not suffice: the log must be asked
   */
  #hear(): boolean {
    this.#door.state = "waiting";
    if (!this.#model.hear()) return false;
    this.#isBehind = false;
    this.#speakOfOthers();
    this.#count++;
    // Whoever spoke may have given somebody something to say: that is said at the end of a turn.
    this.#scheduled ||= this.#participants.areThere;
    return true;
  }

  /**
   * Sends the events that follow from the changes of other nodes, then settles these changes if they are not yet
   * (`State.settle`).
   */
  #speakOfOthers(): void {
    this.#participants.conclude();
    this.#participants.speak(this.#participants.take(), false);
    this.#participants.guarded(() => this.#model.settle());
  }

  /** A turn is over where nodes share the log. Begins the next one if there is anything to do. */
  #shut(): void {
    this.#door.state = "shut";
    if (this.#door.isAwaited || this.#scheduled || this.#isBehind) this.#begin();
    this.#ended();
  }

  #end(): void {
    if (this.#participants.goesOn()) {
      this.#world.soon(() => this.#end());
      return;
    }
    const participants = this.#participants;
    participants.conclude();
    // Speakers that `conclude` has told something belong to this turn, so they are taken only now.
    this.#scheduled = false;
    const speakers = participants.take();
    let kept: boolean | Promise<boolean>;
    this.#observer?.committing();
    const begun = this.#world.elapsed();
    // Work that comes while the speakers speak may come in at once, unless other nodes may have changed the state by then.
    const after: DoorState = this.#model.isShared ? "keeping" : "open";
    try {
      kept = this.#model.commit(speakers.length > 0);
    } catch (error) {
      this.#door.state = after;
      this.#goOn(begun, () => participants.fail(speakers, error));
      return;
    }
    if (!(kept instanceof Promise)) {
      this.#door.state = after;
      this.#goOn(begun, () => participants.speak(speakers, kept as boolean));
      return;
    }
    this.#door.state = "keeping";
    kept.then(
      (any) => {
        this.#door.state = after;
        this.#answered(begun, () => participants.speak(speakers, any));
      },
      (error: unknown) => {
        this.#door.state = after;
        this.#answered(begun, () => participants.fail(speakers, error));
      },
    );
  }

  /** An asynchronous commit has ended. */
  #answered(begun: number, tell: () => void): void {
    // Scheduled during the commit, when the door was not open: nobody has arranged its end yet.
    if (this.#scheduled && this.#door.state === "open") this.#world.soon(() => this.#end());
    this.#goOn(begun, tell);
  }

  /** Ends the turn: tells the participants its outcome, then lets in the work that waits. @param begun when its commit began */
  #goOn(begun: number, tell: () => void): void {
    this.#keepingMs = this.#world.elapsed() - begun;
    this.#count++;
    tell();
    if (this.#model.isShared) {
      this.#participants.guarded(() => this.#model.settle());
      this.#shut();
    } else {
      this.#runWaiting();
      this.#ended();
    }
  }

  #runWaiting(): void {
    for (const work of this.#door.take()) this.#participants.guarded(work);
  }
}
