/** What one connection has to say that is not read: it is counted, and there must be room for what is large. */
import type { OutputBudget } from "./output-budget.ts";

/** What an account needs of its connection. */
export interface AccountHolder {
  /** There is room for what it was refused: it may ask again. */
  onRoom(): void;
  /** It is the slowest reader and must be closed. */
  onTooSlow(): void;
}

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

  /** Some of the large reply has left: it is held no more. */
  shrink(bytes: number): void {
    if (bytes < this.#large) this.take(bytes);
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
