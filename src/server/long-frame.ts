/**
 * A reply that is too long to be written at once, or is never whole in memory. It is streamed in slices, each after the last has
 * left.
 */
import type { Content } from "../contract/shapes.ts";
import { inAscii } from "../protocol/ascii.ts";
import { aroundInlined } from "../protocol/inlined.ts";
import { OUTPUT_A_TURN, STALL_MS } from "./limits.ts";
import type { LongText } from "./long-text.ts";

const SLICE = 64 * 1024;

export class LongFrame implements Content {
  readonly size: number;
  /** How long, in ms, it may wait while the client reads none of it; 0: without a limit. */
  readonly stall: number;
  readonly #held: () => number;
  readonly #slices: () => AsyncGenerator<Uint8Array>;
  readonly #close: (whole: boolean) => void;

  /**
   * @param toEscape whether it must still be escaped to ASCII, which makes it up to six times as long
   * @param close called with true once all of it has left the process, or with false if it could not
   */
  static of(text: LongText, toEscape: boolean, close: (whole: boolean) => void): LongFrame {
    return new LongFrame(
      () => text.bytes,
      text.bytes,
      () => sliced(text, toEscape),
      (whole) => {
        // Now, and not at the next garbage collection: there may be very many.
        text.free();
        close(whole);
      },
    );
  }

  /** A frame with a content inside it, as base64. @param frame with a mark in place of the content */
  static around(content: Content, frame: string): LongFrame {
    const [head, tail] = aroundInlined(frame);
    // The bytes that are read, and the same as base64.
    const held = frame.length + 2 * content.held;
    return new LongFrame(
      () => held,
      content.size,
      () => inBase64(head, content, tail),
      (whole) => content.close(whole),
    );
  }

  private constructor(
    held: () => number,
    size: number,
    slices: () => AsyncGenerator<Uint8Array>,
    close: (whole: boolean) => void,
  ) {
    this.#held = held;
    this.size = size;
    this.stall = size > OUTPUT_A_TURN ? STALL_MS : 0;
    this.#slices = slices;
    this.#close = close;
  }

  /** How many bytes of it are in memory. Of a text these become fewer as it leaves. */
  get held(): number {
    return this.#held();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    return this.#slices();
  }

  close(whole: boolean): void {
    this.#close(whole);
  }
}

async function* sliced(text: LongText, toEscape: boolean): AsyncGenerator<Uint8Array> {
  if (!toEscape) yield* text.slices(SLICE);
  else for (const slice of text.slices(SLICE / 4)) yield Buffer.from(inAscii(slice.toString()));
}

/** In base64 three bytes are four characters, so the rest of a chunk goes before the next chunk. */
async function* inBase64(head: string, content: Content, tail: string): AsyncGenerator<Uint8Array> {
  let text = head;
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of content) {
    const bytes =
      rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const whole = bytes.length - (bytes.length % 3);
    yield Buffer.from(text + bytes.toString("base64", 0, whole));
    text = "";
    // A copy: the chunk is overwritten when the next one is asked for.
    rest = Buffer.from(bytes.subarray(whole));
  }
  yield Buffer.from(text + Buffer.from(rest).toString("base64") + tail);
}
