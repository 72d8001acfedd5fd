/**
 * Follows what is said to somebody: what was missed while there was no connection, then what comes. On each new connection it
 * catches up, cuts over and streams: every message is told once, in the order of the server, and none is passed over.
 */
import type { ToldEvent, ToldMessage } from "../protocol/replies.ts";
import { RefusedRequest, UnreadableReply } from "./errors.ts";
import type { Wire } from "./wire.ts";

/** Ids of told messages that are kept: after a new connection some come a second time. */
const REMEMBERED = 20_000;

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

export class Follower {
  readonly #options: FollowerOptions;
  readonly #told = new Set<string>();
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
  async follow(wire: Wire): Promise<void> {
    const { onUnread, pages = Number.POSITIVE_INFINITY } = this.#options;
    const held: ToldEvent[] = [];
    this.#held = held;
    try {
      // Nothing up to here counts as missed, also if it was read on another machine.
      if (!this.#begun && this.#newest === undefined) this.#advance(await newestMessageId(wire));
      await wire.call("watch", { on: true });
      if (!this.#begun && onUnread) {
        const { data, more = false } = await wire.call("inbox", { scope: "peek" });
        for (const { id } of data) this.known(id);
        onUnread(data, more);
      } else {
        this.#tellMissed(await this.#missed(wire, pages));
      }
      this.#begun = true;
    } finally {
      this.#held = undefined;
    }
    // If the connection was lost meanwhile, these are fetched with the rest of what was missed.
    for (const event of held) this.handle(event);
  }

  /** A message has been shown otherwise, and is not told. */
  mark(id: string): void {
    this.#told.add(id);
    if (this.#told.size > REMEMBERED) {
      for (const old of this.#told) {
        if (this.#told.size <= REMEMBERED / 2) break;
        this.#told.delete(old);
      }
    }
  }

  /** The same, and what came before it has not been missed. */
  known(id: string): void {
    this.mark(id);
    this.#advance(id);
  }

  /** Somebody else has logged in: it begins anew. */
  forget(): void {
    this.#told.clear();
    this.#newest = undefined;
    this.#begun = false;
  }

  #tell(message: ToldMessage, live: boolean): void {
    if (this.#told.has(message.id)) return;
    this.known(message.id);
    this.#options.onMessage(message, live);
  }

  /** Ids are UUIDs of version 7, which sort by time. */
  #advance(id: string | undefined): void {
    if (id !== undefined && (this.#newest === undefined || id > this.#newest)) this.#newest = id;
  }

  #tellMissed({ messages, more }: Missed): void {
    const missed = messages.filter(({ id }) => !this.#told.has(id));
    if (missed.length === 0) return;
    if (this.#begun) this.#options.onMissed?.(missed.length, more);
    for (const message of missed) this.#tell(message, false);
  }

  /** What came after the newest known message, oldest first; what is unread, where none is known. */
  async #missed(wire: Wire, pages: number): Promise<Missed> {
    const newest = this.#newest;
    if (newest === undefined) return unread(wire);
    const found: (readonly ToldMessage[])[] = [];
    const seen = new Set<string>();
    let before: string | undefined;
    for (let i = 0; i < pages; i++) {
      try {
        const input = { scope: "since" as const, since: newest, ...(before !== undefined && { before }) };
        const page = await wire.call("inbox", input);
        found.unshift(page.data);
        before = page.before;
        if (page.more !== true || before === undefined || seen.has(before)) {
          return { messages: found.flat(), more: page.more === true };
        }
        seen.add(before);
      } catch (error) {
        if (!(error instanceof RefusedRequest && error.code === "message-not-found")) throw error;
        // The message may not be seen any more, when its group was left: what is unread must do.
        return unread(wire);
      }
    }
    return { messages: found.flat(), more: true };
  }
}

async function unread(wire: Wire): Promise<Missed> {
  const { data, more = false } = await wire.call("inbox", { scope: "peek" });
  return { messages: data, more };
}

/** The id of the newest message that one may see. @throws LinkError */
async function newestMessageId(wire: Wire): Promise<string | undefined> {
  try {
    const { data } = await wire.call("chats", { limit: 1 });
    return data[0]?.last?.id;
  } catch (error) {
    if (!(error instanceof RefusedRequest || error instanceof UnreadableReply)) throw error;
    // A server before 0.2 does not know `chats`, another may answer otherwise: there the newest unread one must do.
    return (await unread(wire)).messages.at(-1)?.id;
  }
}
