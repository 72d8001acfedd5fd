/**
 * Counts the requests that were answered, by operation and code. For each request only an index is noted, at the cost of one
 * look-up. The counting is done at the end of the turn, because the answers hold only if it is kept.
 */
import { type Code, codes } from "../../contract/codes.ts";
import type { Operation } from "../../contract/operations.ts";

/** How a request was answered. */
export type Answered = Code | "ok";

const columns = ["ok", ...(Object.keys(codes) as Code[])] as const;
const columnOf = new Map<Answered, number>(columns.map((code, at) => [code, at]));
const WIDTH = columns.length;
const STORAGE = columnOf.get("storage") as number;

/** For how many requests of a turn there is room at first. */
const USUAL = 1024;

export interface RequestCount {
  /** Undefined for what was no valid request. */
  readonly operation: Operation | undefined;
  readonly code: Answered;
  readonly count: number;
}

export class RequestCounts {
  /** The index in `#counts` where the counts of an operation begin: there are WIDTH, one for each way to answer. */
  readonly #begin = new Map<Operation | undefined, number>();
  #counts = new Float64Array(0);
  /** The indices in `#counts` of the requests of this turn. */
  #places = new Uint32Array(USUAL);
  #answered = 0;

  /** Notes a request that was answered in this turn. */
  answer(operation: Operation | undefined, code: Answered): void {
    const column = code === "ok" ? 0 : (columnOf.get(code) as number);
    if (this.#answered === this.#places.length) this.#widen();
    this.#places[this.#answered++] = (this.#begin.get(operation) ?? this.#open(operation)) + column;
  }

  /** Counts a request of an earlier turn that was answered only now, because it waited for another realm. */
  answerLater(operation: Operation, code: Answered): void {
    this.#count((this.#begin.get(operation) ?? this.#open(operation)) + (columnOf.get(code) as number));
  }

  /** The turn is kept: counts its requests. */
  keep(): void {
    for (let i = 0; i < this.#answered; i++) this.#count(this.#places[i] as number);
    this.#clear();
  }

  /** The turn was undone, and its requests are executed again: they are counted then. */
  forget(): void {
    this.#clear();
  }

  /** The turn was undone: counts its requests as answered with `storage`, which is what the clients were told. */
  undo(): void {
    for (let i = 0; i < this.#answered; i++) {
      const place = this.#places[i] as number;
      this.#count(place - (place % WIDTH) + STORAGE);
    }
    this.#clear();
  }

  /** All counts that are not 0. */
  *all(): Iterable<RequestCount> {
    for (const [operation, begin] of this.#begin) {
      for (const [column, code] of columns.entries()) {
        const count = this.#counts[begin + column] as number;
        if (count > 0) yield { operation, code, count };
      }
    }
  }

  #count(place: number): void {
    this.#counts[place] = (this.#counts[place] as number) + 1;
  }

  #clear(): void {
    this.#answered = 0;
    // After a turn with very many requests, its memory is given back.
    if (this.#places.length > 64 * USUAL) this.#places = new Uint32Array(USUAL);
  }

  #open(operation: Operation | undefined): number {
    const begin = this.#counts.length;
    const counts = new Float64Array(begin + WIDTH);
    counts.set(this.#counts);
    this.#counts = counts;
    this.#begin.set(operation, begin);
    return begin;
  }

  #widen(): void {
    const places = new Uint32Array(2 * this.#places.length);
    places.set(this.#places);
    this.#places = places;
  }
}
