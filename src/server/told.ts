/**
 * What many connections are told in a turn, one event behind the other. Those that were told the same share it, so that it is
 * put together and encoded once for all of them.
 */
import type { Event } from "../contract/event.ts";
import { eventFrame } from "../protocol/events.ts";

export class Told {
  /** The frames, from the first of the turn on. */
  readonly text: string;
  /** The last event that was told behind this, and both together: the next connection is mostly told the same. */
  #event: Event | undefined;
  #both: Told | undefined;
  #bytes: Buffer | undefined;
  #shares = 0;

  private constructor(text: string) {
    this.text = text;
  }

  /** Nothing yet. */
  static nothing(): Told {
    return new Told("");
  }

  /** This and one event more. */
  with(event: Event): Told {
    if (this.#event !== event || !this.#both) {
      this.#event = event;
      this.#both = new Told(this.text + eventFrame(event));
    }
    return this.#both;
  }

  /** To be written: its bytes, if others write them as well. */
  written(): string | Buffer {
    if (this.#bytes) return this.#bytes;
    if (++this.#shares === 1) return this.text;
    this.#bytes = Buffer.from(this.text);
    return this.#bytes;
  }
}
