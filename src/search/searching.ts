/**
 * The full-text index of messages. A process of its own makes it and searches it, and follows behind the turns. In the server's
 * own process indexing took 4 µs for a message, a third of all that a message takes, and a search for a common prefix held up
 * everybody.
 *
 * The process reads the messages from the database, so all that a turn does is to note that some are new. It is started when many
 * are new, or for a search, and ended when it has had no work for some time, for it takes some 80 MB. With `--memory` it is
 * started by the first search, asks the server for the messages, and stays.
 */
import type { Excerpt, Hits, Query, Term } from "../contract/search.ts";
import type { Follower, OtherChange } from "../state/followers.ts";
import type { State } from "../state/state.ts";
import type { Timer, World } from "../world/world.ts";
import { IndexerProcess } from "./indexer-process.ts";
import type { Answer, Changed, Opening, Order } from "./orders.ts";
import { type QuestionOrder, Questions } from "./questions.ts";
import { entryOf, sliceOf } from "./slices.ts";

/** After how many new messages a running process is told; and after how many one is started, which takes 0.1 s of CPU. */
const MANY = 1000;
const WORTH_A_START = 10_000;

/**
 * How long, in ms, the process stays without work; and how long after a search or a withdrawn message, because another is likely
 * to follow.
 */
const IDLE_MS = 5000;
const ASKED_IDLE_MS = 60_000;

/** How long, in ms, the process is not told of a deletion yet, because others may follow. */
const HASTE_MS = 1000;

export interface SearchingOptions {
  readonly world: World;
  readonly model: State;
  /** Undefined with `--memory`: the index is in memory. */
  readonly paths: Opening["paths"];
  readonly reserve: number;
  /** Logs that the index is made anew, that indexing has stopped, or that the process has ended by itself. */
  log(event: "search-rebuilt" | "search-stopped" | "search-ended", reason: string | undefined): void;
  /** The process has found that the database is damaged. Told once by each process. */
  onDamaged?(reason: string): void;
}

/** Waits until order `n` is done and messages up to `upTo` are indexed. */
interface Waiter {
  readonly n: number;
  readonly upTo: number;
  readonly resolve: () => void;
}

export class Searching implements Follower {
  readonly #options: SearchingOptions;
  #process: IndexerProcess | undefined;
  readonly #questions = new Questions();
  /** The number of the newest message that is kept; and the number at which the process is told next. */
  #last: number;
  #next: number;
  /** The last order to index that was sent; and the last one that is done. */
  #sent = { n: 0, upTo: 0 };
  #done = { n: 0, upTo: 0 };
  /** Messages that have changed, each with the number of the order that tells the process so. */
  readonly #changed = new Map<number, number>();
  #waiters = new Set<Waiter>();
  #idle: Timer | undefined;
  #tellTimer: Timer | undefined;
  /** The process stays at least until then, in ms of `World.elapsed`, with work or without. */
  #until = 0;
  /** Resolves when the process that was told to end has ended. */
  #ending = Promise.resolve();
  #closed = false;

