/**
 * How long each connection may execute requests before the others have their turn. Who asks little (RFC 8290 calls that a sparse
 * flow) is served as it is read. Who asks much lines up and is not read meanwhile. Those in the line have a share each, one after
 * another, until the turn has had its time; meanwhile the sockets are read again and again, and once somebody who asks little is
 * there the turn is soon kept and spoken. So he waits for one share and one commit, however many ask much.
 */
import type { Line } from "../state/participants.ts";
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";

/** How long, in ms, a connection may execute requests at a stretch. */
const SHARE_MS = 2;

/** The sockets are read once the line has used so much, in ms: what each has to do may be little, and to look takes some 10 µs. */
const LOOK_MS = 1;

/** And in a turn that has had its time: enough for who asks little. */
const LEAST_MS = 0.25;

/**
 * Who has used more than one share, and since then this part of the time, asks much (GCRA, as in rates.ts). One share is let pass:
 * whoever is executing while garbage is collected, or another process runs, has not asked for that.
 */
const LITTLE = 1 / 256;

/** For so long, in ms, it is remembered at the most. */
const MEMORY_MS = (2 * SHARE_MS) / LITTLE;

/** How long, in ms, all may together in one turn, those who ask little aside. */
const TURN_MS = 8;

/**
 * The clock is looked at after so many requests, which are then in one turn, whatever the machine does meanwhile: to look after
 * each takes a fiftieth of a message's time.
 */
const LOOK_EVERY = 8;

/** What is shared out: the time of a turn. */
export class Shares implements Line {
  readonly #world: World;
  readonly #turn: Turn;
  readonly #line: Share[] = [];
  /** What was used in this turn, in ms, and what of it by the line. */
  #used = 0;
  #served = 0;
  /** Somebody who asks little has asked in this turn. */
  #isAsked = false;
  /** Of the turn that these are of, as `Turn.count`. */
  #counted = 0;
  /** The last turn was kept before anybody in the line had his share. */
  #isOwed = false;

  constructor(turn: Turn, world: World) {
    this.#turn = turn;
    this.#world = world;
    turn.lengthen(this);
  }

  /** @param work executes requests until there are none or the share is `spent` */
  of(work: () => void): Share {
    return new Share(this, work);
  }

  /** By `World.elapsed`. */
  get now(): number {
    return this.#world.elapsed();
  }

  /** What a share that begins now may be, in ms. */
  get size(): number {
    this.#renew();
    return Math.min(SHARE_MS, Math.max(LEAST_MS, TURN_MS - this.#used));
  }

  /** @param ms that were used by one who did not have to line up. @param isLittle he asks little */
  count(ms: number, isLittle: boolean): void {
    this.#renew();
    this.#isAsked ||= isLittle;
    this.#used += ms;
  }

  /**
   * Whether one lines up before he has used up a share. Where nodes share the state, the line needs their order, and who only reads
   * does without. @param due when he will have asked little again
   */
  linesUp(due: number): boolean {
    return due - this.now > SHARE_MS / LITTLE && !this.#turn.isShared;
  }

  /** Puts one at the end of the line. */
  enqueue(share: Share): void {
    this.#line.push(share);
    this.#turn.schedule();
  }

  serve(): boolean {
    if (this.#line.length === 0) return false;
    this.#renew();
    if (this.#hasHadEnough) {
      this.#isOwed = this.#served === 0;
      this.#turn.next(() => this.#turn.schedule());
      return false;
    }
    const end = Math.min(this.#served + LOOK_MS, this.#served + TURN_MS - this.#used);
    do {
      const ms = (this.#line.shift() as Share).serve();
      this.#used += ms;
      this.#served += ms;
    } while (this.#line.length > 0 && this.#served < end);
    this.#isOwed = false;
    // Whose request waits for a promise lines up again for the next one.
    return true;
  }

  /**
   * Whether the line need have no more of this turn. If somebody waits who asks little that is soon: but where it takes long to keep
   * a turn each must do as much as that costs, and such people may be so many that there is always one.
   */
  get #hasHadEnough(): boolean {
    if (this.#served === 0) return this.#isAsked && !this.#isOwed;
    return this.#used >= TURN_MS || (this.#isAsked && this.#served >= this.#turn.keepingMs);
  }

  /** Another turn is counted anew. */
  #renew(): void {
    if (this.#counted === this.#turn.count) return;
    this.#counted = this.#turn.count;
    this.#used = 0;
    this.#served = 0;
    this.#isAsked = false;
  }
}

/** One connection's. */
export class Share {
  readonly #shares: Shares;
  readonly #work: () => void;
  #waiting = false;
  /** When, by `World.elapsed`, it will have asked little again: what it has used, at the rate at which it may. */
  #due = 0;
  #running = false;
  /** Requests until the clock is looked at. */
  #left = LOOK_EVERY;
  /** When the clock was looked at last, and when what is under way should end. */
  #now = 0;
  #end = 0;

  constructor(shares: Shares, work: () => void) {
    this.#shares = shares;
    this.#work = work;
  }

  /** It is in the line: nothing is executed, and nothing need be read. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Lets the work go on: at once, or in the line if it has asked much. */
  run(): void {
    if (this.#waiting) return;
    if (this.#running) this.#work();
    else if (this.#shares.linesUp(this.#due)) this.#wait();
    else this.charge(this.#work);
  }

  /** To be called after each request. @returns whether the work must end: it goes on later */
  spent(): boolean {
    if (--this.#left > 0) return false;
    this.#left = LOOK_EVERY;
    this.#now = this.#shares.now;
    if (this.#now < this.#end) return false;
    this.#wait();
    return true;
  }

  /** Does something now that counts as work. */
  charge(work: () => void): void {
    const isLittle = !this.#shares.linesUp(this.#due);
    this.#shares.count(this.#do(work), isLittle);
  }

  /** Its place in the line has come. @returns how long it has taken, in ms */
  serve(): number {
    this.#waiting = false;
    return this.#do(this.#work);
  }

  /** @returns how long it has taken, in ms */
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
