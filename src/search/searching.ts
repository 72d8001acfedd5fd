/**
 * The full-text index of messages, behind the turn: a process of its own makes it and searches it. In the server's process
 * indexing took 4 µs for a message, a third of all that a message takes, and a search for a common beginning of words held up
 * everybody.
 *
 * The process reads the messages from the database, so all that a turn does is to note that some are new. It is started when
 * there are many of those, or for a search, and ended when it has had no work for some time: it takes some 80 MB. With `--memory`
 * the first search starts it; it asks the server for the messages, and stays.
 */
import type { Excerpt, Hits, Query, Term } from "../contract/search.ts";
import type { Change } from "../state/changes.ts";
import type { Follower } from "../state/followers.ts";
import type { State } from "../state/state.ts";
import type { Timer, World } from "../world/world.ts";
import { IndexerProcess } from "./indexer-process.ts";
import type { Answer, Changed, Opening, Order } from "./orders.ts";
import { entryOf, sliceOf } from "./slices.ts";

/** New messages after which a running process is told; and after which one is started, which takes 0.1 s of CPU. */
const MANY = 1000;
const WORTH_A_START = 10_000;

/** How long, in ms, the process stays without work; and after a search or a withdrawn message, as another is likely to follow. */
const IDLE_MS = 5000;
const ASKED_IDLE_MS = 60_000;

/** How long, in ms, a deletion waits for others before the process is told. */
const HASTE_MS = 1000;

/** A question during which this many processes have ended is not asked again. */
const MOST_DEATHS = 2;

export interface SearchingOptions {
  readonly world: World;
  readonly model: State;
  /** Undefined: in memory. */
  readonly paths: Opening["paths"];
  readonly reserve: number;
  /** Logs that the index is made anew, that indexing has stopped, or that the process has ended by itself. */
  log(event: "search-rebuilt" | "search-stopped" | "search-ended", reason: string | undefined): void;
}

/** A question that waits for its answer. */
interface Question {
  readonly order: Extract<Order, { is: "find" | "excerpts" }>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** Processes that have ended before they answered. */
  deaths: number;
}

interface Waiter {
  readonly n: number;
  readonly upTo: number;
  readonly resolve: () => void;
}

export class Searching implements Follower {
  readonly #options: SearchingOptions;
  #process: IndexerProcess | undefined;
  readonly #questions = new Map<number, Question>();
  #lastQuestion = 0;
  /** The number of the newest message that is kept; and the one with which the process is told next. */
  #last: number;
  #next: number;
  /** The last order to index; and the last that is done. */
  #sent = { n: 0, upTo: 0 };
  #done = { n: 0, upTo: 0 };
  /** Messages that have changed, with the number of the order that tells it. */
  readonly #changed = new Map<number, number>();
  #waiters = new Set<Waiter>();
  #idle: Timer | undefined;
  #tellTimer: Timer | undefined;
  /** The process stays until then, in ms as of `World.elapsed`, with work or without. */
  #until = 0;
  /** Resolves when the process that was told to end has ended. */
  #ending = Promise.resolve();
  #closed = false;

  /** Indexes at once what was kept before, if it is much. */
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