  /** Begins to index what was kept before, if it is much. */
  constructor(options: SearchingOptions) {
    this.#options = options;
    this.#last = options.model.messages.last;
    this.#next = options.paths ? WORTH_A_START : Number.POSITIVE_INFINITY;
    if (this.#last >= this.#next) this.#tell();
  }

  /** The id of the process, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  onMessagesKept(upTo: number): void {
    this.#last = upTo;
    if (upTo >= this.#next) this.#tell();
  }

  onKept(change: OtherChange): void {
    if (change.is === "message.withdrawn") {
      this.#change([change.seq]);
    } else if (change.is === "messages.removed") {
      this.#change(change.seqs);
    } else if (change.is === "message.altered" && change.what === "deleted") {
      this.#tellSoon();
    }
  }

  /** Resolves once all messages up to a number are indexed as they are now, but after `ms` milliseconds at the latest. */
  async caughtUp(upTo: number, ms: number): Promise<void> {
    if (this.#last < upTo) this.#next = Math.min(this.#next, upTo);
    // Also if an order is on its way: it may have been stopped by something, such as a full disk, that is over now.
    else if (this.#done.n < this.#sent.n || this.#done.upTo < upTo || this.#process === undefined) this.#tell();
    const { n } = this.#sent;
    if (this.#closed || (this.#done.n >= n && this.#done.upTo >= upTo)) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.world.after(ms, () => {
        this.#waiters.delete(waiter);
        resolve();
      });
      const waiter = {
        n,
        upTo,
        resolve: () => {
          this.#options.world.cancel(timer);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** @throws Error if the process cannot be started, or ends while it searches */
  find(query: Query): Promise<Hits> {
    return this.#ask({ is: "find", n: this.#questions.next(), query });
  }

  /** For each text, the part where all the terms were found; undefined where they were not. @throws as `find` */
  excerpts(terms: readonly Term[], texts: readonly string[]): Promise<readonly (Excerpt | undefined)[]> {
    return this.#ask({ is: "excerpts", n: this.#questions.next(), terms, texts });
  }

  /** Resolves when the process has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.world.cancel(this.#idle);
    this.#options.world.cancel(this.#tellTimer);
    this.#questions.rejectAll("the server ends");
    for (const waiter of this.#waiters) waiter.resolve();
    this.#end();
    await this.#ending;
  }

  /** Messages have changed. With `--memory`, nothing is indexed before the first search. */
  #change(seqs: readonly number[]): void {
    if (!this.#options.paths && !this.#process) return;
    for (const seq of seqs) this.#changed.set(seq, this.#sent.n + 1);
    this.#keepAlive();
    this.#tell();
  }

  /** A message was deleted. The index has its words, so the process must be told soon, even if nothing else is new. */
  #tellSoon(): void {
    if (!this.#options.paths || this.#closed) return;
    this.#tellTimer ??= this.#options.world.after(HASTE_MS, () => {
      this.#tellTimer = undefined;
      this.#tell();
    });
    this.#tellTimer.unref();
  }

  /** Tells the process what is new. If there is none, starts one, which is told at its start. */
  #tell(): void {
    if (this.#process) this.#send(this.#order());
    else this.#running();
  }

  /** The order that tells up to which number messages are kept, and which have changed. */
  #order(): Order {
    const n = this.#sent.n + 1;
    this.#sent = { n, upTo: this.#last };
    this.#next = this.#last + MANY;
    const changed = [...this.#changed.keys()].map((seq): Changed => {
      this.#changed.set(seq, n);
      return { seq, entry: entryOf(this.#options.model.messages.get(seq)) };
    });
    return { is: "index", n, upTo: this.#last, changed };
  }

  #ask<T>(order: QuestionOrder): Promise<T> {
    const answer = this.#questions.add<T>(order);
    this.#keepAlive();
    this.#send(order);
    return answer;
  }

  #send(order: Order): void {
    this.#running()?.send(order);
  }

  /** The process, which is started if there is none. Its idle time begins again. @returns undefined if it cannot be started */
  #running(): IndexerProcess | undefined {
    if (this.#closed) return undefined;
    this.#process ??= this.#start();
    this.#resetIdle();
    return this.#process;
  }

  /** @returns undefined if the system cannot start another process */
  #start(): IndexerProcess | undefined {
    const { model, paths, reserve } = this.#options;
    try {
      const started = new IndexerProcess({
        onAnswer: (answer) => {
          if (started === this.#process) this.#onAnswer(answer);
        },
        onGone: (reason) => {
          if (started === this.#process) this.#gone(reason);
        },
      });
      const salt = Buffer.from(model.messages.salt).toString("hex");
      started.send({ is: "open", opening: { paths, salt, reserve } });
      started.send(this.#order());
      return started;
    } catch (error) {
      this.#options.log("search-stopped", (error as Error).message);
      this.#questions.rejectAll((error as Error).message);
      return undefined;
    }
  }

  #onAnswer(answer: Answer): void {
    switch (answer.is) {
      case "indexed":
        this.#done = { n: answer.n, upTo: answer.upTo };
        for (const [seq, n] of this.#changed) if (n <= answer.n) this.#changed.delete(seq);
        for (const waiter of this.#waiters) {
          if (waiter.n > answer.n || waiter.upTo > answer.upTo) continue;
          this.#waiters.delete(waiter);
          waiter.resolve();
        }
        return;
      case "want":
        this.#send({ is: "slice", slice: sliceOf(this.#options.model.messages, answer.after, answer.upTo) });
        return;
      case "found":
        this.#questions.resolve(answer.n, answer.hits);
        return;
      case "excerpted":
        this.#questions.resolve(answer.n, answer.excerpts);
        return;
      case "failed":
        this.#questions.reject(answer.n, answer.error);
        return;
      case "rebuilt":
      case "stopped":
        this.#options.log(`search-${answer.is}`, answer.reason);
        return;
      case "damaged":
        this.#options.log("search-stopped", answer.reason);
        this.#options.onDamaged?.(answer.reason);
    }
  }

  /** The process has ended by itself, or could not be started: asks another one the open questions. */
  #gone(reason: string | undefined): void {
    this.#process = undefined;
    this.#done = { n: 0, upTo: 0 };
    this.#options.log("search-ended", reason);
    for (const order of this.#questions.survive()) this.#send(order);
  }

  #keepAlive(): void {
    this.#until = this.#options.world.elapsed() + ASKED_IDLE_MS;
  }

  /** Ends the process when it has been idle. Not with `--memory`: another one would have to index everything again. */
  #resetIdle(): void {
    const { world, paths } = this.#options;
    world.cancel(this.#idle);
    if (!paths) return;
    this.#idle = world.after(Math.max(IDLE_MS, this.#until - world.elapsed()), () => this.#onIdle());
    this.#idle.unref();
  }

  #onIdle(): void {
    if (!this.#questions.isEmpty || this.#done.n < this.#sent.n) {
      this.#resetIdle();
    } else {
      this.#next = this.#sent.upTo + WORTH_A_START;
      this.#end();
    }
  }

  #end(): void {
    const ended = this.#process?.end();
    this.#process = undefined;
    if (ended) this.#ending = Promise.all([this.#ending, ended]).then(() => {});
  }
}
