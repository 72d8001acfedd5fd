/**
 * Passwords that were tried: how often of late from each address, how often in vain for each name, and which pairs of both may
 * not try now. A name without an account counts as any other. Counts decay, and how many are kept is bounded.
 */
import type { World } from "../../world/world.ts";
import { network } from "./network.ts";

/** With this many wrong passwords a pair is refused. */
const ALLOWED = 5;

/** How long, in ms, a pair is refused at first; each further wrong password doubles it, up to the most. */
const FIRST_MS = 10_000;
const MOST_MS = 900_000;

/** A pair that could try, and did not fail, for this long, in ms, is forgotten. */
const FORGOTTEN_MS = 1_800_000;

/** A count halves in this time, in ms. */
const HALF_LIFE_MS = 300_000;

/** A count below this is forgotten. */
const NOTHING = 0.1;

/** The most pairs, the most addresses and the most names that are remembered. */
const MOST = 50_000;

/** A count that decays. */
class Count {
  #value = 0;
  #at = 0;

  add(now: number): void {
    this.#value = this.of(now) + 1;
    this.#at = now;
  }

  of(now: number): number {
    return this.#value * 2 ** ((this.#at - now) / HALF_LIFE_MS);
  }
}

interface Pair {
  readonly failures: number;
  /** Until when it is refused. */
  readonly until: number;
}

/** A bounded map: an entry may be forgotten, and of too many the one that was changed longest ago goes. */
class Bounded<T> {
  readonly #map = new Map<string, T>();
  readonly #isForgotten: (one: T, now: number) => boolean;

  constructor(isForgotten: (one: T, now: number) => boolean) {
    this.#isForgotten = isForgotten;
  }

  get(of: string, now: number): T | undefined {
    const one = this.#map.get(of);
    return one === undefined || this.#isForgotten(one, now) ? undefined : one;
  }

  set(of: string, one: T, now: number): void {
    this.#map.delete(of);
    // In the order in which they were changed.
    for (const [old, other] of this.#map) {
      if (this.#map.size < MOST && !this.#isForgotten(other, now)) break;
      this.#map.delete(old);
    }
    this.#map.set(of, one);
  }

  delete(of: string): void {
    this.#map.delete(of);
  }
}

export class Guesses {
  readonly #world: World;
  readonly #pairs = new Bounded<Pair>(({ until }, now) => now - until > FORGOTTEN_MS);
  readonly #addresses = new Bounded<Count>((count, now) => count.of(now) < NOTHING);
  readonly #names = new Bounded<Count>((count, now) => count.of(now) < NOTHING);

  constructor(world: World) {
    this.#world = world;
  }

  get #now(): number {
    return this.#world.elapsed();
  }

  /** In how many seconds this address may try this name; 0: now. */
  wait(address: string, name: string): number {
    const pair = this.#pairs.get(key(address, name), this.#now);
    return pair ? Math.ceil(Math.max(0, pair.until - this.#now) / 1000) : 0;
  }

  /** A password was wrong. @param agoMs how long ago, when another node tells it */
  failed(address: string, name: string, agoMs = 0): void {
    const now = this.#now - agoMs;
    count(this.#names, name.toLowerCase(), now);
    const which = key(address, name);
    const before = this.#pairs.get(which, now);
    const failures = (before?.failures ?? 0) + 1;
    const refusedMs = failures < ALLOWED ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (failures - ALLOWED));
    this.#pairs.set(which, { failures, until: Math.max(before?.until ?? 0, now + refusedMs) }, now);
  }

  /** A password was right: the pair's wrong ones are forgotten. */
  succeeded(address: string, name: string): void {
    this.#pairs.delete(key(address, name));
  }

  /** Something is hashed for an address. @param agoMs as of `failed` */
  asked(address: string, agoMs = 0): void {
    count(this.#addresses, network(address), this.#now - agoMs);
  }

  /** How often something was hashed for an address. */
  ofAddress(address: string): number {
    return this.#addresses.get(network(address), this.#now)?.of(this.#now) ?? 0;
  }

  /** How often a name was tried in vain. */
  ofName(name: string): number {
    return this.#names.get(name.toLowerCase(), this.#now)?.of(this.#now) ?? 0;
  }
}

function key(address: string, name: string): string {
  return `${network(address)} ${name.toLowerCase()}`;
}

function count(counts: Bounded<Count>, of: string, now: number): void {
  const one = counts.get(of, now) ?? new Count();
  one.add(now);
  counts.set(of, one, now);
}
