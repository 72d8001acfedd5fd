/** What an operation answers: its output, or a refusal; at once, or later. */
import type { Code } from "./codes.ts";

/** A refusal. `detail` says in English what exactly was wrong, for people. */
export class Failure<C extends Code = Code> {
  readonly code: C;
  readonly detail: string | undefined;
  constructor(code: C, detail?: string) {
    this.code = code;
    this.detail = detail;
  }
}

export type Result<T, C extends Code = Code> = T | Failure<C>;

/**
 * What an operation that had to wait ends with: run at once and at one go, it looks at the state as
 * it is now, changes it and answers. What is thrown in it undoes all of it.
 */
export type Finish<T, C extends Code = Code> = () => Result<T, C> | Later<T, C>;

/**
 * The answer of an operation that was done here and is confirmed elsewhere: its request keeps its
 * place among the replies, and the connection's next requests need not wait for it.
 */
export class Later<T, C extends Code = Code> {
  #finish: (() => Result<T, C>) | undefined;
  #settled: (() => void) | undefined;

  /** The first time counts. */
  settle(finish: () => Result<T, C>): void {
    if (this.#finish) return;
    this.#finish = finish;
    this.#settled?.();
  }

  whenSettled(then: (finish: () => Result<T, C>) => void): void {
    this.#settled = () => this.#finish && then(this.#finish);
    this.#settled();
  }
}
