/** How often something took how long: a count for each bound, and the sum. */
export class Histogram {
  /** In seconds, rising. */
  readonly bounds: readonly number[];
  /** How many were within each bound and beyond the one before; behind them those beyond the last. */
  readonly counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Seconds, all together. */
  get sum(): number {
    return this.#sum;
  }

  /** @param ms what it took */
  add(ms: number): void {
    const seconds = ms / 1000;
    let at = 0;
    while (at < this.bounds.length && seconds > (this.bounds[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.#sum += seconds;
  }
}
