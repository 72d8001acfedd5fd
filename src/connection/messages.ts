/** Messages in their order, for a program that takes one after the other; it alone decides when more is fetched. */
import { setTimeout as pause } from "node:timers/promises";
import type { ToldEvent, ToldMessage } from "../protocol/replies.ts";
import type { Call } from "./call.ts";
import { LinkError, RefusedRequest } from "./errors.ts";
import { Follower } from "./follower.ts";

/** Messages held here for a program that takes them more slowly than they come; later ones are fetched once these are taken. */
const WAITING = 1000;

/** Refusals that may be none the next time, and how long, in ms, to wait before it is asked again. */
const PASSING: ReadonlySet<string> = new Set(["storage", "internal", "too-many", "rate-limited"]);
const PASSING_MS = 1000;

/** The connection that messages come over. */
export interface Source {
  readonly isUp: boolean;
  readonly call: Call;
}

export class Messages {
  readonly #waiting: ToldMessage[] = [];
  readonly #follower: Follower;
  /** There may be newer messages than those held: they are fetched once these are taken, and events are ignored until then. */
  #behind = true;
  #following = false;
  #wake = (): void => {};

  /** @param since the id of the last message that is known already */
  constructor(since: string | undefined) {
    this.#follower = new Follower({
      since,
      onMessage: (message) => {
        this.#waiting.push(message);
        this.#wake();
      },
    });
  }

  /** Each event that comes. */
  handle(event: ToldEvent): void {
    if (this.#following) this.#follower.handle(event);
    else if (this.#waiting.length >= WAITING) this.#behind = true;
    else if (!this.#behind) this.#follower.handle(event);
  }

  /** The connection is lost, or made anew. */
  changed(isUp: boolean): void {
    if (!isUp) this.#behind = true;
    this.#wake();
  }

  /** One after the other, until it is ended. @throws RefusedRequest for a refusal that would be the same again, UnreadableReply */
  async *each(source: Source, ended: AbortSignal): AsyncGenerator<ToldMessage, void, undefined> {
    const wake = (): void => this.#wake();
    ended.addEventListener("abort", wake);
    try {
      while (!ended.aborted) {
        const message = this.#waiting.shift();
        if (message) yield message;
        else if (this.#behind && source.isUp) await this.#catchUp(source.call, ended);
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      ended.removeEventListener("abort", wake);
    }
  }

  async #catchUp(call: Call, signal: AbortSignal): Promise<void> {
    this.#behind = false;
    this.#following = true;
    try {
      await this.#follower.follow(call);
    } catch (error) {
      this.#behind = true;
      if (error instanceof RefusedRequest && PASSING.has(error.code)) {
        await pause(PASSING_MS, undefined, { signal }).catch(() => undefined);
      } else if (!(error instanceof LinkError)) throw error;
    } finally {
      this.#following = false;
    }
  }
}
