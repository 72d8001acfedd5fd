/**
 * A sequence of events that connections are told in a turn. Connections that are told the same sequence share one object, so its
 * text is put together and encoded only once, however many they are.
 */
import type { Event } from "../contract/event.ts";
import { eventFrame } from "../protocol/events.ts";

export class Told {
  /** The frames of all its events. */
  readonly text: string;
  /** The event that was last added to it, and the sequence with it: the next connection is mostly told the same. */
  #event: Event | undefined;
  #both: Told | undefined;
  #bytes: Buffer | undefined;
  #shares = 0;

  private constructor(text: string) {
    this.text = text;
  }

  /** A sequence without events. */
  static nothing(): Told {
    return new Told("");
  }

  /** The sequence with one event more. */
  with(event: Event): Told {
    if (this.#event !== event || !this.#both) {
      this.#event = event;
      this.#both = new Told(this.text + eventFrame(event));
    }
    return this.#both;
  }

  /** What is to be written: the text for the first connection; for all others the same bytes, encoded once. */
  written(): string | Buffer {
    if (this.#bytes) return this.#bytes;
    if (++this.#shares === 1) return this.text;
    this.#bytes = Buffer.from(this.text);
    return this.#bytes;
  }
}
