/**
 * Follows what is said to somebody: what was missed while there was no connection, then what comes. On each new connection it
 * catches up, cuts over and streams: every message is told once, in the order of the server, and none is passed over. What comes
 * before it has caught up waits.
 *
 * Ids are UUIDs of version 7 in the order in which the server tells of messages: the newest that was told is the place to go on from.
 */
import type { ReplyTo, ToldEvent, ToldMessage } from "../protocol/replies.ts";
import type { Call } from "./call.ts";
import { RefusedRequest, UnreadableReply } from "./errors.ts";

/** Ids that are kept of messages shown otherwise. */
const MARKED = 20_000;

/** What was missed, oldest first. */
interface Missed {
  readonly messages: readonly ToldMessage[];
  /** There are older ones that were missed, too. */
  readonly more: boolean;
}

/** How it begins: after the message `since`; else by `onUnread`; else with what comes from now on. */
export interface FollowerOptions {
  /** @param live it comes as it is sent, and was not fetched later */
  onMessage(message: ToldMessage, live: boolean): void;
  /** What is no message: comings and goings. */
  onEvent?(event: ToldEvent): void;
  /** Called before what was missed since the last connection is told. @param count of them */
  onMissed?(count: number, more: boolean): void;
  /** Takes what is unread at the start. */
  onUnread?(unread: readonly ToldMessage[], more: boolean): void;
  /** The id of the last message that is known already. */
  readonly since?: string | undefined;
  /** Pages of a thousand that are fetched of what was missed, the newest; all of them unless given. */
  readonly pages?: number;
  /** A server that can neither tell of what comes nor of what is unread is put up with. */
  readonly lenient?: boolean;
}

export class Follower {
  readonly #options: FollowerOptions;
  /** Shown otherwise, and not to be told. What was told is kept by no list of ids: for a fast stream that would be most of the work. */
  readonly #marked = new Set<string>();
  #newest: string | undefined;
  /** It has followed: what comes while there is no connection was missed. */
  #begun = false;
  /** Events that wait until what was missed has been told. */
  #held: ToldEvent[] | undefined;
  /** Ends when the one before may not fetch any more: a second one waits for it. */
  #following: Promise<void> = Promise.resolve();

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

  /** On each new connection, once somebody is logged in there. If it fails, what comes waits on. @throws RefusedRequest, LinkError */
  follow(call: Call): Promise<void> {
    this.#held ??= [];
    const following = this.#following.then(() => this.#follow(call));
    this.#following = following.catch(() => undefined);
    return following;
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

  async #follow(call: Call): Promise<void> {
    const { onUnread, lenient = false } = this.#options;
    const isFirst = !this.#begun;
    // What has come until now is among what is fetched.
    this.#held = [];
    // Nothing up to here counts as missed, also if it was read on another machine.
    if (isFirst && this.#newest === undefined) this.#advance(await newestMessageId(call));
    const since = this.#newest;
    const watching = call("watch", { on: true });
    await (lenient ? borne<unknown>(watching, undefined) : watching);
    const isStart = isFirst && onUnread !== undefined;
    const fetched = isStart || since === undefined ? await this.#unread(call) : await this.#missed(call, since);
    this.#begun = true;
    if (isStart) {
      for (const { id } of fetched.messages) this.#advance(id);
      onUnread(fetched.messages, fetched.more);
    } else {
      this.#tellMissed(fetched, since, isFirst);
    }
    const told = new Set(fetched.messages.map(({ id }) => id));
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) {
      if (!(event.event === "message" || event.event === "file") || !told.has(event.data.id)) this.handle(event);
    }
  }

  #tell(message: ToldMessage, live: boolean): void {
    const { id } = message;
    if (id === this.#newest || (this.#marked.size > 0 && this.#marked.has(id))) return;
    this.#advance(id);
    this.#options.onMessage(message, live);
  }

  #advance(id: string | undefined): void {
    if (id !== undefined && (this.#newest === undefined || id > this.#newest)) this.#newest = id;
  }

  /** @param since what was told last when it was asked for: of what is unread, some may have been told long ago */
  #tellMissed({ messages, more }: Missed, since: string | undefined, isFirst: boolean): void {
    const missed = messages.filter(({ id }) => (since === undefined || id > since) && !this.#marked.has(id));
    if (missed.length === 0) return;
    if (!isFirst) this.#options.onMissed?.(missed.length, more);
    for (const message of missed) this.#tell(message, false);
  }

  /** What came after a message; what is unread, if that cannot be seen any more: its group was left. */
  async #missed(call: Call, since: string): Promise<Missed> {
    const { pages = Number.POSITIVE_INFINITY } = this.#options;
    const found: (readonly ToldMessage[])[] = [];
    const seen = new Set<string>();
    let before: string | undefined;
    for (let i = 0; i < pages; i++) {
      let page: ReplyTo<"inbox">;
      try {
        page = await call("inbox", { scope: "since", since, ...(before !== undefined && { before }) });
      } catch (error) {
        if (error instanceof RefusedRequest && error.code === "message-not-found") return this.#unread(call);
        throw error;
      }
      found.unshift(page.data);
      before = page.before;
      if (page.more !== true || before === undefined || seen.has(before)) {
        return { messages: found.flat(), more: page.more === true };
      }
      seen.add(before);
    }
    return { messages: found.flat(), more: true };
  }

  async #unread(call: Call): Promise<Missed> {
    const unread: Promise<ReplyTo<"inbox">> = call("inbox", { scope: "peek" });
    const { data, more = false } = await (this.#options.lenient ? borne(unread, { data: [] }) : unread);
    return { messages: data, more };
  }
}

/** The id of the newest message that one may see. @throws LinkError */
async function newestMessageId(call: Call): Promise<string | undefined> {
  const chats = await borne<ReplyTo<"chats"> | undefined>(call("chats", { limit: 1 }), undefined);
  if (chats) return chats.data[0]?.last?.id;
  // A server before 0.2 does not know `chats`, another may answer otherwise: there the newest unread one must do.
  const unread = await borne<ReplyTo<"inbox"> | undefined>(call("inbox", { scope: "peek" }), undefined);
  return unread?.data.at(-1)?.id;
}

/** What stands in for an answer that is a refusal, or cannot be read. @throws any other error */
async function borne<T>(answer: Promise<T>, instead: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RefusedRequest || error instanceof UnreadableReply) return instead;
    throw error;
  }
}
