/**
 * How long each connection may execute requests before the others have their turn: deficit round robin without the deficits
 * (RFC 8290 calls who asks little a sparse flow). Who asks little is served as it is read. Who has used a share up lines up, is
 * not read meanwhile, and goes on in the next turn; those in the line have their shares one after another until the turn has
 * had its own. They come right after a turn was spoken and before the sockets are read again, so that what arrives while they
 * are served waits for one commit, not for two.
 */
import type { Turn } from "../state/turn.ts";
import type { World } from "../world/world.ts";

/** How long, in ms, a connection may execute requests at a stretch. */
const SHARE_MS = 2;

/** And in a turn in which others have used up everybody's time: enough for who asks little. */
const LEAST_MS = 0.25;

/** How long, in ms, all may together in one turn, the least shares aside. */
const TURN_MS = 8;

/**
 * The clock is looked at after so many requests, which are then in one turn, whatever the machine does meanwhile: to look after
 * each takes a fiftieth of a message's time.
 */
const LOOK_EVERY = 8;

/** What is shared out: the time of a turn. */
export class Shares {
  readonly #world: World;
  readonly #turn: Turn;
  readonly #line: Share[] = [];
  /** What was used in this turn, in ms. */
  #used = 0;
  /** Of the turn that `#used` is of, as `Turn.count`. */
  #counted = 0;
  /** Turns in which anything was. */
  #turns = 0;
  #isFollowed = false;

  constructor(turn: Turn, world: World) {
    this.#turn = turn;
    this.#world = world;
  }

  /** @param work executes requests until there are none or the share is `spent` */
  of(work: () => void): Share {
    return new Share(this, work);
  }

  /** Which turn it is. */
  get turns(): number {
    this.#renew();
    return this.#turns;
  }

  get anyWaits(): boolean {
    return this.#line.length > 0;
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

  /** @param ms that were used by one of them */
  count(ms: number): void {
    this.#renew();
    this.#used += ms;
  }

  /** Puts one at the end of the line. */
  enqueue(share: Share): void {
    this.#line.push(share);
    this.#follow();
  }

  /** There is a next turn, to serve the line in. */
  #follow(): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    this.#turn.next(() => this.#begin());
  }

  /** Another turn is counted anew. */
  #renew(): void {
    if (this.#counted === this.#turn.count) return;
    this.#counted = this.#turn.count;
    this.#used = 0;
    this.#turns++;
  }

  #begin(): void {
    this.#isFollowed = false;
    this.#renew();
    while (this.#used < TURN_MS) {
      const share = this.#line.shift();
      if (!share) return;
      share.serve();
    }
    this.#follow();
  }
}

/** One connection's. */
export class Share {
  readonly #shares: Shares;
  readonly #work: () => void;
  #waiting = false;
  /** In which turn it was in the line last. */
  #waited = Number.NEGATIVE_INFINITY;
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

  /** Lets the work go on: at once, but behind those in the line if it was there in this turn or the last. */
  run(): void {
    if (this.#waiting) return;
    if (this.#running) this.#work();
    else if (this.#shares.anyWaits && this.#shares.turns - this.#waited <= 1) this.#wait();
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
      if (this.#now > begun) this.#shares.count(this.#now - begun);
    }
  }

  /** Its place in the line has come. */
  serve(): void {
    this.#waiting = false;
    this.#waited = this.#shares.turns;
    this.charge(this.#work);
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#waited = this.#shares.turns;
    this.#shares.enqueue(this);
  }
}
