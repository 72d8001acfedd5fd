/**
 * One sum for what all connections have to say and their clients have not read. A large reply is begun only when there is room
 * for it; until then its connection waits, and who has waited longest goes first. Small replies and events do not wait. Where
 * they have no room, or those who wait get none because nobody reads, the slowest reader of something large is let go.
 */
import type { World } from "../world/world.ts";
import { LARGE, STALL_MS } from "./limits.ts";
import { Account, type AccountHolder } from "./output-account.ts";

export class OutputBudget {
  readonly #limit: () => number;
  /**
   * For small replies and events, so that these do not cost somebody his connection at once; and for making large ones: what
   * that leaves behind, until garbage is collected, was measured to be about as much as they hold.
   */
  get #kept(): number {
    return this.#most / 2;
  }
  readonly #world: World;
  /** Bytes of large replies, and of all else. */
  #large = 0;
  #small = 0;
  /** Accounts that hold something, and those that wait for room. */
  readonly #holding = new Set<Account>();
  readonly #waiting: Account[] = [];
  #granting = false;
  /** A large reply is being made in this turn. */
  #making = false;
  #relieving = false;

  /** @param most bytes; a reply that is larger than all of it is said when it is the only large one */
  constructor(most: () => number, world: World) {
    this.#limit = most;
    this.#world = world;
  }

  get #most(): number {
    return this.#limit();
  }

  /** Bytes held by all connections together. */
  get held(): number {
    return this.#large + this.#small;
  }

  /** Connections that wait for room. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Somebody waits for room, or much of it is taken. */
  get isUnderLoad(): boolean {
    return this.#waiting.length > 0 || this.held > this.#most / 4;
  }

  /** An account for one connection. */
  open(holder: AccountHolder): Account {
    return new Account(this, holder);
  }

  /** Called every second: those who have read nothing for STALL_MS make room for those who wait. */
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

  /** @internal ms since some moment */
  now(): number {
    return this.#world.elapsed();
  }

  /** @internal Another sum is held by an account. */
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

  /** @internal Whether a large reply may be begun by an account that was not granted room. @param unmade it will be made now */
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

  /** @internal Whether a large reply may grow. */
  extends(bytes: number): boolean {
    return this.#fits(bytes);
  }

  /** @internal @param first it has waited already */
  enqueue(account: Account, first: boolean): void {
    if (first) this.#waiting.unshift(account);
    else this.#waiting.push(account);
    this.#grant();
  }

  /** @internal */
  dequeue(account: Account): void {
    const at = this.#waiting.indexOf(account);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    this.#grant();
  }

  #fits(bytes: number): boolean {
    return this.#large === 0 || this.#large + bytes + Math.max(this.#small, this.#kept) <= this.#most;
  }

  /** Small ones have more than is kept for them, and there is no other room. */
  get #isOver(): boolean {
    return this.#small > this.#kept && this.#large + this.#small > this.#most;
  }

  /** Room for the first of those who wait. One a turn: each makes a large reply, and others have their turns between. */
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

  #relieve(): void {
    this.#relieving = false;
    while (this.#isOver) this.#slowest()?.letGo();
  }

  /** Of those who hold something large, the one that has read nothing for longest; else the one that holds most. */
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
