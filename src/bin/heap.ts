/**
 * When a server that has become quiet collects its garbage. V8 does so while much is made: what people who have only logged in have
 * left behind stays, and 1,000 of them were measured to leave 20 MB. Collected in the usual way, the room for young
 * objects stays as large as it has become; as a last resort, all that is not needed is the system's again.
 */
import { getHeapStatistics } from "node:v8";

/** How often, in ms, it is looked; and with how much CPU, in ms, in between it was quiet, for so many looks. */
const LOOK_MS = 1000;
const QUIET_MS = 50;
const QUIET_LOOKS = 2;

/** Looks from one collection to the next: it takes 50 ms of CPU. */
const LOOKS_BETWEEN = 10;

/** Bytes that the heap has grown by, or it is not worth it. */
const GROWN = 16 * 2 ** 20;

/** Bytes in use, or whoever comes just then would wait too long for it. */
const MOST_USED = 32 * 2 ** 20;

/** As it is seen at one look: bytes, and ms of CPU that the process has used so far. */
export interface HeapLook {
  readonly total: number;
  readonly used: number;
  readonly cpu: number;
}

export class QuietHeap {
  #cpu = 0;
  #quiet = 0;
  #looks = LOOKS_BETWEEN;
  /** Bytes that it had at the least since garbage was collected. */
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

  /** It was collected. */
  collected({ total, cpu }: HeapLook): void {
    this.#least = total;
    this.#cpu = cpu;
    this.#quiet = 0;
    this.#looks = 0;
  }
}

/** From now on, as long as the process runs; only where `--expose-gc` was given, as launch.sh does. */
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
