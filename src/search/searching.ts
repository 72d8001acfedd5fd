/**
 * The index of messages, behind the turn: a process of its own makes it and looks into it. In the server's process a message
 * took 4 µs more, a third of all that it takes, and a search for a common beginning of words everybody's time.
 *
 * The process reads the messages from the database, so a turn costs nothing more but to see that some are new. It is started
 * once there are many of those, or for a search, and is ended when it was not needed for some time: it has some 80 MB. With
 * `--memory` it is started by the first search, asks the server for the messages, and stays.
 */
import { type ChildProcess, fork } from "node:child_process";
import { extname } from "node:path";
import type { Excerpt, Hits, Query, Term } from "../contract/search.ts";
import type { Change } from "../state/changes.ts";
import type { Follower, State } from "../state/state.ts";
import type { Timer, World } from "../world/world.ts";
import type { Answer, Changed, Opening, Order } from "./orders.ts";
import { entryOf, sliceOf } from "./slices.ts";

/** Beside this file, compiled as this one is. */
const program = new URL(`indexer${extname(import.meta.filename)}`, import.meta.url);

/** It makes much garbage, of which V8 otherwise keeps room for 16 MB thrice over: with this it has half as much memory, and takes as long. */
const FLAGS = ["--max-semi-space-size=2"];

/** New messages after which the process is told; and after which it is started: that takes 0.1 s of CPU. */
const MANY = 1000;
const WORTH_A_START = 10_000;

/**
 * How long, in ms, it stays without work: who searches will search again, and what is withdrawn is told one by one. And how long
 * it may take to end.
 */
const IDLE_MS = 5000;
const ASKED_IDLE_MS = 60_000;
const END_MS = 3000;

/** How long, in ms, what was deleted may wait for other deletions. */
const HASTE_MS = 1000;

/** What has ended so many processes is not asked again. */
const MOST_DEATHS = 2;

export interface SearchingOptions {
  readonly world: World;
  readonly model: State;
  /** Undefined: in memory. */
  readonly paths: Opening["paths"];
  readonly reserve: number;
  /** Logs that the index is made anew or goes no further, or that its process has ended by itself. */
  log(event: "search-rebuilt" | "search-stopped" | "search-ended", reason: string | undefined): void;
}

/** A question that waits for its answer. */
interface Question {
  readonly order: Extract<Order, { is: "find" | "excerpts" }>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  /** Processes that have ended before they had answered. */
  deaths: number;
}

interface Waiter {
  readonly n: number;
  readonly upTo: number;
  readonly resolve: () => void;
}

export class Searching implements Follower {
  readonly #options: SearchingOptions;
  #child: ChildProcess | undefined;
  readonly #questions = new Map<number, Question>();
  #lastQuestion = 0;
  /** The newest message that is kept; after which the process is told next. */
  #last: number;
  #next: number;
  /** The last order to index, and the last that is done. */
  #sent = { n: 0, upTo: 0 };
  #done = { n: 0, upTo: 0 };
  /** Messages that are otherwise than they were, with the order that tells of them. */
  readonly #changed = new Map<number, number>();
  #waiters = new Set<Waiter>();
  #idle: Timer | undefined;
  #hastening: Timer | undefined;
  /** It stays until then, by the world's `elapsed`, with work or without. */
  #until = 0;
  /** The process that was told to end, until it has. */
  #ending = Promise.resolve();
  #closed = false;

