/**
 * Limits the output that all connections together hold because clients have not read it. A large reply is begun only when there
 * is room for it; until then its connection waits, first come, first served. Small replies and events do not wait. If there is no
 * room for them, or none for those that wait because nobody reads, the connection that reads something large most slowly is
 * closed.
 */
import type { World } from "../world/world.ts";
import { LARGE, STALL_MS } from "./limits.ts";
import { Account, type AccountHolder } from "./output-account.ts";

export class OutputBudget {
  readonly #limit: () => number;
  /**
   * Bytes that large replies must leave free. They are for small replies and events, so that these do not at once cost some
   * client its connection; and for the garbage of making large replies, which was measured to be about as much as these hold.
   */
  get #kept(): number {
    return this.#most / 2;
  }
  readonly #world: World;
  /** The bytes of large replies, and of all other output. */
  #large = 0;
  #small = 0;
  /** The accounts that hold something, and those that wait for room. */
  readonly #holding = new Set<Account>();
  readonly #waiting: Account[] = [];
  #granting = false;
  /** Whether a large reply is being made in this pass of the event loop. */
  #making = false;
  #relieving = false;

  /** @param most the limit in bytes. A reply that is larger than that is begun when there is no other large one */
  constructor(most: () => number, world: World) {
    this.#limit = most;
    this.#world = world;
  }

  get #most(): number {
    return this.#limit();
  }

  /** How many bytes all connections together hold. */
  get held(): number {
    return this.#large + this.#small;
  }

  /** How many connections wait for room. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether any connection waits for room, or more than a quarter of it is taken. */
  get isUnderLoad(): boolean {
    return this.#waiting.length > 0 || this.held > this.#most / 4;
  }

  /** Opens an account for a connection. */
  open(holder: AccountHolder): Account {
    return new Account(this, holder);
  }

  /** Called every second: if connections wait for room, closes those that hold much and have read nothing for STALL_MS. */
  check(): void {
    let wanted = 0;
    for (const { wants } of this.#waiting) wanted += wants;
    const stalled = this.now() - STALL_MS;
    while (wanted > 0 && !this.#fits(wanted)) {
      const slowest = this.#slowest();
      if (!slowest || slowest.moved > stalled || slowest.held < LARGE) break;
      slowest.letGo();
    }
  }

  /** @internal The time in ms, by `World.elapsed`. */
  now(): number {
    return this.#world.elapsed();
  }

  /**
   * @internal Counts what an account holds more or less than before. @param large bytes of large replies. @param small of other
   * output
   */
  change(account: Account, large: number, small: number): void {
    this.#large += large;
    this.#small += small;
    if (account.held > 0) this.#holding.add(account);
    else this.#holding.delete(account);
    if (large < 0 || small < 0) this.#grant();
    if (this.#relieving || !this.#isOver) return;
    this.#relieving = true;
    this.#world.soon(() => this.#relieve());
  }

  /**
   * @internal Whether an account that was not granted room may begin a large reply. @param unmade it is yet to be made: that is
   * allowed only once in a pass of the event loop
   */
  admits(bytes: number, unmade: boolean): boolean {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) return false;
    if (!unmade) return true;
    if (this.#making) return false;
    this.#making = true;
    this.#world.soon(() => {
      this.#making = false;
    });
    return true;
  }

  /** @internal Whether a large reply may have so many bytes more. */
  extends(bytes: number): boolean {
    return this.#fits(bytes);
  }

  /** @internal Queues an account for room. @param first it goes before the others, because it has waited already */
  enqueue(account: Account, first: boolean): void {
    if (first) this.#waiting.unshift(account);
    else this.#waiting.push(account);
    this.#grant();
  }

  /** @internal Takes an account out of the queue. */
  dequeue(account: Account): void {
    const at = this.#waiting.indexOf(account);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#grant();
  }

  #fits(bytes: number): boolean {
    return this.#large === 0 || this.#large + bytes + Math.max(this.#small, this.#kept) <= this.#most;
  }

  /** Whether small output takes more than is kept for it, and there is no other room. */
  get #isOver(): boolean {
    return this.#small > this.#kept && this.#large + this.#small > this.#most;
  }

  /**
   * Gives room to the first in the queue. One at a time, each in a pass of the event loop of its own: each then makes a large
   * reply.
   */
  #grant(): void {
    const [first] = this.#waiting;
    if (this.#granting || !first || !this.#fits(first.wants)) return;
    this.#granting = true;
    this.#world.soon(() => {
      this.#granting = false;
      const [next] = this.#waiting;
      if (next && this.#fits(next.wants)) {
        this.#waiting.shift();
        next.grant();
      }
      this.#grant();
    });
  }

  /** Closes slow readers until small output has room. */
  #relieve(): void {
    this.#relieving = false;
    while (this.#isOver) this.#slowest()?.letGo();
  }

  /** Of the accounts that hold much, the one whose client has read nothing for longest; if none does, the one that holds most. */
  #slowest(): Account | undefined {
    let slowest: Account | undefined;
    for (const one of this.#holding) if (!slowest || isSlower(one, slowest)) slowest = one;
    return slowest;
  }
}

function isSlower(one: Account, other: Account): boolean {
  if (one.held >= LARGE && other.held >= LARGE) return one.moved < other.moved;
  return one.held > other.held;
}
