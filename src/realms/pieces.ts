/** The bytes of a file of another realm, in order, piece by piece; while they come quickly, several are asked for at once. */
import type { StoredFile } from "../state/entities.ts";
import type { World } from "../world/world.ts";
import type { Link } from "./link.ts";

/** Pieces that may be under way. */
const MOST = 8;

/** A piece that comes faster than QUICK_MS lets one more be under way; one slower than SLOW_MS, half as many. */
const QUICK_MS = 100;
const SLOW_MS = 250;

/** A piece that was asked for; `at`: when, by `World.elapsed`. */
interface Asked {
  readonly offset: number;
  readonly at: number;
  readonly answer: Promise<Buffer>;
}

export class Pieces implements AsyncIterable<Uint8Array> {
  readonly #world: World;
  readonly #link: Link;
  readonly #file: StoredFile;
  /** The offset after the last piece given. */
  #given: number;
  /** The offset of the next piece to ask for. */
  #next: number;
  /** Bytes of the realm's pieces; 0 until one has come. */
  #step = 0;
  #window = 1;
  #asked: Asked[] = [];

  constructor(world: World, link: Link, file: StoredFile, from: number) {
    this.#world = world;
    this.#link = link;
    this.#file = file;
    this.#given = from;
    this.#next = from;
  }

  /** @throws CallRefused, Error when the link ends or what comes is no piece of this file. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { size } = this.#file;
    while (this.#given < size) {
      this.#ask();
      const asked = this.#asked.shift() as Asked;
      const piece = await asked.answer;
      if (piece.length === 0 || this.#given + piece.length > size) throw new Error("what came is no piece of the file");
      this.#given += piece.length;
      this.#learn(piece.length, this.#world.elapsed() - asked.at);
      yield piece;
    }
  }

  #ask(): void {
    while (this.#asked.length < this.#window && (this.#asked.length === 0 || this.#step > 0)) {
      if (this.#next >= this.#file.size) return;
      const answer = this.#call(this.#next);
      // A failure is thrown where the piece is taken. If it never is, nobody else handles the rejection.
      answer.catch(() => {});
      this.#asked.push({ offset: this.#next, at: this.#world.elapsed(), answer });
      this.#next += this.#step;
    }
  }

  async #call(offset: number): Promise<Buffer> {
    const body = JSON.stringify({ file: this.#file.origin?.id, offset });
    const { data } = ((await this.#link.call("piece", body)) ?? {}) as Partial<Record<string, unknown>>;
    return Buffer.from(typeof data === "string" ? data : "", "base64");
  }

  #learn(length: number, ms: number): void {
    if (ms > SLOW_MS) this.#window = Math.max(1, this.#window >> 1);
    else if (ms < QUICK_MS) this.#window = Math.min(MOST, this.#window + 1);
    const [first] = this.#asked;
    if (this.#given < this.#file.size && (first?.offset ?? this.#next) !== this.#given) {
      // The realm's pieces have another size: those under way begin at the wrong offsets.
      this.#asked = [];
      this.#next = this.#given;
      this.#step = length;
    } else if (this.#step === 0) {
      this.#step = length;
      this.#next = this.#given;
    }
  }
}
