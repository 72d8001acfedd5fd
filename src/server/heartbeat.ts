/**
 * The heartbeat of a client: it may promise to send something every few seconds (`ping every <seconds>`). Without that, a cable
 * that was cut is noticed only after a quarter of an hour. With it, the connection is closed when no byte has moved for three
 * times as long.
 */

/** How many intervals may pass without a byte: one `ping` may be lost, and the next one be late. */
const TIMES = 3;

export class Heartbeat {
  /** The interval in ms; 0 if nothing was promised. */
  #every = 0;
  /** When bytes had last moved, in ms since 1970, and how many there were then in all. */
  #moved = 0;
  #bytes = 0;

  /** What was promised last; 0 for nothing. */
  get seconds(): number {
    return this.#every / 1000;
  }

  /** The client promises to send something every `seconds`; 0: nothing more. @param now ms since 1970 */
  expect(seconds: number, now: number): void {
    this.#every = seconds * 1000;
    this.#moved = now;
  }

  /**
   * Whether the promise is broken. To be called every second.
   * @param now ms since 1970. @param bytes read and written on the connection, in all
   * @param transferring whether raw bytes are being transferred, which have a time limit of their own
   */
  isMissed(now: number, bytes: number, transferring: boolean): boolean {
    if (bytes !== this.#bytes || transferring) this.#moved = now;
    this.#bytes = bytes;
    return this.#every > 0 && now - this.#moved > TIMES * this.#every;
  }
}
