/**
 * Passwords that were tried: how often of late from an address, how often in vain for a name, and the pairs of both that may not try
 * now. A name that nobody has counts as any other. All of it is forgotten with time, and none of it grows without bound.
 */
import type { World } from "../../world/world.ts";
import { network } from "./network.ts";

/** After so many wrong passwords a pair is refused. */
const ALLOWED = 5;

/** How long, in ms, it is refused then; after each further one twice as long, up to the most. */
const FIRST_MS = 10_000;
const MOST_MS = 900_000;

/** After so long, in ms, in which it may try and does not, a pair is as new. */
const FORGOTTEN_MS = 1_800_000;

/** In so long, in ms, a count is worth half. */
const HALF_LIFE_MS = 300_000;

/** A count below this is as good as none. */
const NOTHING = 0.1;

/** Pairs, addresses and names that are remembered, of each. */
const MOST = 50_000;

/** A count that is forgotten with time. */
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

/** What is remembered of each of many, until it is forgotten; of too many the one is forgotten that was changed longest ago. */
class Memory<T> {
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
  readonly #pairs = new Memory<Pair>(({ until }, now) => now - until > FORGOTTEN_MS);
  readonly #addresses = new Memory<Count>((count, now) => count.of(now) < NOTHING);
  readonly #names = new Memory<Count>((count, now) => count.of(now) < NOTHING);

  constructor(world: World) {
    this.#world = world;
  }

  get #now(): number {
    return this.#world.elapsed();
  }

  /** In how many seconds this name may be tried from this address; 0: now. */
  wait(address: string, name: string): number {
    const pair = this.#pairs.get(key(address, name), this.#now);
    return pair ? Math.ceil(Math.max(0, pair.until - this.#now) / 1000) : 0;
  }

  /** A password was wrong. @param agoMs so long ago: another node tells it */
  failed(address: string, name: string, agoMs = 0): void {
    const now = this.#now - agoMs;
    count(this.#names, name.toLowerCase(), now);
    const which = key(address, name);
    const before = this.#pairs.get(which, now);
    const failures = (before?.failures ?? 0) + 1;
    const refusedMs = failures < ALLOWED ? 0 : Math.min(MOST_MS, FIRST_MS * 2 ** (failures - ALLOWED));
    this.#pairs.set(which, { failures, until: Math.max(before?.until ?? 0, now + refusedMs) }, now);
  }

  /** A password was right: what was mistyped before is forgotten. */
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

function count(counts: Memory<Count>, of: string, now: number): void {
  const one = counts.get(of, now) ?? new Count();
  one.add(now);
  counts.set(of, one, now);
}