  /** What was kept before is indexed at once, if it is much. */
  constructor(options: SearchingOptions) {
    this.#options = options;
    this.#last = options.model.messages.last;
    this.#next = options.paths ? WORTH_A_START : Number.POSITIVE_INFINITY;
    if (this.#last >= this.#next) this.#tell();
  }

  /** The id of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  onKept(change: Change): void {
    if (change.is === "message.appended") {
      this.#last = change.seq;
      if (change.seq >= this.#next) this.#tell();
    } else if (change.is === "message.withdrawn") {
      this.#change([change.seq]);
    } else if (change.is === "messages.removed") {
      this.#change(change.seqs);
    } else if ((change.is === "message.altered" && change.what === "deleted") || change.is === "group.deleted") {
      this.#hasten();
    }
  }

  /** Resolves once all messages up to a number are in the index as they are now, or after some time. */
  async caughtUp(upTo: number, ms: number): Promise<void> {
    if (this.#last < upTo) this.#next = Math.min(this.#next, upTo);
    // What was in the way of an earlier order may be out of it.
    else if (this.#done.n < this.#sent.n || this.#done.upTo < upTo || this.#child === undefined) this.#tell();
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

  /** @throws Error where the process cannot be started, or ends over it */
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
    this.#options.world.cancel(this.#hastening);
    this.#refuse("the server ends");
    for (const waiter of this.#waiters) waiter.resolve();
    this.#end();
    await this.#ending;
  }

  /** In memory nothing is indexed before the first search. */
  #change(seqs: readonly number[]): void {
    if (!this.#options.paths && !this.#child) return;
    for (const seq of seqs) this.#changed.set(seq, this.#sent.n + 1);
    this.#stay();
    this.#tell();
  }

  /** What was deleted leaves the index soon, whether anything else is new or not: its words are in it. */
  #hasten(): void {
    if (!this.#options.paths || this.#closed) return;
    this.#hastening ??= this.#options.world.after(HASTE_MS, () => {
      this.#hastening = undefined;
      this.#tell();
    });
    this.#hastening.unref();
  }

  /** A process that is started is told as it is. */
  #tell(): void {
    if (this.#child) this.#send(this.#order());
    else this.#attended();
  }

  /** Up to which message there are any, and which are otherwise than they were. */
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

  #ask<T>(order: Question["order"]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#questions.set(order.n, { order, resolve, reject, deaths: 0 });
      this.#stay();
      this.#send(order);
    });
  }

  #send(order: Order): void {
    const child = this.#attended();
    // If it cannot be sent, the process has ended, and that is told as well.
    if (child?.connected) child.send(order, () => {});
  }

  /** The process, which stays for some time from now. @returns undefined where there can be none */
  #attended(): ChildProcess | undefined {
    if (this.#closed) return undefined;
    this.#child ??= this.#start();
    this.#attend();
    return this.#child;
  }

  /** @returns undefined where the system has no room for another process */
  #start(): ChildProcess | undefined {
    const { model, paths, reserve } = this.#options;
    try {
      const child = fork(program, {
        execArgv: FLAGS,
        serialization: "advanced",
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      child.on("message", (answer: Answer) => {
        if (child === this.#child) this.#hear(answer);
      });
      child.once("exit", () => this.#gone(child, undefined));
      child.on("error", (error) => this.#gone(child, error.message));
      child.unref();
      child.channel?.unref();
      const salt = Buffer.from(model.messages.salt).toString("hex");
      child.send({ is: "open", opening: { paths, salt, reserve } } satisfies Order, () => {});
      child.send(this.#order(), () => {});
      return child;
    } catch (error) {
      this.#options.log("search-stopped", (error as Error).message);
      this.#refuse((error as Error).message);
      return undefined;
    }
  }

  #hear(answer: Answer): void {
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

  /** It has ended, or could not be started. What waits for an answer is asked of another. */
  #gone(child: ChildProcess, reason: string | undefined): void {
    if (child !== this.#child) return;
    this.#child = undefined;
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

  #stay(): void {
    this.#until = this.#options.world.elapsed() + ASKED_IDLE_MS;
  }

  /** One in memory would have to begin anew. */
  #attend(): void {
    const { world, paths } = this.#options;
    world.cancel(this.#idle);
    if (!paths) return;
    this.#idle = world.after(Math.max(IDLE_MS, this.#until - world.elapsed()), () => this.#rest());
    this.#idle.unref();
  }

  #rest(): void {
    if (this.#questions.size > 0 || this.#done.n < this.#sent.n) {
      this.#attend();
    } else {
      this.#next = this.#sent.upTo + WORTH_A_START;
      this.#end();
    }
  }

  #end(): void {
    const child = this.#child;
    this.#child = undefined;
    if (!child?.connected) return;
    const ended = new Promise<void>((resolve) => {
      const slow = setTimeout(() => child.kill("SIGKILL"), END_MS);
      child.once("exit", () => {
        clearTimeout(slow);
        resolve();
      });
    });
    this.#ending = Promise.all([this.#ending, ended]).then(() => {});
    child.ref();
    child.disconnect();
  }
}
