/**
 * Follows what is said to somebody: what was missed while there was no connection, then what comes. On each new connection it
 * catches up, cuts over and streams: every message is told once, in the order of the server, and none is passed over.
 */
import type { ToldEvent, ToldMessage } from "../protocol/replies.ts";
import type { Call } from "./call.ts";
import { RefusedRequest, UnreadableReply } from "./errors.ts";

/** Ids that are kept of messages shown otherwise. */
const MARKED = 20_000;

/** What a page of messages holds. */
interface Missed {
  readonly messages: readonly ToldMessage[];
  /** There are older ones that were missed, too. */
  readonly more: boolean;
}

export interface FollowerOptions {
  /** @param live it comes as it is sent, and was not fetched later */
  onMessage(message: ToldMessage, live: boolean): void;
  /** What is no message: comings and goings. */
  onEvent?(event: ToldEvent): void;
  /** Called before what was missed since the last connection is told. @param count of them */
  onMissed?(count: number, more: boolean): void;
  /** At the start, what is unread, instead of telling only what comes from now on. None of it is told again. */
  onUnread?(unread: readonly ToldMessage[], more: boolean): void;
  /** The id of the last message that is known already: what came after it is told. */
  readonly since?: string | undefined;
  /** Pages of a thousand that are fetched of what was missed, the newest; all of them unless given. */
  readonly pages?: number;
}

/** What it asks over: a new connection. */
export interface Caller {
  readonly call: Call;
}

export class Follower {
  readonly #options: FollowerOptions;
  /** Shown otherwise, and not to be told. Ids of what was told are not kept: of a fast stream that would cost more than all else. */
  readonly #marked = new Set<string>();
  /** The newest message that has come; what came later was missed. */
  #newest: string | undefined;
  /** It follows: what comes while there is no connection was missed. */
  #begun = false;
  /** Events that have come while what was missed is being fetched. */
  #held: ToldEvent[] | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#newest = options.since;
  }

  /** Each event that comes over the connection. */
  handle(event: ToldEvent): void {
    if (this.#held) this.#held.push(event);
    else if (event.event === "message" || event.event === "file") this.#tell(event.data, true);
    else this.#options.onEvent?.(event);
  }

  /** On each new connection, once somebody is logged in there. @throws RefusedRequest, LinkError */
  async follow({ call }: Caller): Promise<void> {
    const { onUnread, pages = Number.POSITIVE_INFINITY } = this.#options;
    const held: ToldEvent[] = [];
    this.#held = held;
    let fetched: readonly ToldMessage[];
    try {
      // Nothing up to here counts as missed, also if it was read on another machine.
      if (!this.#begun && this.#newest === undefined) this.#advance(await newestMessageId(call));
      await call("watch", { on: true });
      if (!this.#begun && onUnread) {
        const { data, more = false } = await call("inbox", { scope: "peek" });
        for (const { id } of data) this.#advance(id);
        onUnread(data, more);
        fetched = data;
      } else {
        const missed = await this.#missed(call, pages);
        this.#tellMissed(missed);
        fetched = missed.messages;
      }
      this.#begun = true;
    } finally {
      this.#held = undefined;
    }
    // If the connection was lost meanwhile, these are fetched with the rest of what was missed.
    const told = new Set(fetched.map(({ id }) => id));
    for (const event of held) {
      if (!(event.event === "message" || event.event === "file") || !told.has(event.data.id)) this.handle(event);
    }
  }

  /** A message has been shown otherwise, and is not told. */
  mark(id: string): void {
    this.#marked.add(id);
    for (const old of this.#marked) {
      if (this.#marked.size <= MARKED) break;
      this.#marked.delete(old);
    }
  }

  /** The same, and what came before it has not been missed. */
  known(id: string): void {
    this.mark(id);
    this.#advance(id);
  }

  /** Somebody else has logged in: it begins anew. */
  forget(): void {
    this.#marked.clear();
    this.#newest = undefined;
    this.#begun = false;
  }

  #tell(message: ToldMessage, live: boolean): void {
    const { id } = message;
    if (id === this.#newest || (this.#marked.size > 0 && this.#marked.has(id))) return;
    this.#advance(id);
    this.#options.onMessage(message, live);
  }

  /** Ids are UUIDs of version 7, which sort by time. */
  #advance(id: string | undefined): void {
    if (id !== undefined && (this.#newest === undefined || id > this.#newest)) this.#newest = id;
  }

  #tellMissed({ messages, more }: Missed): void {
    const newest = this.#newest;
    // What is unread, where the newest message cannot be seen any more, may have been told long ago.
    const missed = messages.filter(({ id }) => (newest === undefined || id > newest) && !this.#marked.has(id));
    if (missed.length === 0) return;
    if (this.#begun) this.#options.onMissed?.(missed.length, more);
    for (const message of missed) this.#tell(message, false);
  }

  /** What came after the newest known message, oldest first; what is unread, where none is known. */
  async #missed(call: Call, pages: number): Promise<Missed> {
    const newest = this.#newest;
    if (newest === undefined) return unread(call);
    const found: (readonly ToldMessage[])[] = [];
    const seen = new Set<string>();
    let before: string | undefined;
    for (let i = 0; i < pages; i++) {
      try {
        const input = { scope: "since" as const, since: newest, ...(before !== undefined && { before }) };
        const page = await call("inbox", input);
        found.unshift(page.data);
        before = page.before;
        if (page.more !== true || before === undefined || seen.has(before)) {
          return { messages: found.flat(), more: page.more === true };
        }
        seen.add(before);
      } catch (error) {
        if (!(error instanceof RefusedRequest && error.code === "message-not-found")) throw error;
        // The message may not be seen any more, when its group was left: what is unread must do.
        return unread(call);
      }
    }
    return { messages: found.flat(), more: true };
  }
}

async function unread(call: Call): Promise<Missed> {
  const { data, more = false } = await call("inbox", { scope: "peek" });
  return { messages: data, more };
}

/** The id of the newest message that one may see. @throws LinkError */
async function newestMessageId(call: Call): Promise<string | undefined> {
  try {
    const { data } = await call("chats", { limit: 1 });
    return data[0]?.last?.id;
  } catch (error) {
    if (!(error instanceof RefusedRequest || error instanceof UnreadableReply)) throw error;
    // A server before 0.2 does not know `chats`, another may answer otherwise: there the newest unread one must do.
    return (await unread(call)).messages.at(-1)?.id;
  }
}
