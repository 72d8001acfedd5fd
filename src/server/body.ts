/** The raw bytes that follow a request: the connection gives them as they arrive, and the operation iterates over them. */
import { type Body, BodyCut } from "../contract/shapes.ts";
import type { World } from "../world/world.ts";

/** How many bytes may wait for the operation. */
const AHEAD = 256 * 1024;

/** How many bytes of memory a chunk takes beside its own. */
const OVERHEAD = 512;

export class RequestBody implements Body {
  readonly #onRoom: () => void;
  /** The chunks that the operation has not taken yet, and their bytes with OVERHEAD. */
  readonly #given: Uint8Array[] = [];
  #waiting = 0;
  #whole = false;
  /** Whether the operation has ended, and takes no more. */
  #dropped = false;
  #cut: BodyCut | undefined;
  #wake: () => void = () => {};
  readonly #world: World;
  #moved: number;

  /** @param onRoom called when it is no longer `full`. */
  constructor(world: World, onRoom: () => void) {
    this.#world = world;
    this.#moved = world.now();
    this.#onRoom = onRoom;
  }

  /** Whether as much waits for the operation as may: nothing more should be read. */
  get full(): boolean {
    return this.#waiting >= AHEAD;
  }

  /** Whether all of it was given. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Whether nothing has come for `limit` ms although there was room. @param now ms since 1970 */
  isLate(now: number, limit: number): boolean {
    return !this.full && now - this.#moved > limit;
  }

  /** Gives bytes that have arrived. @param last whether they are the last ones */
  give(bytes: Uint8Array, last: boolean): void {
    this.#moved = this.#world.now();
    this.#whole = last;
    if (this.#dropped || this.#cut) return;
    this.#given.push(bytes);
    this.#waiting += bytes.length + OVERHEAD;
    this.#wake();
  }

  /** No more bytes will come: iterating throws `BodyCut` after those that were given, unless all were. */
  cut(reason: string): void {
    if (this.#whole) return;
    this.#cut ??= new BodyCut(reason);
    this.#wake();
  }

  /** The operation has ended: drops what it has not taken, and what is still to come. */
  drop(): void {
    const { full } = this;
    this.#dropped = true;
    this.#moved = this.#world.now();
    this.#given.length = 0;
    this.#waiting = 0;
    if (full) this.#onRoom();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const bytes = this.#take();
      if (bytes) yield bytes;
      else if (this.#cut) throw this.#cut;
      else if (this.#whole) return;
      else await this.#more();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(): Uint8Array | undefined {
    const bytes = this.#given.shift();
    if (!bytes) return undefined;
    const { full } = this;
    this.#waiting -= bytes.length + OVERHEAD;
    if (full && !this.full) {
      this.#moved = this.#world.now();
      this.#onRoom();
    }
    return bytes;
  }
}
