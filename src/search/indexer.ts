/**
 * The process that has a server's index: see searching.ts. It reads the messages from the database, in slices of some
 * milliseconds, and answers between them. It runs until its parent ends it.
 */
import { getPriority, setPriority } from "node:os";
import { freeBytes } from "../contents/free.ts";
import type { Hits } from "../contract/search.ts";
import { reading, type TextRow, Texts, Unreadable } from "../logs/sqlite/texts.ts";
import { type Entry, marksOf } from "./entry.ts";
import { Excerpts } from "./excerpts.ts";
import { IndexFile, isLost, OtherDatabase, removeIndex } from "./index-file.ts";
import type { Answer, Changed, Opening, Order, Slice } from "./orders.ts";

/** Indexing can wait for a moment, people who chat should not. */
const NICENESS = 5;

/** Messages of a slice, and UTF-16 units of their texts. */
const SLICE_MESSAGES = 1000;
const SLICE_UNITS = 2 ** 19;

/** How often, in ms, one shard is tidied; and how long the last tidying may take when the process ends. */
const TIDY_MS = 60_000;
const LAST_TIDY_MS = 1000;

/** How often a damaged index is made anew: if it is damaged again and again, so is the disk. */
const MOST_REBUILDS = 3;

/** The answer while the index cannot be opened. */
const NOTHING: Hits = { seqs: [], next: undefined, behind: true };

class Indexer {
  readonly #opening: Opening;
  readonly #excerpts = new Excerpts();
  #texts: Texts | undefined;
  #index: IndexFile | undefined;
  /** The last order to index. */
  #wanted = { n: 0, upTo: 0 };
  #runs = false;
  /** What was told of the error that indexing has stopped because of. */
  #stopped: "stopped" | "damaged" | undefined;
  #rebuilds = 0;
  #arrived: ((slice: Slice) => void) | undefined;

