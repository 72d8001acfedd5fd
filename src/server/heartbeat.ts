/**
 * A peer may promise to be heard of every so often (`ping every <seconds>`). A cable that was cut says nothing, and the
 * system notices it after a quarter of an hour: a connection that gave the promise is gone when nothing has moved on it
 * for three times as long. Who promised nothing is left alone.
 */

/** So many times the promised interval may pass: one `ping` may be lost, and the next be late. */
const TIMES = 3;

export class Heartbeat {
  /** Milliseconds; 0 for no promise. */
  #every = 0;
  /** When a byte moved last, in ms since 1970, and how many had by then. */
  #moved = 0;
  #bytes = 0;

  expect(seconds: number, now: number): void {
    this.#every = seconds * 1000;
    this.#moved = now;
  }

  /**
   * To be asked about every second.
   * @param bytes that have come and gone on the connection
   * @param transferring raw bytes are on their way, though none may be moving now; they have a limit of their own
   */
  isMissed(now: number, bytes: number, transferring: boolean): boolean {
    if (bytes !== this.#bytes || transferring) this.#moved = now;
    this.#bytes = bytes;
    return this.#every > 0 && now - this.#moved > TIMES * this.#every;
  }
}
