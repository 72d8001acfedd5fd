/** The result of an operation, an output or a refusal, and the two ways to give it later. */
import type { Code } from "./codes.ts";

/** A refusal. `detail` says in English what exactly was wrong, for people; `retry`, in how many seconds one may ask again. */
export class Failure<C extends Code = Code> {
  readonly code: C;
  readonly detail: string | undefined;
  readonly retry: number | undefined;
  constructor(code: C, detail?: string, retry?: number) {
    this.code = code;
    this.detail = detail;
    this.retry = retry;
  }
}

/** An output, or why there is none. */
export type Result<T, C extends Code = Code> = T | Failure<C>;

/**
 * The last step of an operation that had to wait. It runs within one turn: it reads the state as it is then, changes it and
 * gives the result. If it throws, its changes are undone. Where a turn is lost to another node it runs again, in a later one.
 */
export type Finish<T, C extends Code = Code> = () => Result<T, C> | Later<T, C>;

/**
 * The result of an operation that is done here and waits for another realm's answer. Its reply keeps its place among those of
 * the connection, whose next requests need not wait for it.
 */
export class Later<T, C extends Code = Code> {
  #finish: (() => Result<T, C>) | undefined;
  #settled: (() => void) | undefined;

  /** Gives the result; only the first call counts. */
  settle(finish: () => Result<T, C>): void {
    if (this.#finish) return;
    this.#finish = finish;
    this.#settled?.();
  }

  /** Calls `then` once the result is given, at once if it is. */
  whenSettled(then: (finish: () => Result<T, C>) => void): void {
    this.#settled = () => this.#finish && then(this.#finish);
    this.#settled();
  }
}
