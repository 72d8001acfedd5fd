/**
 * What a connection receives: requests, and the bodies of some. Bounds how much of an unfinished request is held and how long it
 * may take, and settles the framing after a first line.
 */
import { type Frame, Frames, type Framing, SETTLE_MS } from "../protocol/frames.ts";
import type { Timer, World } from "../world/world.ts";
import { RequestBody } from "./body.ts";
import { type HeldBytes, LARGE, type ServerLimits } from "./limits.ts";

/** What an input needs of its connection. */
export interface Source {
  readonly world: World;
  readonly framing: Framing;
  readonly limits: ServerLimits;
  readonly held: HeldBytes;
  /** Bytes that a request may have that starts with these characters. */
  limit(head: string): number;
  /** Nothing is read now: what belongs to a request may wait unread. */
  isPaused(): boolean;
  /** There is something for `next` that was not there at the last `push`. */
  onMore(): void;
}

export class Input {
  readonly #source: Source;
  readonly #frames: Frames;
  #settling: Timer | undefined;
  /** Bytes of an unfinished request, as they were counted last. */
  #held = 0;
  /** When the unfinished request began, in ms since 1970; 0 for none. */
  #began = 0;
  /** A request has ended since `#began` was set. */
  #moved = false;
  /** The body that is arriving. */
  #body: RequestBody | undefined;

  constructor(source: Source) {
    const { framing, limits } = source;
    this.#source = source;
    const least = Math.min(limits.maxAnonymousRequest, limits.maxRequest);
    this.#frames = new Frames(framing, { least, of: (head) => source.limit(head) });
  }

  /** Takes bytes that have arrived. @returns false if all connections together hold too much, and this one holds much */
  push(chunk: Buffer): boolean {
    this.#source.world.cancel(this.#settling);
    this.#frames.push(chunk);
    if (this.#frames.mayBeLine) this.#settling = this.#source.world.after(SETTLE_MS, () => this.#settle());
    const { unfinished } = this.#frames;
    const room = this.#source.held.change(unfinished - this.#held);
    this.#held = unfinished;
    return room || unfinished < LARGE;
  }

  /** The body of the latest request, until all of it was given. */
  get body(): RequestBody | undefined {
    return this.#body;
  }

  /** The request that was given last is followed by a body of `length` bytes. */
  expectBody(length: number): RequestBody {
    const body = new RequestBody(this.#source.world, () => this.#source.onMore());
    if (length > 0) this.#frames.body(length);
    else body.give(Buffer.alloc(0), true);
    this.#body = body.whole ? undefined : body;
    return body;
  }

  /** No more bytes will come: a body that is not whole is cut. */
  cutBody(reason: string): void {
    this.#body?.cut(reason);
    this.#body = undefined;
  }

  /** Whether a body has not gone on in time though there was room. @param now ms since 1970, as of `isLate` */
  isStalled(now: number): boolean {
    return this.#body?.isLate(now, this.#source.limits.requestTimeout) ?? false;
  }

  /** The next frame, if there is one. Bytes of a body have been given to the body. */
  next(): Frame | undefined {
    const frame = this.#frames.next();
    if (frame?.is === "body") {
      const body = this.#body;
      if (frame.left === 0) this.#body = undefined;
      body?.give(frame.bytes, frame.left === 0);
    } else if (frame) {
      this.#moved = true;
    } else {
      if (this.#frames.unfinished === 0) this.#began = 0;
      else if (this.#moved || this.#began === 0) this.#began = this.#source.world.now();
      this.#moved = false;
    }
    return frame;
  }

  /** Whether a request was begun and not finished in time. */
  isLate(now: number): boolean {
    return this.#began > 0 && now - this.#began > this.#source.limits.requestTimeout;
  }

  /** The client sends no more: what is left without an end is one last request. */
  end(): void {
    this.#source.world.cancel(this.#settling);
    this.#frames.end();
  }

  /** Nothing more will be read: of what is left only a whole line is a request. */
  stop(): void {
    this.#source.world.cancel(this.#settling);
    if (this.#frames.mayBeLine) this.#frames.settle();
  }

  /** Cuts the body, frees what is held. */
  close(): void {
    this.#source.world.cancel(this.#settling);
    this.#body?.cut("the connection is gone");
    this.#frames.drop();
    this.#source.held.change(-this.#held);
    this.#held = 0;
  }

  /** @param wasPaused until now what belongs to the line may have waited unread: it has a moment to come. */
  #settle(wasPaused = false): void {
    const paused = this.#source.isPaused();
    if (paused || wasPaused) {
      this.#settling = this.#source.world.after(SETTLE_MS, () => this.#settle(paused));
      return;
    }
    this.#frames.settle();
    this.#source.onMore();
  }
}
