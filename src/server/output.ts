/**
 * What a connection says: replies in order and events between them, kept until the turn is on disk,
 * then written at once. It knows when there is enough for now, and when the reader is too slow.
 */
import type { Socket } from "node:net";
import type { Speaker, Turn } from "./flush.ts";
import { OUTPUT_A_TURN, STALL_MS } from "./limits.ts";

/** Told whether what it waits for has left the process. */
export type Spoken = (spoken: boolean) => void;

export interface Surroundings {
  readonly turn: Turn;
  /** Bytes that may wait for the reader. */
  readonly maxOutput: number;
  /** The turn is on disk. */
  onSpeak(): void;
  /** The turn could not be written. */
  onRestore(): void;
  /** What is then said instead of each reply. */
  onRetract(): string;
  /** There is room again, after `full`. */
  onRoom(): void;
  /** The reader does not keep up; the connection must go. */
  onTooSlow(): void;
}

export class Output implements Speaker {
  readonly #socket: Socket;
  readonly #around: Surroundings;
  /** Of this turn: replies and events, and how many of them are replies. */
  #text = "";
  #replies = 0;
  #largest = 0;
  /** The largest reply since the reader last had everything. */
  #allowed = 0;
  #spoken: Spoken[] = [];
  /** They wait for the reply to the request under way. */
  #promised: Spoken[] = [];
  #joined = false;
  #full = false;
  #closed = false;

  constructor(socket: Socket, around: Surroundings) {
    this.#socket = socket;
    this.#around = around;
    socket.on("drain", () => {
      if (this.#full) this.#refill();
    });
  }

  /** Enough was said for now: no further request should be executed until `onRoom`. */
  get full(): boolean {
    return this.#full;
  }

  reply(frame: string): void {
    this.#text += frame;
    this.#replies++;
    if (frame.length > this.#largest) this.#largest = frame.length;
    if (this.#promised.length > 0) this.#spoken.push(...this.#promised.splice(0));
    if (this.#text.length > OUTPUT_A_TURN) this.#full = true;
    this.join();
  }

  tell(frame: string): void {
    if (this.#closed) return;
    this.#text += frame;
    this.join();
  }

  /** `then` is told of the next reply. */
  whenSpoken(then: Spoken): void {
    this.#promised.push(then);
  }

  /** The reply that was promised will not be. */
  breakPromises(): void {
    for (const then of this.#promised.splice(0)) then(false);
  }

  /** Takes part in this turn, if only to hear how it ended. */
  join(): void {
    if (this.#joined) return;
    this.#joined = true;
    this.#around.turn.join(this);
  }

  /** Nothing more will be said after this turn. `then` runs once that is written. */
  close(then: () => void): void {
    this.#closed = true;
    this.join();
    // The turn ends in a setImmediate that was asked for before this one.
    setImmediate(then);
  }

  speak(): void {
    this.#around.onSpeak();
    const { text, spoken, largest } = this.#take();
    const waiting = this.#socket.writableLength;
    if (waiting === 0) this.#allowed = 0;
    // A reply that is larger than the limit by itself was asked for, and its reader may take his time.
    const tooSlow = waiting > 0 && waiting + text.length > this.#around.maxOutput + this.#allowed;
    this.#allowed = Math.max(this.#allowed, largest);
    if (this.#socket.destroyed || tooSlow) {
      for (const then of spoken) then(false);
      if (!this.#socket.destroyed) this.#around.onTooSlow();
      return;
    }
    if (spoken.length > 0) this.#socket.write(text, (error) => this.#tell(spoken, !error));
    else if (text !== "") this.#socket.write(text);
    if (this.#full) this.#refill();
  }

  restore(): void {
    this.#around.onRestore();
  }

  retract(): void {
    const { replies, spoken } = this.#take();
    for (const then of spoken) then(false);
    const refusal = this.#around.onRetract();
    if (!this.#socket.destroyed && replies > 0) this.#socket.write(refusal.repeat(replies));
    if (this.#full) this.#refill();
  }

  /** Room comes once the reader has taken most of what waits; if it takes nothing for a while, `timeout` comes. */
  #refill(): void {
    if (this.#socket.writableLength > this.#around.maxOutput / 2) {
      this.#socket.setTimeout(STALL_MS);
      return;
    }
    this.#socket.setTimeout(0);
    setImmediate(() => {
      this.#full = false;
      this.#around.onRoom();
    });
  }

  #tell(spoken: readonly Spoken[], whole: boolean): void {
    for (const then of spoken) then(whole);
    // It may have staged something.
    this.#around.turn.schedule();
  }

  #take(): { text: string; replies: number; largest: number; spoken: readonly Spoken[] } {
    const taken = { text: this.#text, replies: this.#replies, largest: this.#largest, spoken: this.#spoken };
    this.#text = "";
    this.#replies = 0;
    this.#largest = 0;
    if (taken.spoken.length > 0) this.#spoken = [];
    this.#joined = false;
    return taken;
  }
}
