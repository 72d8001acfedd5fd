/**
 * This node's own copy, which is read instead of PostgreSQL. What is kept is written to it some at a time: a write for each message
 * would take as long as the message, and the next one would wait for it. Whoever reads it finds everything there.
 */
import type { Change } from "../../state/changes.ts";
import type { Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import type { SqliteLog } from "../sqlite/index.ts";
import { markOf, type Reached } from "./replica.ts";

/** What is kept waits for others for so long, in ms; and no more than so many changes wait. */
const WAIT_MS = 10;
const MOST_WAITING = 500;

export interface OwnCopyOptions {
  /** Something was written. @param ms how long it took */
  readonly onWritten: (ms: number) => void;
  /** It cannot be written: what is not in it PostgreSQL has, but this node cannot go on. */
  readonly onFailed: (error: Error) => void;
}

export class OwnCopy {
  readonly pages: Pages;
  readonly #log: SqliteLog;
  readonly #options: OwnCopyOptions;
  #waiting: Change[] = [];
  #reached: Reached | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: SqliteLog, options: OwnCopyOptions) {
    this.#log = log;
    this.#options = options;
    this.pages = pagesOf(log.pages, () => this.write());
  }

  load(into: Model): void {
    this.#log.load(into);
  }

  /** To be called with the changes of all turns, in their order. @param reached how far it is with them */
  put(changes: readonly Change[], reached: Reached): void {
    for (const change of changes) this.#waiting.push(change);
    this.#reached = reached;
    if (this.#waiting.length >= MOST_WAITING) this.write();
    else this.#timer ??= setTimeout(() => this.write(), WAIT_MS);
  }

  /** Writes what waits: now its file has it, too. */
  write(): void {
    const [changes, reached] = [this.#waiting, this.#reached];
    if (!reached) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#reached = undefined;
    try {
      const began = performance.now();
      this.#log.commit(changes, markOf(reached));
      this.#options.onWritten(performance.now() - began);
    } catch (error) {
      this.#options.onFailed(error as Error);
    }
  }

  tidy(): void {
    this.write();
    this.#log.tidy();
  }

  close(): void {
    this.write();
    this.#log.close();
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
