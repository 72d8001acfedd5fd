/** The machine's time for a server, but that a test may let some of it pass at once: what is due meanwhile is done in its order. */
import { setTimeout as pause } from "node:timers/promises";
import { machine, type Timer, type World } from "../../src/world/world.ts";

/** As after a machine has slept, what comes again and again comes so often at the most in all that passes at once. */
const MOST_TIMES = 100;

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
  /** How long, in ms, is passing now. */
  #passing = 0;
  readonly #entries = new Set<Entry>();
  readonly #began = { now: machine.now(), elapsed: machine.elapsed() };
  readonly world: World = {
    ...machine,
    now: () => Math.floor(machine.now() + this.#ahead),
    elapsed: () => this.#elapsed,
    after: (ms, then) => this.#add(ms, then),
    every: (ms, then) => this.#add(ms, then, ms),
    cancel: (timer) => this.#drop(timer as Entry | undefined),
  };

  /**
   * The same, but its clocks stand still unless a test lets time pass, however long the machine takes for the test. What is to be
   * done after a while is done all the same.
   */
  readonly standing: World = {
    ...this.world,
    now: () => Math.floor(this.#began.now + this.#ahead),
    elapsed: () => this.#began.elapsed + this.#ahead,
  };

  /** Lets so much pass at once, in ms. */
  pass(ms: number): void {
    const end = this.#elapsed + ms;
    this.#passing = ms;
    for (;;) {
      const next = this.#first();
      if (!next || next.due > end) break;
      this.#ahead += Math.max(0, next.due - this.#elapsed);
      this.#fire(next);
    }
    this.#passing = 0;
    this.#ahead += Math.max(0, end - this.#elapsed);
    for (const entry of this.#entries) {
      if (entry.every !== undefined) entry.due = Math.min(entry.due, end + entry.every);
      this.#arm(entry);
    }
  }

  #first(): Entry | undefined {
    let first: Entry | undefined;
    for (const entry of this.#entries) if (!first || entry.due < first.due) first = entry;
    return first;
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
    // All are, once that has passed.
    if (this.#passing > 0) return;
    entry.timer = machine.after(Math.max(0, entry.due - this.#elapsed), () => this.#fire(entry));
    if (entry.isQuiet) entry.timer.unref();
  }

  #fire(entry: Entry): void {
    if (entry.every === undefined) this.#drop(entry);
    else {
      entry.due = Math.max(entry.due + Math.max(entry.every, this.#passing / MOST_TIMES), this.#elapsed);
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
