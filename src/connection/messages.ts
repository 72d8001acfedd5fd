/** Messages in their order, for a program that takes one after the other. */
import type { ToldEvent, ToldMessage } from "../protocol/replies.ts";
import { LinkError, UnreadableReply } from "./errors.ts";
import { type Caller, Follower } from "./follower.ts";

/** Messages that wait here for a program that is slower than its friends; the others wait at the server. */
const WAITING = 1000;

export class Messages {
  readonly #waiting: ToldMessage[] = [];
  readonly #follower: Follower;
  /** More has come than may wait here: it is fetched once there is room. */
  #behind = false;
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
    this.#behind ||= this.#waiting.length >= WAITING;
    if (!this.#behind) this.#follower.handle(event);
  }

  /** On each new connection. @throws RefusedRequest, LinkError */
  async follow(caller: Caller): Promise<void> {
    if (!this.#behind) await this.#follower.follow(caller);
  }

  /**
   * One after the other, until it is ended. @param caller the connection that is followed now
   * @throws RefusedRequest; the reason of the signal unless that is undefined
   */
  async *each(caller: Caller, ended: AbortSignal): AsyncGenerator<ToldMessage, void, undefined> {
    const wake = (): void => this.#wake();
    ended.addEventListener("abort", wake);
    try {
      await this.#catchUp(caller);
      while (!ended.aborted) {
        const message = this.#waiting.shift();
        if (message) yield message;
        else if (this.#behind) await this.#catchUp(caller);
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

  /** Where there is no connection now, the next one is followed. */
  async #catchUp(caller: Caller): Promise<void> {
    this.#behind = false;
    try {
      await this.#follower.follow(caller);
    } catch (error) {
      if (!(error instanceof LinkError) || error instanceof UnreadableReply) throw error;
    }
  }
}