  onKept(change: Change): void {
    if (change.is === "message.appended") {
      this.#last = change.seq;
      if (change.seq >= this.#next) this.#tell();
    } else if (change.is === "message.withdrawn") {
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
    // What stopped an earlier order may have passed.
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
    return this.#ask({ is: "find", n: ++this.#lastQuestion, query });
  }

  /** For each text, the part where all the terms were found; undefined where they were not. @throws as `find` */
  excerpts(terms: readonly Term[], texts: readonly string[]): Promise<readonly (Excerpt | undefined)[]> {
    return this.#ask({ is: "excerpts", n: ++this.#lastQuestion, terms, texts });
  }

  /** Resolves when the process has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#options.world.cancel(this.#idle);
    this.#options.world.cancel(this.#tellTimer);
    this.#refuse("the server ends");
    for (const waiter of this.#waiters) waiter.resolve();
    this.#end();
    await this.#ending;
  }

  /** Messages have changed. In memory there is nothing to change before the first search. */
  #change(seqs: readonly number[]): void {
    if (!this.#options.paths && !this.#process) return;
    for (const seq of seqs) this.#changed.set(seq, this.#sent.n + 1);
    this.#keepAlive();
    this.#tell();
  }

  /** Something was deleted: it must leave the index soon, even if nothing else is new, because the index has its words. */
  #tellSoon(): void {
    if (!this.#options.paths || this.#closed) return;
    this.#tellTimer ??= this.#options.world.after(HASTE_MS, () => {
      this.#tellTimer = undefined;
      this.#tell();
    });
    this.#tellTimer.unref();
  }

  /** Tells the process what is new; a process that is only started now is told at its start. */
  #tell(): void {
    if (this.#process) this.#send(this.#order());
    else this.#running();
  }

  /** The order that tells up to which number messages are kept, and which have changed. */
  #order(): Order {
    this.#options.model.flush();
    const n = this.#sent.n + 1;
    this.#sent = { n, upTo: this.#last };
    this.#next = this.#last + MANY;
    const changed = [...this.#changed.keys()].map((seq): Changed => {
      this.#changed.set(seq, n);
      return { seq, entry: entryOf(this.#options.model.messages.get(seq)) };
    });
    return { is: "index", n, upTo: this.#last, changed };
  }

  #ask<T>(order: Question["order"]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#questions.set(order.n, { order, resolve, reject, deaths: 0 });
      this.#keepAlive();
      this.#send(order);
    });
  }

  #send(order: Order): void {
    this.#running()?.send(order);
  }

  /** The process, started if there is none; its idle time begins anew. @returns undefined where there can be none */
  #running(): IndexerProcess | undefined {
    if (this.#closed) return undefined;
    this.#process ??= this.#start();
    this.#resetIdle();
    return this.#process;
  }

  /** @returns undefined where the system has no room for another process */
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
      this.#refuse((error as Error).message);
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
        this.#take(answer.n)?.resolve(answer.hits as never);
        return;
      case "excerpted":
        this.#take(answer.n)?.resolve(answer.excerpts as never);
        return;
      case "failed":
        this.#take(answer.n)?.reject(new Error(answer.error));
        return;
      case "rebuilt":
      case "stopped":
        this.#options.log(`search-${answer.is}`, answer.reason);
    }
  }

  #take(n: number): Question | undefined {
    const question = this.#questions.get(n);
    this.#questions.delete(n);
    return question;
  }

  /** The process has ended, or could not be started: asks another one the open questions. */
  #gone(reason: string | undefined): void {
    this.#process = undefined;
    this.#done = { n: 0, upTo: 0 };
    this.#options.log("search-ended", reason);
    for (const [n, question] of this.#questions) {
      if (++question.deaths < MOST_DEATHS) continue;
      this.#questions.delete(n);
      question.reject(new Error("the process that searches has ended"));
    }
    for (const { order } of this.#questions.values()) this.#send(order);
  }

  #refuse(reason: string): void {
    const waiting = [...this.#questions.values()];
    this.#questions.clear();
    for (const { reject } of waiting) reject(new Error(reason));
  }

  #keepAlive(): void {
    this.#until = this.#options.world.elapsed() + ASKED_IDLE_MS;
  }

  /** Ends the process when it has been idle; not one in memory, which would have to index everything anew. */
  #resetIdle(): void {
    const { world, paths } = this.#options;
    world.cancel(this.#idle);
    if (!paths) return;
    this.#idle = world.after(Math.max(IDLE_MS, this.#until - world.elapsed()), () => this.#onIdle());
    this.#idle.unref();
  }

  #onIdle(): void {
    if (this.#questions.size > 0 || this.#done.n < this.#sent.n) {
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
