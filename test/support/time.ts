/** The machine's time for a server, but that a test may let some of it pass at once: what is due meanwhile is done in its order. */
import { setTimeout as pause } from "node:timers/promises";
import { machine, type Timer, type World } from "../../src/world/world.ts";

interface Entry extends Timer {
  /** By `elapsed`. */
  due: number;
  /** In ms; once if it is left out. */
  readonly every?: number;
  readonly then: () => void;
  isQuiet: boolean;
  timer: Timer | undefined;
}

export class Time {
  /** How far it is ahead of the machine's, in ms. */
  #ahead = 0;
  readonly #entries = new Set<Entry>();
  readonly world: World = {
    ...machine,
    now: () => Math.floor(machine.now() + this.#ahead),
    elapsed: () => this.#elapsed,
    after: (ms, then) => this.#add(ms, then),
    every: (ms, then) => this.#add(ms, then, ms),
    cancel: (timer) => this.#drop(timer as Entry | undefined),
  };

  /** Lets so much pass at once, in ms. */
  pass(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const next = [...this.#entries].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#ahead += Math.max(0, next.due - this.#elapsed);
      this.#fire(next);
    }
    this.#ahead += Math.max(0, end - this.#elapsed);
    for (const entry of this.#entries) this.#arm(entry);
  }

  get #elapsed(): number {
    return machine.elapsed() + this.#ahead;
  }

  #add(ms: number, then: () => void, every?: number): Entry {
    const entry: Entry = {
      due: this.#elapsed + ms,
      then,
      isQuiet: false,
      timer: undefined,
      unref() {
        this.isQuiet = true;
        this.timer?.unref();
      },
      ...(every !== undefined && { every }),
    };
    this.#entries.add(entry);
    this.#arm(entry);
    return entry;
  }

  #arm(entry: Entry): void {
    machine.cancel(entry.timer);
    entry.timer = machine.after(Math.max(0, entry.due - this.#elapsed), () => this.#fire(entry));
    if (entry.isQuiet) entry.timer.unref();
  }

  #fire(entry: Entry): void {
    if (entry.every === undefined) this.#drop(entry);
    else {
      entry.due = Math.max(entry.due + entry.every, this.#elapsed);
      this.#arm(entry);
    }
    entry.then();
  }

  #drop(entry: Entry | undefined): void {
    if (!entry) return;
    machine.cancel(entry.timer);
    this.#entries.delete(entry);
  }
}

/** What a server may be let pass the time of. */
export interface Passing {
  /** Lets so much time pass for it at once, in ms. */
  pass(ms: number): void;
}

/** So little at once, in ms, that who answers has answered in between: what is waited for is many times as long. */
const STEP_MS = 100;

/** For `until`: time passes for these until it is time to look again. What they are sent is read in between. */
export function passing(...servers: readonly Passing[]): () => Promise<void> {
  return async () => {
    for (const server of servers) server.pass(STEP_MS);
    await pause(2);
  };
}

/** Waits for something for which time must pass. */
export async function meanwhile<T>(server: Passing, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const over = promise.finally(() => (isOver = true));
  // Whoever awaits it hears of it below.
  over.catch(() => {});
  const step = passing(server);
  while (!isOver) await step();
  return over;
}
