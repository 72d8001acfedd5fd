/**
 * How many requests were answered, by operation and by how. On a request's way it is one look-up and one number written down; the
 * numbers are counted when the turn has ended, for until then nobody knows whether what was answered holds.
 */
import { type Code, codes } from "../../contract/codes.ts";
import type { Operation } from "../../contract/operations.ts";

/** How a request was answered. */
export type Answered = Code | "ok";

const columns = ["ok", ...(Object.keys(codes) as Code[])] as const;
const columnOf = new Map<Answered, number>(columns.map((code, at) => [code, at]));
const WIDTH = columns.length;
const STORAGE = columnOf.get("storage") as number;

/** Requests in a turn that need no more room for their numbers. */
const USUAL = 1024;

export interface RequestCount {
  /** Undefined for what was no request that anybody knows. */
  readonly operation: Operation | undefined;
  readonly code: Answered;
  readonly count: number;
}

export class RequestCounts {
  /** Where each operation's counts begin: as many as there are ways to answer. */
  readonly #begin = new Map<Operation | undefined, number>();
  #counts = new Float64Array(0);
  /** The places to be counted at for the requests of this turn. */
  #places = new Uint32Array(USUAL);
  #answered = 0;

  /** A request was answered in this turn. */
  answer(operation: Operation | undefined, code: Answered): void {
    const column = code === "ok" ? 0 : (columnOf.get(code) as number);
    if (this.#answered === this.#places.length) this.#widen();
    this.#places[this.#answered++] = (this.#begin.get(operation) ?? this.#open(operation)) + column;
  }

  /** One of an earlier turn was, by what another realm has said. */
  answerLater(operation: Operation, code: Answered): void {
    this.#count((this.#begin.get(operation) ?? this.#open(operation)) + (columnOf.get(code) as number));
  }

  /** What was answered in this turn is kept. */
  keep(): void {
    for (let i = 0; i < this.#answered; i++) this.#count(this.#places[i] as number);
    this.#clear();
  }

  /** The turn was undone, and its requests are executed again. */
  forget(): void {
    this.#clear();
  }

  /** The turn was undone, and all were told so. */
  undo(): void {
    for (let i = 0; i < this.#answered; i++) {
      const place = this.#places[i] as number;
      this.#count(place - (place % WIDTH) + STORAGE);
    }
    this.#clear();
  }

  /** All that are not 0. */
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
    // One turn in which very much was asked does not hold its room for ever.
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
