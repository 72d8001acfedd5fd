/**
 * What a connection is sent: bytes until they are requests. It knows how much may be held of an
 * unfinished one, how long it has been on its way, and when a first line has settled the framing.
 */
import { type Frame, Frames, type Framing, SETTLE_MS } from "../protocol/frames.ts";
import { type HeldBytes, LARGE, type ServerLimits } from "./limits.ts";

export interface Source {
  readonly framing: Framing;
  readonly limits: ServerLimits;
  /** Of all connections together. */
  readonly held: HeldBytes;
  /** Bytes that a request may have which starts so. */
  limit(head: string): number;
  /** There are requests now that were not there at the last `push`. */
  onSettled(): void;
}

export class Input {
  readonly #source: Source;
  readonly #frames: Frames;
  #settling: NodeJS.Timeout | undefined;
  /** Bytes of an unfinished request, as they were counted last. */
  #held = 0;
  /** When the request began that has not ended, in ms since 1970; 0 for none. */
  #began = 0;
  /** A request has ended since `#began` was looked at. */
  #moved = false;

  constructor(source: Source) {
    const { framing, limits } = source;
    this.#source = source;
    const least = Math.min(limits.maxAnonymousRequest, limits.maxRequest);
    this.#frames = new Frames(framing, { least, of: (head) => source.limit(head) });
  }

  /** @returns false when all connections together hold too much, and this one is among the large. */
  push(chunk: Buffer): boolean {
    clearTimeout(this.#settling);
    this.#frames.push(chunk);
    if (this.#frames.mayBeLine) this.#settling = setTimeout(() => this.#settle(), SETTLE_MS);
    const { unfinished } = this.#frames;
    const room = this.#source.held.change(unfinished - this.#held);
    this.#held = unfinished;
    return room || unfinished < LARGE;
  }

  /** So many raw bytes follow the request that was given last. */
  body(length: number): void {
    this.#frames.body(length);
  }

  /** Bytes of a body that have not arrived. */
  get bodyToArrive(): number {
    return this.#frames.bodyToArrive;
  }

  next(): Frame | undefined {
    const frame = this.#frames.next();
    if (frame) {
      this.#moved = true;
    } else {
      if (this.#frames.unfinished === 0) this.#began = 0;
      else if (this.#moved || this.#began === 0) this.#began = Date.now();
      this.#moved = false;
    }
    return frame;
  }

  /** Has a request been begun and not finished in time? */
  isLate(now: number): boolean {
    return this.#began > 0 && now - this.#began > this.#source.limits.requestTimeout;
  }

  /** The peer will send nothing more: what is left without an end is one last request. */
  end(): void {
    clearTimeout(this.#settling);
    this.#frames.end();
  }

  /** Nothing more will be read: a whole line is a request, and what is less is none. */
  stop(): void {
    clearTimeout(this.#settling);
    if (this.#frames.mayBeLine) this.#frames.settle();
  }

  /** Lets go of everything. */
  close(): void {
    clearTimeout(this.#settling);
    this.#source.held.change(-this.#held);
    this.#held = 0;
  }

  #settle(): void {
    this.#frames.settle();
    this.#source.onSettled();
  }
}
