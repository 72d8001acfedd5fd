/**
 * Replies in the order of their requests, from the first that is not known yet: it waits for another realm, and those behind it
 * wait for it.
 */
import type { Content } from "../contract/shapes.ts";

/** Called once a reply has left the process, or with false if it could not. */
export type Spoken = (spoken: boolean) => void;

/** A reply's place among the others, while it or one before it waits for another realm. */
export interface Slot {
  /** Undefined until the reply is known. */
  frame: string | undefined;
  /** The raw bytes that follow it. */
  readonly content: Content | undefined;
  spoken: readonly Spoken[];
  /** Whether the turn that executed its request is on disk. */
  settled: boolean;
}

export const NOBODY: readonly Spoken[] = [];

export class Slots {
  readonly #slots: Slot[] = [];
  #held = 0;

  get count(): number {
    return this.#slots.length;
  }

  /** UTF-16 units of the replies that are known. */
  get held(): number {
    return this.#held;
  }

  /** How many are of requests that were executed in this turn. */
  get fresh(): number {
    return this.#slots.filter(({ settled }) => !settled).length;
  }

  /** Whether the turn that executed the latest request is on disk. */
  get isLastSettled(): boolean {
    return this.#slots.at(-1)?.settled ?? false;
  }

  /** One more behind the others. @param frame undefined if it is still to be known */
  add(frame: string | undefined, content: Content | undefined, spoken: readonly Spoken[]): Slot {
    const slot: Slot = { frame, content, spoken, settled: false };
    this.#slots.push(slot);
    this.#held += frame?.length ?? 0;
    return slot;
  }

  /** @returns false if its turn could not be kept, and the refusal is there already */
  fill(slot: Slot, frame: string): boolean {
    if (slot.frame !== undefined) return false;
    slot.frame = frame;
    this.#held += frame.length;
    return true;
  }

  /** Takes out those before the first that is not known. */
  takeKnown(): readonly Slot[] {
    const unknown = this.#slots.findIndex(({ frame }) => frame === undefined);
    const known = this.#slots.splice(0, unknown < 0 ? this.#slots.length : unknown);
    for (const { frame = "" } of known) this.#held -= frame.length;
    return known;
  }

  /** The turn is on disk. */
  settle(): void {
    for (const slot of this.#slots) slot.settled = true;
  }

  /** The turn could not be kept, and all of it is executed again: its places are given anew. */
  forget(): void {
    for (let slot = this.#slots.at(-1); slot && !slot.settled; slot = this.#slots.at(-1)) {
      this.#slots.pop();
      this.#held -= slot.frame?.length ?? 0;
      // Whoever still fills it is too late.
      slot.frame = "";
      for (const then of slot.spoken) then(false);
    }
  }

  /** The turn could not be kept: all of it are refused. */
  refuse(refusal: string): void {
    for (const slot of this.#slots) {
      if (slot.settled) continue;
      this.#held += refusal.length - (slot.frame?.length ?? 0);
      slot.frame = refusal;
      slot.settled = true;
      for (const then of slot.spoken) then(false);
      slot.spoken = NOBODY;
    }
  }
}
