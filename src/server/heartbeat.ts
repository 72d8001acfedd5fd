/**
 * A client may promise to send something every so often (`ping every <seconds>`). The system notices a cable that was cut only
 * after a quarter of an hour: a connection with that promise is closed when no byte has moved for three times as long.
 */

/** How many promised intervals may pass: one `ping` may be lost, and the next be late. */
const TIMES = 3;

export class Heartbeat {
  /** Milliseconds; 0 for no promise. */
  #every = 0;
  /** When bytes had moved at the last look, in ms since 1970, and how many in all. */
  #moved = 0;
  #bytes = 0;

  /** The promise is given. @param now ms since 1970 */
  expect(seconds: number, now: number): void {
    this.#every = seconds * 1000;
    this.#moved = now;
  }

  /**
   * Whether the promise is broken; to be called every second.
   * @param bytes read and written on the connection in all
   * @param transferring raw bytes are on their way: they have a time limit of their own
   */
  isMissed(now: number, bytes: number, transferring: boolean): boolean {
    if (bytes !== this.#bytes || transferring) this.#moved = now;
    this.#bytes = bytes;
    return this.#every > 0 && now - this.#moved > TIMES * this.#every;
  }
}
