/**
 * What a connection receives: requests, and the bodies of some. Limits how much of an unfinished request is held and how long it
 * may take. After a first line, settles whether a line is a whole request (the framing `auto`).
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
  /** How many bytes a request may have that starts with these characters. */
  limit(head: string): number;
  /** Whether the socket is not being read, so that the rest of a request may wait in its buffer. */
  isPaused(): boolean;
  /** There is something for `next` now, without a `push`. */
  onMore(): void;
}

export class Input {
  readonly #source: Source;
  readonly #frames: Frames;
  #settling: Timer | undefined;
  /** The bytes of the unfinished request, as they are counted in `held`. */
  #held = 0;
  /** When the unfinished request began, in ms since 1970; 0 for none. */
  #began = 0;
  /** Whether a request has ended since `#began` was set. */
  #moved = false;
  /** The body that is arriving. */
  #body: RequestBody | undefined;

  constructor(source: Source) {
    const { framing, limits } = source;
    this.#source = source;
    const least = Math.min(limits.maxAnonymousRequest, limits.maxRequest);
    this.#frames = new Frames(framing, { least, of: (head) => source.limit(head) });
  }

  /**
   * Takes bytes that have arrived. @returns false if all connections together hold too much, and this one has a large part in
   * that
   */
  push(chunk: Buffer): boolean {
    this.#source.world.cancel(this.#settling);
    this.#frames.push(chunk);
    if (this.#frames.mayBeLine) this.#settling = this.#source.world.after(SETTLE_MS, () => this.#settle());
    const { unfinished } = this.#frames;
    const room = this.#source.held.change(unfinished - this.#held);
    this.#held = unfinished;
    return room || unfinished < LARGE;
  }

  /** The body of the latest request, until all of it has arrived. */
  get body(): RequestBody | undefined {
    return this.#body;
  }

  /** Notes that the request that `next` gave last is followed by a body. @param length bytes */
  expectBody(length: number): RequestBody {
    const body = new RequestBody(this.#source.world, () => this.#source.onMore());
    if (length > 0) this.#frames.body(length);
    else body.give(Buffer.alloc(0), true);
    this.#body = body.whole ? undefined : body;
    return body;
  }

  /** No more bytes will come: cuts the body off, if it is not whole. */
  cutBody(reason: string): void {
    this.#body?.cut(reason);
    this.#body = undefined;
  }

  /** Whether no more of a body has come in time, though there was room for it. @param now ms since 1970 */
  isStalled(now: number): boolean {
    return this.#body?.isLate(now, this.#source.limits.requestTimeout) ?? false;
  }

  /** The next frame, if there is one. The bytes of a body were given to that body already. */
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

  /** Whether a request was begun and not finished in time. @param now ms since 1970 */
  isLate(now: number): boolean {
    return this.#began > 0 && now - this.#began > this.#source.limits.requestTimeout;
  }

  /** The client sends no more: what is left, without an end, is the last request. */
  end(): void {
    this.#source.world.cancel(this.#settling);
    this.#frames.end();
  }

  /** The server reads no more: what is left is a request only if it is a whole line. */
  stop(): void {
    this.#source.world.cancel(this.#settling);
    if (this.#frames.mayBeLine) this.#frames.settle();
  }

  /** Cuts the body off, and frees what is held. */
  close(): void {
    this.#source.world.cancel(this.#settling);
    this.#body?.cut("the connection is gone");
    this.#frames.drop();
    this.#source.held.change(-this.#held);
    this.#held = 0;
  }

  /**
   * The pause after a line is over: takes it for a request. @param wasPaused the socket was not read until now, so the rest of
   * the request may have waited in its buffer: it gets another moment
   */
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
