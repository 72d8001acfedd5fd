/**
 * What a connection is sent: bytes until they are requests, and the bodies of some. It knows how much may be held of an
 * unfinished one, how long it has been on its way, and when a first line has settled the framing.
 */
import { type Frame, Frames, type Framing, SETTLE_MS } from "../protocol/frames.ts";
import type { Timer, World } from "../world/world.ts";
import { RequestBody } from "./body.ts";
import { type HeldBytes, LARGE, type ServerLimits } from "./limits.ts";

export interface Source {
  readonly world: World;
  readonly framing: Framing;
  readonly limits: ServerLimits;
  /** Of all connections together. */
  readonly held: HeldBytes;
  /** Bytes that a request may have which starts so. */
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
  /** When the request began that has not ended, in ms since 1970; 0 for none. */
  #began = 0;
  /** A request has ended since `#began` was looked at. */
  #moved = false;
  /** The raw bytes that are arriving. */
  #body: RequestBody | undefined;

  constructor(source: Source) {
    const { framing, limits } = source;
    this.#source = source;
    const least = Math.min(limits.maxAnonymousRequest, limits.maxRequest);
    this.#frames = new Frames(framing, { least, of: (head) => source.limit(head) });
  }

  /** @returns false when all connections together hold too much, and this one is among the large. */
  push(chunk: Buffer): boolean {
    this.#source.world.cancel(this.#settling);
    this.#frames.push(chunk);
    if (this.#frames.mayBeLine) this.#settling = this.#source.world.after(SETTLE_MS, () => this.#settle());
    const { unfinished } = this.#frames;
    const room = this.#source.held.change(unfinished - this.#held);
    this.#held = unfinished;
    return room || unfinished < LARGE;
  }

  /** The raw bytes that follow the last request, until all of them are given. */
  get body(): RequestBody | undefined {
    return this.#body;
  }

  /** So many raw bytes follow the request that was given last. */
  expectBody(length: number): RequestBody {
    const body = new RequestBody(this.#source.world, () => this.#source.onMore());
    if (length > 0) this.#frames.body(length);
    else body.give(Buffer.alloc(0), true);
    this.#body = body.whole ? undefined : body;
    return body;
  }

  /** No more of a body will come, and so nothing behind it; what has arrived of it was given. */
  cutBody(reason: string): void {
    this.#body?.cut(reason);
    this.#body = undefined;
  }

  /** Has a body not gone on in time, though there was room? */
  isStalled(now: number): boolean {
    return this.#body?.isLate(now, this.#source.limits.requestTimeout) ?? false;
  }

  /** Of a body, what is returned has been given to whoever takes it. */
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

  /** Has a request been begun and not finished in time? */
  isLate(now: number): boolean {
    return this.#began > 0 && now - this.#began > this.#source.limits.requestTimeout;
  }

  /** The peer will send nothing more: what is left without an end is one last request. */
  end(): void {
    this.#source.world.cancel(this.#settling);
    this.#frames.end();
  }

  /** Nothing more will be read: a whole line is a request, and what is less is none. */
  stop(): void {
    this.#source.world.cancel(this.#settling);
    if (this.#frames.mayBeLine) this.#frames.settle();
  }

  /** Lets go of everything. */
  close(): void {
    this.#source.world.cancel(this.#settling);
    this.#body?.cut("the connection is gone");
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
