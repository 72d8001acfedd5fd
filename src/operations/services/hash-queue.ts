/**
 * Who is hashed for next. At most two are at once; of those who wait, the address comes first that has asked least of late. One that
 * tries many passwords is so behind all others, and a name that is tried from everywhere is behind other names. One of the two
 * places is kept for those who have asked little: they find it free.
 */
import type { Guesses } from "./guesses.ts";
import { network } from "./network.ts";

/** Hashes at the same time, and those of them that anybody may have. */
const MOST_RUNNING = 2;
const FOR_ANYBODY = 1;

/** Those who wait, in all: the last of more would wait for a minute. */
const MOST_WAITING = 2048;

/** With one more so many are refused at once, those who come last: to look for them is not cheap. */
const REFUSED_AT_ONCE = 256;

/** Counts below this are all alike; above it, each that is twice as large comes later. */
const FEW = 8;

/** Who asks for a hash: a connection. */
export interface Asker {
  readonly remote: { readonly address: string };
  /** It will say nothing more; whether it still listens is not known. */
  readonly leaving: boolean;
  /** The connection has ended. */
  readonly gone: boolean;
}

interface Waiting {
  readonly asker: Asker;
  /** Its network, which is looked for often. */
  readonly address: string;
  readonly name: string | undefined;
  /** How many have come before. */
  readonly arrival: number;
  readonly settle: (turn: boolean) => void;
}

/** What decides who comes before, the most important first: less is better. No two have the same. */
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
   * Runs `work` when it is its turn.
   * @param name whose password is tried; undefined for none
   * @returns undefined where it was not run: the asker has gone, or too many wait
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

  /** Resolves when it is one's turn, or with false if that does not come. */
  #turn(asker: Asker, name: string | undefined): Promise<boolean> {
    return new Promise((settle) => {
      const one = { asker, address: network(asker.remote.address), name, arrival: this.#arrived++, settle };
      this.#waiting.add(one);
      // Where there is a place for one who comes, nobody waits for it.
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
    this.#let(one, true);
  }

  /** A place has become free. */
  #next(): void {
    const first = this.#ranked().reduce<Ranked | undefined>(earlier, undefined);
    if (first && this.#hasPlaceFor(first.one)) this.#begin(first.one);
  }

  #refuseLast(): void {
    const inOrder = this.#ranked().toSorted(({ rank }, other) => compared(rank, other.rank));
    for (const { one } of inOrder.slice(-REFUSED_AT_ONCE)) this.#let(one, false);
  }

  #let(one: Waiting, turn: boolean): void {
    this.#waiting.delete(one);
    one.settle(turn);
  }

  /** Those who wait; those who have gone are let go. */
  #ranked(): readonly Ranked[] {
    for (const one of this.#waiting) if (one.asker.gone) this.#let(one, false);
    // Once for each address and name: counts fall with time, and who is looked at later must not come before for that.
    const asked = remembering((address) => this.#guesses.ofAddress(address));
    const inVain = remembering((name) => this.#guesses.ofName(name));
    return Array.from(this.#waiting, (one) => ({ one, rank: rankOf(one, asked(one.address), inVain) }));
  }
}

function rankOf({ asker, name, arrival }: Waiting, asked: number, inVain: (name: string) => number): Rank {
  return [size(asked), size(name === undefined ? 0 : inVain(name)), Number(asker.leaving), asked, arrival];
}

function remembering(count: (key: string) => number): (key: string) => number {
  const known = new Map<string, number>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = count(key);
    known.set(key, found);
    return found;
  };
}

function compared(rank: Rank, other: Rank): number {
  const at = rank.findIndex((number, i) => number !== other[i]);
  return at < 0 ? 0 : (rank[at] as number) - (other[at] as number);
}

function earlier(one: Ranked | undefined, other: Ranked): Ranked {
  return one && compared(one.rank, other.rank) < 0 ? one : other;
}

/** How large a count is, roughly. */
function size(count: number): number {
  return count < FEW ? 0 : 1 + Math.floor(Math.log2(count / FEW));
}
