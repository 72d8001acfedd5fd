/**
 * Fair queueing: how long each connection may execute requests before the others. A connection that asks little (RFC 8290 calls
 * that a sparse flow) is served as soon as it is read. One that asks much is put into the run queue, and is not read meanwhile. The
 * connections in the queue get a share (a time slice) each, round robin, until the turn's time is used up. Between the shares the
 * sockets are read. If a connection that asks little has asked, the turn soon ends. So such a connection waits for one share and
 * one commit, however many others ask much.
 */
import type { RunQueue } from "../state/participants.ts";
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";

/** A share: how long, in ms, a connection may execute requests at a stretch. */
const SHARE_MS = 2;

/**
 * The queue is served for so long, in ms, before the sockets are read again. Some connections in it have little to do, and
 * reading the sockets costs some 10 µs, so it is not done after each.
 */
const LOOK_MS = 1;

/** The size of a share, in ms, when the turn's time is used up: enough for a connection that asks little. */
const LEAST_MS = 0.25;

/**
 * The rate up to which a connection asks little, as a part of the time, with a burst of one share (GCRA, as in rates.ts). The
 * burst is there because a connection may be charged for what it has not asked for: garbage that is collected, or another process
 * that runs, while it executes.
 */
const LITTLE = 1 / 256;

/** For how long, in ms, time that was used counts against a connection at the most. */
const MEMORY_MS = (2 * SHARE_MS) / LITTLE;

/** How long, in ms, the queue may be served in one turn, less what connections outside of it have used. */
const TURN_MS = 8;

/**
 * The clock is read after so many requests: reading it after each costs a fiftieth of a message's time. So many requests of a
 * connection are always executed in one turn, however slow the machine is.
 */
const LOOK_EVERY = 8;

/** Shares out the time of a turn: the run queue of connections that ask much. */
export class Shares implements RunQueue {
  readonly #world: World;
  readonly #turn: Turn;
  readonly #queue: Share[] = [];
  /** The time used in this turn, in ms; and the part of it that the queue has used. */
  #used = 0;
  #served = 0;
  /** Whether a connection that asks little has asked in this turn. */
  #isAsked = false;
  /** The turn that the three above are of, by `Turn.count`. */
  #counted = 0;
  /** Whether the last turn ended before the queue was served. */
  #isOwed = false;

  constructor(turn: Turn, world: World) {
    this.#turn = turn;
    this.#world = world;
    turn.setRunQueue(this);
  }

  /** The share of a connection. @param work executes requests until there are none left, or the share is `spent` */
  of(work: () => void): Share {
    return new Share(this, work);
  }

  /** In ms, by `World.elapsed`. */
  get now(): number {
    return this.#world.elapsed();
  }

  /** How long, in ms, a share that begins now may last. */
  get size(): number {
    this.#renew();
    return Math.min(SHARE_MS, Math.max(LEAST_MS, TURN_MS - this.#used));
  }

  /** Counts time that a connection has used outside of the queue. @param isLittle whether that connection asks little */
  count(ms: number, isLittle: boolean): void {
    this.#renew();
    this.#isAsked ||= isLittle;
    this.#used += ms;
  }

  /**
   * Whether a connection asks much, and must queue before its next request. Where nodes share the state no connection does, until
   * it has used up a share: the queue is served in turns with the order, and requests that only read need none.
   * @param due when the connection would ask little again if it stopped now, in ms of `now`
   */
  mustQueue(due: number): boolean {
    return due - this.now > SHARE_MS / LITTLE && !this.#turn.isShared;
  }

  /** Puts a share at the end of the queue. */
  enqueue(share: Share): void {
    this.#queue.push(share);
    this.#turn.schedule();
  }

  serve(): boolean {
    if (this.#queue.length === 0) return false;
    this.#renew();
    if (this.#hasHadEnough) {
      this.#isOwed = this.#served === 0;
      this.#turn.next(() => this.#turn.schedule());
      return false;
    }
    const end = Math.min(this.#served + LOOK_MS, this.#served + TURN_MS - this.#used);
    do {
      const ms = (this.#queue.shift() as Share).serve();
      this.#used += ms;
      this.#served += ms;
    } while (this.#queue.length > 0 && this.#served < end);
    this.#isOwed = false;
    // Also if the queue is empty now: a connection whose request has just got its promise's result queues again for the next one.
    return true;
  }

  /**
   * Whether the queue has had its part of this turn. If a connection that asks little is waiting, that is soon the case. But the
   * queue is served at least every other turn, for there may be so many of these that one is always waiting; and once it is
   * served, for as long as a commit takes, so that slow commits do not take most of the time.
   */
  get #hasHadEnough(): boolean {
    if (this.#served === 0) return this.#isAsked && !this.#isOwed;
    return this.#used >= TURN_MS || (this.#isAsked && this.#served >= this.#turn.keepingMs);
  }

  /** Begins to count again if another turn has begun. */
  #renew(): void {
    if (this.#counted === this.#turn.count) return;
    this.#counted = this.#turn.count;
    this.#used = 0;
    this.#served = 0;
    this.#isAsked = false;
  }
}

/** The share of one connection. */
export class Share {
  readonly #shares: Shares;
  readonly #work: () => void;
  #waiting = false;
  /**
   * When, in ms of `World.elapsed`, the time that was used would be within the rate `LITTLE` (the theoretical arrival time of
   * GCRA). The connection asks much if that is farther away than a burst.
   */
  #due = 0;
  #running = false;
  /** How many requests are executed before the clock is read again. */
  #left = LOOK_EVERY;
  /** When the clock was read last, and when the share that is under way ends. */
  #now = 0;
  #end = 0;

  constructor(shares: Shares, work: () => void) {
    this.#shares = shares;
    this.#work = work;
  }

  /** Whether it is in the queue: then nothing is executed, and the socket need not be read. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Runs the work: at once, or when it is served in the queue if the connection asks much. */
  run(): void {
    if (this.#waiting) return;
    if (this.#running) this.#work();
    else if (this.#shares.mustQueue(this.#due)) this.#wait();
    else this.charge(this.#work);
  }

  /**
   * To be called after each request. @returns whether the share is used up: the work must end, and is run again from the queue
   */
  spent(): boolean {
    if (--this.#left > 0) return false;
    this.#left = LOOK_EVERY;
    this.#now = this.#shares.now;
    if (this.#now < this.#end) return false;
    this.#wait();
    return true;
  }

  /** Runs something at once, and charges the connection for its time. */
  charge(work: () => void): void {
    const isLittle = !this.#shares.mustQueue(this.#due);
    this.#shares.count(this.#do(work), isLittle);
  }

  /** It is the first in the queue: runs the work. @returns how long that has taken, in ms */
  serve(): number {
    this.#waiting = false;
    return this.#do(this.#work);
  }

  /** Runs something as a share. @returns how long that has taken, in ms */
  #do(work: () => void): number {
    const begun = this.#shares.now;
    this.#now = begun;
    this.#end = begun + this.#shares.size;
    this.#running = true;
    this.#left = LOOK_EVERY;
    try {
      work();
    } finally {
      this.#running = false;
      if (this.#left < LOOK_EVERY) this.#now = this.#shares.now;
      this.#remember(this.#now - begun);
    }
    return this.#now - begun;
  }

  /** Adds the time that was used to `#due`. */
  #remember(ms: number): void {
    const due = Math.max(this.#due, this.#now) + Math.min(ms, SHARE_MS) / LITTLE;
    this.#due = Math.min(due, this.#now + MEMORY_MS);
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#shares.enqueue(this);
  }
}