  constructor(opening: Opening) {
    this.#opening = opening;
    setInterval(() => this.#tidy(), TIDY_MS).unref();
  }

  take(order: Exclude<Order, { is: "open" }>): void {
    switch (order.is) {
      case "index":
        this.#wanted = { n: order.n, upTo: order.upTo };
        this.#guarded(() => {
          for (const { seq, entry } of order.changed) this.#opened().change(seq, entry);
        });
        void this.#run();
        return;
      case "slice":
        this.#arrived?.(order.slice);
        return;
      case "find": {
        const hits = this.#guarded(() => {
          const index = this.#opened();
          const found = index.find(order.query, this.#excerpts.tokensOf(order.query.terms));
          return { ...found, behind: index.reached.upTo < this.#wanted.upTo };
        });
        tell({ is: "found", n: order.n, hits: hits ?? NOTHING });
        return;
      }
      case "excerpts":
        tell({ is: "excerpted", n: order.n, excerpts: this.#excerpts.of(order.terms, order.texts) });
    }
  }

  close(): void {
    const end = performance.now() + LAST_TIDY_MS;
    while (performance.now() < end && this.#guarded(() => this.#index?.tidy() ?? false));
    this.#index?.close();
    this.#texts?.close();
  }

  /** Indexes until the last order is done, or until an error stops it. */
  async #run(): Promise<void> {
    if (this.#runs) return;
    this.#runs = true;
    try {
      for (;;) {
        const { n, upTo } = this.#wanted;
        const reached = this.#guarded(() => this.#opened().reached);
        if (!reached) return;
        if (reached.upTo >= upTo) {
          this.#stopped = undefined;
          tell({ is: "indexed", n, upTo });
          return;
        }
        const slice = await this.#slice(reached.upTo, upTo);
        const isAdded = slice && this.#guarded(() => this.#add(slice));
        if (!isAdded) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.#runs = false;
    }
  }

  #slice(after: number, upTo: number): Slice | undefined | Promise<Slice> {
    if (this.#opening.paths) return this.#guarded(() => reading(() => sliceOf(this.#texts as Texts, after, upTo)));
    tell({ is: "want", after, upTo });
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  /** The index, opened if it is not. @throws Error of SQLite, or of the file system */
  #opened(): IndexFile {
    if (this.#index) return this.#index;
    const { paths, salt } = this.#opening;
    if (paths) this.#texts ??= reading(() => new Texts(paths.database));
    const index = new IndexFile(paths?.index, salt);
    const { upTo, time } = index.reached;
    if (upTo > 0 && this.#texts && !reading(() => this.#texts?.knows(upTo, time))) {
      index.close();
      throw new OtherDatabase("it knows messages that the database does not");
    }
    this.#index = index;
    return index;
  }

  /** @throws Error of SQLite, and if the disk has no more room than the messages will need */
  #add({ entries, changed, reached }: Slice): boolean {
    const { paths, reserve } = this.#opening;
    if (paths && (freeBytes(paths.folder) ?? reserve) < reserve)
      throw new Error("there is little room left on its disk");
    // First the changes, then how far the index has come: after a failure between the two, changes are made again, which does no
    // harm.
    for (const { seq, entry } of changed) this.#opened().change(seq, entry);
    this.#opened().add(entries, reached);
    return true;
  }

  /**
   * A damaged index is made anew; any other error, of the database for example, is told once, and the work is tried again with the
   * next order.
   */
  #guarded<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      const { message } = error as Error;
      if (isLost(error) && this.#opening.paths && this.#rebuilds < MOST_REBUILDS) {
        this.#rebuild(this.#opening.paths.index, message);
      } else {
        this.#stop(error instanceof Unreadable && error.isDamaged ? "damaged" : "stopped", message);
      }
      return undefined;
    }
  }

  #stop(is: "stopped" | "damaged", reason: string): void {
    if (this.#stopped === is || this.#stopped === "damaged") return;
    this.#stopped = is;
    tell({ is, reason });
  }

  #rebuild(path: string, reason: string): void {
    this.#rebuilds++;
    this.#index?.close();
    this.#index = undefined;
    removeIndex(path);
    tell({ is: "rebuilt", reason });
    setImmediate(() => void this.#run());
  }

  #tidy(): void {
    if (!this.#runs && this.#index) this.#guarded(() => this.#index?.tidy());
  }
}

function sliceOf(texts: Texts, after: number, upTo: number): Slice {
  const entries: Entry[] = [];
  let units = 0;
  for (const row of texts.after(after, upTo)) {
    entries.push(entryOf(row));
    units += row.text.length;
    if (entries.length < SLICE_MESSAGES && units < SLICE_UNITS) continue;
    return { entries, changed: changedIn(texts, after, row.seq), reached: { upTo: row.seq, time: row.time } };
  }
  return { entries, changed: changedIn(texts, after, upTo), reached: { upTo, time: texts.timeOf(upTo) ?? 0 } };
}

function changedIn(texts: Texts, after: number, upTo: number): readonly Changed[] {
  return texts.altered(after, upTo).map((seq) => {
    const row = texts.at(seq);
    return { seq, entry: row && entryOf(row) };
  });
}

function entryOf({ seq, text, group, sender, a, b }: TextRow): Entry {
  const where = group === null ? { a: a as number, b: b as number } : { group, sender };
  return { seq, text, marks: marksOf(where) };
}

function tell(answer: Answer): void {
  // The parent may have gone.
  if (process.connected) process.send?.(answer, () => {});
}

try {
  setPriority(Math.min(19, getPriority() + NICENESS));
} catch {
  // Where that is not allowed, it indexes all the same.
}
let indexer: Indexer | undefined;
// Ctrl-C in a terminal goes to every process in it. The server decides when this one ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
process.on("disconnect", () => {
  indexer?.close();
  process.exit();
});
process.on("message", (order: Order) => {
  if (order.is === "open") {
    indexer = new Indexer(order.opening);
    return;
  }
  try {
    indexer?.take(order);
  } catch (error) {
    if ("n" in order) tell({ is: "failed", n: order.n, error: (error as Error).message });
  }
});
