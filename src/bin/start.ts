/** A server's start, which may come to nothing while it waits for something: its log cannot go on, or it is told to stop. */
import { storeError } from "./store.ts";

export class Start {
  /** Resolves, with the reason, once the log cannot go on, also after the start. */
  readonly failed: Promise<string>;
  readonly #fail: (reason: string) => void;
  readonly #over = new AbortController();
  readonly #cutShort: Promise<never>;
  readonly #stop: AbortSignal | undefined;
  #stands = false;

  /** @param stop it is told to stop */
  constructor(stop: AbortSignal | undefined) {
    const { promise: failed, resolve: fail } = Promise.withResolvers<string>();
    this.failed = failed;
    this.#fail = fail;
    this.#cutShort = new Promise((_, reject) => {
      this.signal.addEventListener("abort", () => reject(this.signal.reason));
    });
    this.#cutShort.catch(() => {});
    this.#stop = stop;
    if (stop?.aborted) this.#told();
    else stop?.addEventListener("abort", this.#told);
  }

  /** Nothing more is to be waited for that the log would have to do. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get stands(): boolean {
    return this.#stands;
  }

  /** The log cannot go on; or it is away, during the start. */
  fail(reason: string): void {
    this.#fail(reason);
    this.#over.abort(storeError(reason));
  }

  /** What the start waits for. @throws Error in one line when it comes to nothing meanwhile, and as the work does */
  step<T>(work: T | Promise<T>): Promise<T> {
    return Promise.race([this.#cutShort, work]);
  }

  /** The server stands: whoever is told to stop it closes it. */
  end(): void {
    this.#stands = true;
    this.#stop?.removeEventListener("abort", this.#told);
  }

  readonly #told = (): void => this.#over.abort(new Error(`told to stop: ${this.#stop?.reason}`));
}
