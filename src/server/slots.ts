/**
 * Replies that cannot be sent yet, in the order of their requests: the first one waits for another realm's answer, and those
 * behind it wait for the first.
 */
import type { Content } from "../contract/shapes.ts";

/** Called with true once a reply has left the process, or with false if it could not. */
export type Spoken = (spoken: boolean) => void;

/** The place of a reply among the others, while this one or one before it is not known. */
export interface Slot {
  /** Undefined until the reply is known. */
  frame: string | undefined;
  /** The raw bytes that follow it. */
  readonly content: Content | undefined;
  spoken: readonly Spoken[];
  /** Whether the turn in which its request was executed is kept. */
  settled: boolean;
}

export const NOBODY: readonly Spoken[] = [];

export class Slots {
  readonly #slots: Slot[] = [];
  #held = 0;

  get count(): number {
    return this.#slots.length;
  }

  /** The UTF-16 units of the replies that are known. */
  get held(): number {
    return this.#held;
  }

  /** How many of them are for requests of this turn. */
  get fresh(): number {
    return this.#slots.filter(({ settled }) => !settled).length;
  }

  /** Whether the turn in which the latest request was executed is kept. */
  get isLastSettled(): boolean {
    return this.#slots.at(-1)?.settled ?? false;
  }

  /** Adds a place behind the others. @param frame undefined if the reply is not known yet */
  add(frame: string | undefined, content: Content | undefined, spoken: readonly Spoken[]): Slot {
    const slot: Slot = { frame, content, spoken, settled: false };
    this.#slots.push(slot);
    this.#held += frame?.length ?? 0;
    return slot;
  }

  /** Fills a place. @returns false if it is filled already: its turn was undone, and the reply is a refusal */
  fill(slot: Slot, frame: string): boolean {
    if (slot.frame !== undefined) return false;
    slot.frame = frame;
    this.#held += frame.length;
    return true;
  }

  /** Takes out the places before the first that is not known. */
  takeKnown(): readonly Slot[] {
    const unknown = this.#slots.findIndex(({ frame }) => frame === undefined);
    const known = this.#slots.splice(0, unknown < 0 ? this.#slots.length : unknown);
    for (const { frame = "" } of known) this.#held -= frame.length;
    return known;
  }

  /** The turn is kept. */
  settle(): void {
    for (const slot of this.#slots) slot.settled = true;
  }

  /** The turn was lost, and its requests are executed again: drops their places. They will get new ones. */
  forget(): void {
    for (let slot = this.#slots.at(-1); slot && !slot.settled; slot = this.#slots.at(-1)) {
      this.#slots.pop();
      this.#held -= slot.frame?.length ?? 0;
      // So that `fill` refuses a reply that comes later.
      slot.frame = "";
      for (const then of slot.spoken) then(false);
    }
  }

  /** The turn was undone: fills the places of its requests with a refusal. */
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
