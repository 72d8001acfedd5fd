/**
 * Backpressure of a connection's output: when so much waits for the client to read it that no further request should be executed,
 * and when the client reads too slowly to be kept.
 */
import type { Socket } from "node:net";
import type { World } from "../world/world.ts";
import { STALL_MS } from "./limits.ts";

interface BackpressureOptions {
  readonly world: World;
  /** How many bytes may wait for the client to read them. */
  readonly maxOutput: number;
  /** It is no longer `full`. */
  onRoom(): void;
}

export class Backpressure {
  readonly #socket: Socket;
  readonly #options: BackpressureOptions;
  #full = false;
  /** The UTF-16 units of the largest reply since the client had last read everything. */
  #allowed = 0;

  constructor(socket: Socket, options: BackpressureOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Whether so much is to be sent that the next request should wait. */
  get full(): boolean {
    return this.#full;
  }

  /** So much is to be sent: it is `full` until the client has read most of what waits. */
  fill(): void {
    this.#full = true;
  }

  /**
   * Whether the client reads too slowly for `length` UTF-16 units more. A reply may be larger than the limit by itself: the
   * client has asked for it, and may take its time. @param largest UTF-16 units of the largest reply in it
   */
  isTooSlow(length: number, largest: number): boolean {
    const waiting = this.#socket.writableLength;
    if (waiting === 0) this.#allowed = 0;
    const isTooSlow = waiting > 0 && waiting + length > this.#options.maxOutput + this.#allowed;
    this.#allowed = Math.max(this.#allowed, largest);
    return isTooSlow;
  }

  /**
   * To be called when something was written or read: ends being `full` if the client has read most of what waits. Otherwise the
   * socket's `timeout` event comes when the client reads nothing for a while.
   */
  relax(): void {
    if (!this.#full) return;
    if (this.#socket.writableLength > this.#options.maxOutput / 2) {
      this.#socket.setTimeout(STALL_MS);
      return;
    }
    this.#socket.setTimeout(0);
    this.#options.world.soon(() => {
      this.#full = false;
      this.#options.onRoom();
    });
  }
}
