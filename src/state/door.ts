/** The door of the turn: whether work may use the state now, and the work that waits until it may. */

/**
 * What work needs before it may come in.
 * - `reading`: every change that other nodes have committed up to now is in the state. Changing anything is refused
 *   (`WithoutOrder`).
 * - `changes`: it may change what can be undone and done again (`isTentative`). In a turn without the order any other change is
 *   refused (`WithoutOrder`).
 * - `order`: this node has the order (see `Order`), so any change is allowed.
 *
 * Without other nodes the three are the same.
 */
export type Need = "reading" | "changes" | "order";

/**
 * - `open`: work comes in, whatever it needs: this node has the order, or there are no other nodes.
 * - `shut`: no turn is under way. Only where nodes share the log: the first work that comes begins a turn.
 * - `waiting`: the turn waits for the order, or for the changes of other nodes. Nothing comes in.
 * - `reading`: the work that only reads is running.
 * - `presumed`: a turn without the order is under way. Only work that needs `changes` comes in.
 * - `keeping`: the turn is being committed. Nothing comes in.
 */
export type DoorState = "open" | "shut" | "waiting" | "reading" | "presumed" | "keeping";

interface Waiting {
  readonly work: () => void;
  readonly need: Need;
}

const NONE: readonly (() => void)[] = [];

export class Door {
  /** Set by the turn. */
  state: DoorState;
  #waiting: Waiting[] = [];

  constructor(state: DoorState) {
    this.state = state;
  }

  /** Whether work with this need may come in at once. */
  admits(need: Need): boolean {
    if (this.state === "presumed") return need === "changes";
    return this.state === "open" || (this.state === "reading" && need === "reading");
  }

  /** Whether any work waits. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether all the work that waits has this need; true if none waits. */
  isAwaitedOnlyFor(need: Need): boolean {
    return this.#waiting.every((one) => one.need === need);
  }

  /** Queues work. */
  wait(work: () => void, need: Need): void {
    this.#waiting.push({ work, need });
  }

  /** Takes all the work that waits, in the order in which it came. */
  take(): readonly (() => void)[] {
    if (this.#waiting.length === 0) return NONE;
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.map(({ work }) => work);
  }
}
