/** A histogram of durations: a count for each bucket, and the sum. */
export class Histogram {
  /** The upper bounds of the buckets, in seconds, rising. */
  readonly bounds: readonly number[];
  /** How many durations are in each bucket (not cumulated); the last count is of those beyond the last bound. */
  readonly counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** The sum of all durations, in seconds. */
  get sum(): number {
    return this.#sum;
  }

  /** Counts a duration, in ms. */
  add(ms: number): void {
    const seconds = ms / 1000;
    let at = 0;
    while (at < this.bounds.length && seconds > (this.bounds[at] as number)) at++;
    this.counts[at] = (this.counts[at] as number) + 1;
    this.#sum += seconds;
  }
}
