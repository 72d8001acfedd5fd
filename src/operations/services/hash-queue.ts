/**
 * Whose password is hashed next. At most two are hashed at once; of those who wait, the address comes first that has asked least
 * of late. So an address that tries many passwords is behind all others, and a name that is tried from everywhere is behind other
 * names. One of the two places is kept for those who have asked little: they find it free.
 */
import type { Guesses } from "./guesses.ts";
import { network } from "./network.ts";

/** Hashes at the same time, and how many of them an address may have that has asked much. */
const MOST_RUNNING = 2;
const FOR_ANYBODY = 1;

/** The most that may wait: the last of more would wait for a minute. */
const MOST_WAITING = 2048;

/** When one more comes, this many are refused at once, the last ones: ranking everybody is not cheap. */
const REFUSED_AT_ONCE = 256;

/** Counts below this are alike; above it, every doubling comes later. */
const FEW = 8;

/** Who asks for a hash: a connection. */
export interface Asker {
  readonly remote: { readonly address: string };
  /** It will send nothing more; whether it still reads is not known. */
  readonly leaving: boolean;
  /** The connection has ended. */
  readonly gone: boolean;
}

interface Waiting {
  readonly asker: Asker;
  /** Its network, kept because every ranking looks it up. */
  readonly address: string;
  readonly name: string | undefined;
  /** How many have come before. */
  readonly arrival: number;
  readonly settle: (turn: boolean) => void;
}

/** What orders the queue, the most important first, less before more. No two are equal: `arrival` differs. */
type Rank = readonly [asked: number, inVain: number, leaving: number, askedExactly: number, arrival: number];

interface Ranked {
  readonly one: Waiting;
  readonly rank: Rank;
}

export class HashQueue {
  readonly #guesses: Guesses;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #arrived = 0;

  constructor(guesses: Guesses) {
    this.#guesses = guesses;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `work` when it is the asker's turn.
   * @param name whose password is tried; undefined for none
   * @returns undefined if it was not run: the asker has gone, or too many wait
   */
  async run<T>(asker: Asker, name: string | undefined, work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.#turn(asker, name))) return undefined;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  /** Resolves with true when it is the asker's turn, with false if it will not be. */
  #turn(asker: Asker, name: string | undefined): Promise<boolean> {
    return new Promise((settle) => {
      const one = { asker, address: network(asker.remote.address), name, arrival: this.#arrived++, settle };
      this.#waiting.add(one);
      // Nobody who waits could use this place, or it would be taken.
      if (this.#hasPlaceFor(one)) this.#begin(one);
      else if (this.#waiting.size > MOST_WAITING) this.#refuseLast();
    });
  }

  #hasPlaceFor({ address }: Waiting): boolean {
    const places = size(this.#guesses.ofAddress(address)) === 0 ? MOST_RUNNING : FOR_ANYBODY;
    return this.#running < places;
  }

  #begin(one: Waiting): void {
    this.#running++;
    this.#guesses.asked(one.address);
    this.#settle(one, true);
  }

  /** A place has become free. */
  #next(): void {
    const first = this.#ranked().reduce<Ranked | undefined>(earlier, undefined);
    if (first && this.#hasPlaceFor(first.one)) this.#begin(first.one);
  }

  #refuseLast(): void {
    const inOrder = this.#ranked().toSorted(({ rank }, other) => compareRanks(rank, other.rank));
    for (const { one } of inOrder.slice(-REFUSED_AT_ONCE)) this.#settle(one, false);
  }

  #settle(one: Waiting, turn: boolean): void {
    this.#waiting.delete(one);
    one.settle(turn);
  }

  /** Those who wait, with their ranks. Drops those who have gone. */
  #ranked(): readonly Ranked[] {
    for (const one of this.#waiting) if (one.asker.gone) this.#settle(one, false);
    // Each count is read once: it decays, and one read later would seem less than an equal one read before.
    const asked = memoized((address) => this.#guesses.ofAddress(address));
    const inVain = memoized((name) => this.#guesses.ofName(name));
    return Array.from(this.#waiting, (one) => ({ one, rank: rankOf(one, asked(one.address), inVain) }));
  }
}

function rankOf({ asker, name, arrival }: Waiting, asked: number, inVain: (name: string) => number): Rank {
  return [size(asked), size(name === undefined ? 0 : inVain(name)), Number(asker.leaving), asked, arrival];
}

function memoized(count: (key: string) => number): (key: string) => number {
  const known = new Map<string, number>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = count(key);
    known.set(key, found);
    return found;
  };
}

function compareRanks(rank: Rank, other: Rank): number {
  const at = rank.findIndex((number, i) => number !== other[i]);
  return at < 0 ? 0 : (rank[at] as number) - (other[at] as number);
}

function earlier(one: Ranked | undefined, other: Ranked): Ranked {
  return one && compareRanks(one.rank, other.rank) < 0 ? one : other;
}

/** The order of magnitude of a count. */
function size(count: number): number {
  return count < FEW ? 0 : 1 + Math.floor(Math.log2(count / FEW));
}
