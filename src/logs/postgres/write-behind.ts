/**
 * Writes of a node's replica, put off until they are many, or for some milliseconds, or until the replica is read. A write for
 * each message would take about as long as the message itself, and the next message would wait for it.
 */
import type { Change } from "../../state/changes.ts";
import type { Pages } from "../../state/log.ts";
import type { SqliteLog } from "../sqlite/index.ts";

/** How long, in ms, a write is put off; and how many changes may wait for it. */
const DELAY_MS = 10;
const MOST_CHANGES = 500;

export interface WriteOptions {
  /** @param ms how long a write took */
  readonly onWritten: (ms: number) => void;
  /** A write has failed. What was to be written is lost here. */
  readonly onFailed: (error: Error) => void;
}

export class WriteBehind {
  /** Reading them writes first: they have everything. */
  readonly pages: Pages;
  readonly #log: SqliteLog;
  readonly #options: WriteOptions;
  #changes: Change[] = [];
  #mark: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: SqliteLog, options: WriteOptions) {
    this.#log = log;
    this.#options = options;
    this.pages = pagesOf(log.pages, () => this.write());
  }

  /** @param mark how far the replica is with these changes; see `SqliteLog.commit` */
  put(changes: readonly Change[], mark: string): void {
    for (const change of changes) this.#changes.push(change);
    this.#mark = mark;
    if (this.#changes.length >= MOST_CHANGES) this.write();
    else this.#timer ??= setTimeout(() => this.write(), DELAY_MS);
  }

  /** Writes what waits. */
  write(): void {
    const [changes, mark] = [this.#changes, this.#mark];
    if (mark === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changes = [];
    this.#mark = undefined;
    const began = performance.now();
    try {
      this.#log.commit(changes, mark);
    } catch (error) {
      this.#options.onFailed(error as Error);
      return;
    }
    this.#options.onWritten(performance.now() - began);
  }
}

/** @param write called before each reading */
function pagesOf(pages: Pages, write: () => void): Pages {
  return {
    message(seq) {
      write();
      return pages.message(seq);
    },
    following(seq) {
      write();
      return pages.following(seq);
    },
    byOrigin(conversation, origin) {
      write();
      return pages.byOrigin(conversation, origin);
    },
    conversation(id) {
      write();
      return pages.conversation(id);
    },
    conversationBetween(a, b) {
      write();
      return pages.conversationBetween(a, b);
    },
    conversationsOf(party) {
      write();
      return pages.conversationsOf(party);
    },
    queued(realm, n, count) {
      write();
      return pages.queued(realm, n, count);
    },
  };
}
