/**
 * One sum for what all connections have to say and their clients have not read. A large reply is begun only when there is room
 * for it; until then its connection waits, and who has waited longest goes first. Small replies and events do not wait. Where
 * they have no room, or those who wait get none because nobody reads, the slowest reader of something large is let go.
 */
import type { World } from "../world/world.ts";
import { LARGE, STALL_MS } from "./limits.ts";

/** What an account needs of its connection. */
export interface AccountHolder {
  /** There is room for what it was refused: it may ask again. */
  onRoom(): void;
  /** It is the slowest reader and must be closed. */
  onTooSlow(): void;
}

export class OutputBudget {
  readonly #most: number;
  /** For small replies and events, so that these do not cost somebody his connection at once, and for making large ones. */
  readonly #kept: number;
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
  constructor(most: number, world: World) {
    this.#most = most;
    this.#kept = (most / 8) * 3;
    this.#world = world;
  }

  /** Bytes held by all connections together. */
  get held(): number {
    return this.#large + this.#small;
  }

  /** Connections that wait for room. */
  get waiting(): number {
    return this.#waiting.length;
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

/** What one connection holds of the budget. */
export class Account {
  readonly #budget: OutputBudget;
  readonly #holder: AccountHolder;
  /** Bytes of its large reply, and of all else. */
  #large = 0;
  #small = 0;
  #wants = 0;
  #closed = false;
  /** When it has read something last, or began to hold something. */
  #moved = 0;

  constructor(budget: OutputBudget, holder: AccountHolder) {
    this.#budget = budget;
    this.#holder = holder;
  }

  get held(): number {
    return this.#large + this.#small;
  }

  get moved(): number {
    return this.#moved;
  }

  /** Bytes of the large reply that it waits to say; 0 if it waits for none. */
  get wants(): number {
    return this.#wants;
  }

  /** Something large has been admitted and is not freed yet. */
  get isLarge(): boolean {
    return this.#large > 0;
  }

  /** How much there is of small replies and events. */
  hold(bytes: number): void {
    if (bytes === this.#small || this.#closed) return;
    const change = bytes - this.#small;
    if (change < 0 || this.held === 0) this.move();
    this.#small = bytes;
    this.#budget.change(this, 0, change);
  }

  /**
   * Asks for room for a reply, or gives back what is too much.
   * @param unmade it is still to be made, and may be larger then: one a turn @returns false if it must wait for `onRoom`
   */
  take(bytes: number, unmade = false): boolean {
    const more = bytes - this.#large;
    if (more === 0 || this.#closed) return true;
    const granted = this.#large > 0;
    if (more < 0 || (granted ? this.#budget.extends(more) : this.#budget.admits(more, unmade))) {
      if (!granted) this.move();
      this.#large = bytes;
      this.#budget.change(this, more, 0);
      return true;
    }
    this.free();
    this.#wants = bytes;
    this.#budget.enqueue(this, granted);
    return false;
  }

  /** The large reply has left, or will not be said. */
  free(): void {
    this.take(0);
  }

  /** The client has read something. */
  move(): void {
    this.#moved = this.#budget.now();
  }

  /** The connection is gone. */
  close(): void {
    if (this.#closed) return;
    this.hold(0);
    this.free();
    this.#closed = true;
    this.#wants = 0;
    this.#budget.dequeue(this);
  }

  /** @internal There is room for what it wants, and it has it. */
  grant(): void {
    const bytes = this.#wants;
    this.#wants = 0;
    this.move();
    this.#large = bytes;
    this.#budget.change(this, bytes, 0);
    this.#holder.onRoom();
  }

  /** @internal It is closed, to make room. */
  letGo(): void {
    this.close();
    this.#holder.onTooSlow();
  }
}
