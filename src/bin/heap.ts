/**
 * Collects garbage when a server has become quiet. V8 itself collects only while much is allocated: 1,000 people who logged in
 * and then said nothing left 20 MB, as measured. A usual collection keeps the room for young objects as large as it has grown;
 * one of the flavour `last-resort` gives it back to the system.
 */
import { getHeapStatistics } from "node:v8";

/** How often, in ms, the heap is looked at. It is quiet after QUIET_LOOKS looks with less than QUIET_MS of CPU between them. */
const LOOK_MS = 1000;
const QUIET_MS = 50;
const QUIET_LOOKS = 2;

/** Looks between two collections, at least: one takes 50 ms of CPU. */
const LOOKS_BETWEEN = 10;

/** Bytes that the heap must have grown by: less is not worth it. */
const GROWN = 16 * 2 ** 20;

/** Bytes in use, at most: with more, whoever asks something meanwhile would wait too long. */
const MOST_USED = 32 * 2 ** 20;

/** The heap at one look: its bytes, those in use, and the ms of CPU that the process has used so far. */
export interface HeapLook {
  readonly total: number;
  readonly used: number;
  readonly cpu: number;
}

export class QuietHeap {
  #cpu = 0;
  #quiet = 0;
  #looks = LOOKS_BETWEEN;
  /** The fewest bytes that the heap had since the last collection. */
  #least = 0;

  /** Whether garbage should be collected now. */
  isWorth({ total, used, cpu }: HeapLook): boolean {
    this.#quiet = cpu - this.#cpu < QUIET_MS ? this.#quiet + 1 : 0;
    this.#cpu = cpu;
    this.#looks++;
    this.#least = Math.min(this.#least, total);
    const isDue = this.#quiet >= QUIET_LOOKS && this.#looks >= LOOKS_BETWEEN;
    return isDue && used <= MOST_USED && total - this.#least >= GROWN;
  }

  /** Garbage was collected. */
  collected({ total, cpu }: HeapLook): void {
    this.#least = total;
    this.#cpu = cpu;
    this.#quiet = 0;
    this.#looks = 0;
  }
}

/** Watches the heap as long as the process runs; does nothing without `--expose-gc`, which launch.sh gives. */
export function collectWhenQuiet(): void {
  const { gc } = globalThis;
  if (!gc) return;
  const heap = new QuietHeap();
  setInterval(() => {
    if (!heap.isWorth(look())) return;
    gc({ type: "major", flavor: "last-resort" });
    heap.collected(look());
  }, LOOK_MS).unref();
}

function look(): HeapLook {
  const { total_heap_size: total, used_heap_size: used } = getHeapStatistics();
  const { user, system } = process.cpuUsage();
  return { total, used, cpu: (user + system) / 1000 };
}
