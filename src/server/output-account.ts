/**
 * A connection's account in the output budget: how much it holds that the client has not read. For a large reply it needs room
 * first.
 */
import type { OutputBudget } from "./output-budget.ts";

/** What an account needs of its connection. */
export interface AccountHolder {
  /** There is room now for what was refused: it may be asked for again. */
  onRoom(): void;
  /** The client is the slowest reader, and the connection must be closed. */
  onTooSlow(): void;
}

export class Account {
  readonly #budget: OutputBudget;
  readonly #holder: AccountHolder;
  /** The bytes of its large reply, and of all other output. */
  #large = 0;
  #small = 0;
  #wants = 0;
  #closed = false;
  /** When the client has last read something, or the account began to hold something. In ms of `World.elapsed`. */
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

  /** The bytes of the large reply for which it waits for room; 0 if it does not. */
  get wants(): number {
    return this.#wants;
  }

  /** Whether a large reply has room, which is not freed yet. */
  get isLarge(): boolean {
    return this.#large > 0;
  }

  /** Sets how many bytes of small replies and events it holds. */
  hold(bytes: number): void {
    if (bytes === this.#small || this.#closed) return;
    const change = bytes - this.#small;
    if (change < 0 || this.held === 0) this.move();
    this.#small = bytes;
    this.#budget.change(this, 0, change);
  }

  /**
   * Asks for room for a large reply, or gives back what is too much of it.
   * @param unmade the reply is yet to be made, and may turn out larger. @returns false if there is none: it waits for `onRoom`
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

  /** A part of the large reply has left: gives its room back. */
  shrink(bytes: number): void {
    if (bytes < this.#large) this.take(bytes);
  }

  /** The large reply has left, or will not be sent: gives all its room back. */
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

  /** @internal The first in the queue gets the room that it waits for. */
  grant(): void {
    const bytes = this.#wants;
    this.#wants = 0;
    this.move();
    this.#large = bytes;
    this.#budget.change(this, bytes, 0);
    this.#holder.onRoom();
  }

  /** @internal Closes the connection, to make room. */
  letGo(): void {
    this.close();
    this.#holder.onTooSlow();
  }
}
