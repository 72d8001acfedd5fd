/** Time that only passes when nothing is left to do: what is planned runs by its time, what is to run soon before that. */

interface Planned {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export interface Plan {
  cancel(): void;
  unref(): void;
}

/** Everything that has been promised by now has been done: Node's own queues are empty, and no file is being written or read. */
async function settled(): Promise<void> {
  do await new Promise(setImmediate);
  while (process.getActiveResourcesInfo().some((one) => one.startsWith("FSReq")));
}

export class Schedule {
  /** Milliseconds since the beginning. */
  now = 0;
  /** How far, in ms, everybody's clock was put on: so much is as if it had passed, but for timers. */
  skipped = 0;
  #order = 0;
  /** A binary heap by time, then by order. */
  readonly #heap: Planned[] = [];
  #soon: (() => void)[] = [];

  after(ms: number, run: () => void): Plan {
    const planned: Planned = { at: this.now + Math.max(0, ms), order: this.#order++, run };
    this.#push(planned);
    return {
      cancel() {
        planned.run = undefined;
      },
      unref() {},
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /** Runs everything that is planned up to a time. */
  async until(time: number): Promise<void> {
    for (;;) {
      await settled();
      const soon = this.#soon;
      if (soon.length > 0) {
        this.#soon = [];
        for (const run of soon) {
          run();
          // As between two callbacks of `setImmediate`.
          await Promise.resolve();
        }
        continue;
      }
      const next = this.#heap[0];
      if (!next || next.at > time) {
        this.now = Math.max(this.now, time);
        return;
      }
      this.#pop();
      if (!next.run) continue;
      this.now = Math.max(this.now, next.at);
      next.run();
    }
  }

  /** Time passes until something is done. @throws Error if that takes too long, and what `work` throws */
  async over(work: Promise<unknown> | undefined): Promise<void> {
    let isOver = false;
    const end = (): boolean => (isOver = true);
    void work?.then(end, end);
    for (let i = 0; !isOver; i++) {
      if (i > 1000) throw new Error(`it does not go on: ${this.now}`);
      await this.until(this.now + 100);
    }
    await work;
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at] as Planned, heap[parent] as Planned)) return;
      [heap[at], heap[parent]] = [heap[parent] as Planned, heap[at] as Planned];
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Planned;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && isBefore(heap[right] as Planned, heap[left] as Planned) ? right : left;
      if (!isBefore(heap[child] as Planned, heap[at] as Planned)) return;
      [heap[at], heap[child]] = [heap[child] as Planned, heap[at] as Planned];
      at = child;
    }
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
