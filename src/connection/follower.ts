/**
 * Follows what is said to somebody: what was missed while there was no connection, then what comes. On each new connection it
 * catches up, cuts over and streams: every message is told once, in the order of the server, and none is passed over. What comes
 * before it has caught up waits.
 *
 * Ids are UUIDs of version 7 in the order in which the server tells of messages: the newest that was told is the place to go on from.
 */
import { type Alteration, alterations } from "../contract/shapes.ts";
import type { ReplyTo, ToldEvent, ToldMessage } from "../protocol/replies.ts";
import { readEvent } from "../protocol/replies.ts";
import type { Call } from "./call.ts";
import { RefusedRequest, UnreadableReply } from "./errors.ts";

/** Ids of messages shown otherwise (`mark`) that are kept. */
const MARKED = 20_000;

/** What was missed, oldest first. */
interface Missed {
  readonly events: readonly ToldEvent[];
  /** There are older ones that were missed, too. */
  readonly more: boolean;
}

/** How it begins: after the message `since`; else by `onUnread`; else with what comes from now on. */
export interface FollowerOptions {
  /** @param live it came as an event, and was not fetched afterwards */
  onMessage(message: ToldMessage, live: boolean): void;
  /** Any other event. */
  onEvent?(event: ToldEvent): void;
  /** Also the user's own messages from other connections, and what became of messages, are told in order, and fetched if they were missed. */
  readonly everything?: boolean;
  /** Called on each new connection once events come, before what was missed is told: what it asks for has no gap to the events. */
  onWatching?(call: Call): Promise<void>;
  /** Called before what was missed since the last connection is told. @param count of them */
  onMissed?(count: number, more: boolean): void;
  /** Takes what is unread at the start. */
  onUnread?(unread: readonly ToldMessage[], more: boolean): void;
  /** The id of the last message that is known already. */
  readonly since?: string | undefined;
  /** How many pages of a thousand are fetched of what was missed, the newest; all of them unless given. */
  readonly pages?: number;
  /** A server that knows neither `watch` nor `unread` is no error. */
  readonly lenient?: boolean;
}

export class Follower {
  readonly #options: FollowerOptions;
  /** Ids of messages that were shown otherwise, and are not told. Those that were told are not listed: `#newest` is enough. */
  readonly #marked = new Set<string>();
  #newest: string | undefined;
  /** It has followed before: what was said while there was no connection counts as missed. */
  #begun = false;
  /** Events that wait until what was missed has been told. */
  #held: ToldEvent[] | undefined;
  /** Settled once the catching up of the connection before has ended: the next one waits for it. */
  #following: Promise<void> = Promise.resolve();

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#newest = options.since;
  }

  /** Each event that comes over the connection. */
  handle(event: ToldEvent): void {
    if (this.#held) this.#held.push(event);
    else this.#tell(event, true);
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
    await this.#options.onWatching?.(call);
    const isStart = isFirst && onUnread !== undefined;
    const fetched = isStart || since === undefined ? await this.#unread(call) : await this.#missed(call, since);
    this.#begun = true;
    if (isStart) {
      for (const event of fetched.events) this.#advance(this.#placeOf(event));
      onUnread(
        fetched.events.filter(isOfOthers).map(({ data }) => data),
        fetched.more,
      );
    } else {
      this.#tellMissed(fetched, since, isFirst);
    }
    const told = new Set(fetched.events.map((event) => this.#placeOf(event)));
    const upTo = isStart ? undefined : fetched.events.map((event) => this.#placeOf(event)).findLast(Boolean);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) {
      const place = this.#placeOf(event);
      if (place !== undefined && told.has(place)) continue;
      // What came before the newest of what was fetched, and is not among it, was deleted meanwhile.
      if (place === undefined || upTo === undefined || place > upTo) this.handle(event);
    }
  }

  #tell(event: ToldEvent, live: boolean): void {
    const place = this.#placeOf(event);
    if (place !== undefined && (place === this.#newest || this.#isMarked(event, place))) return;
    this.#advance(place);
    if (isOfOthers(event)) this.#options.onMessage(event.data, live);
    else this.#options.onEvent?.(event);
  }

  /** What was posted to a group elsewhere is known by the id that it got before it came back. */
  #isMarked(event: ToldEvent, place: string): boolean {
    if (this.#marked.size === 0) return false;
    const origin = event.event === "sent" ? event.data.origin : undefined;
    return this.#marked.has(place) || (origin !== undefined && this.#marked.has(origin));
  }

  /** The id by which it is in the order of the server; undefined for what has no place there. */
  #placeOf(event: ToldEvent): string | undefined {
    if (isOfOthers(event)) return event.data.id;
    if (this.#options.everything !== true) return undefined;
    if (event.event === "sent") return event.data.id;
    return isAlteration(event) ? event.data.alteration : undefined;
  }

  #advance(id: string | undefined): void {
    if (id !== undefined && (this.#newest === undefined || id > this.#newest)) this.#newest = id;
  }

  /** @param since what was told last when it was asked for: of what is unread, some may have been told long ago */
  #tellMissed({ events, more }: Missed, since: string | undefined, isFirst: boolean): void {
    const missed = events.filter((event) => {
      const place = this.#placeOf(event);
      return place !== undefined && (since === undefined || place > since) && !this.#isMarked(event, place);
    });
    const { length } = missed.filter(isOfOthers);
    if (!isFirst && length > 0) this.#options.onMissed?.(length, more);
    for (const event of missed) this.#tell(event, false);
  }

  /** What came after a message; what is unread, if that cannot be seen any more: its group was left. */
  async #missed(call: Call, since: string): Promise<Missed> {
    const { pages = Number.POSITIVE_INFINITY } = this.#options;
    const found: (readonly ToldEvent[])[] = [];
    const seen = new Set<string>();
    let before: string | undefined;
    for (let i = 0; i < pages; i++) {
      let page: Page;
      try {
        page = await this.#page(call, since, before);
      } catch (error) {
        if (error instanceof RefusedRequest && error.code === "message-not-found") return this.#unread(call);
        throw error;
      }
      found.unshift(page.events);
      before = page.before;
      if (page.more !== true || before === undefined || seen.has(before)) {
        return { events: found.flat(), more: page.more };
      }
      seen.add(before);
    }
    return { events: found.flat(), more: true };
  }

  async #page(call: Call, since: string, before: string | undefined): Promise<Page> {
    const from = { since, ...(before !== undefined && { before }) };
    if (this.#options.everything === true) {
      try {
        const { data, more = false, before: next } = await call("sync", from);
        return { events: data.map(({ event, data: of }) => readEvent(event, of)), more, before: next };
      } catch (error) {
        // A server before 0.2 knows only what others have said.
        if (!(error instanceof RefusedRequest) || error.code !== "unknown-request") throw error;
      }
    }
    const { data, more = false, before: next } = await call("inbox", { scope: "since", ...from });
    return { events: data.map(asEvent), more, before: next };
  }

  async #unread(call: Call): Promise<Missed> {
    const unread: Promise<ReplyTo<"inbox">> = call("inbox", { scope: "peek" });
    const { data, more = false } = await (this.#options.lenient ? borne(unread, { data: [] }) : unread);
    return { events: data.map(asEvent), more };
  }
}

/** Some of what was missed; `before`: what the next older page is asked for by. */
interface Page extends Missed {
  readonly before: string | undefined;
}

function isOfOthers(event: ToldEvent): event is ToldEvent & { readonly event: "message" | "file" } {
  return event.event === "message" || event.event === "file";
}

function isAlteration(event: ToldEvent): event is ToldEvent & { readonly event: Alteration } {
  return alterations.some((one) => one === event.event);
}

function asEvent(message: ToldMessage): ToldEvent {
  return { event: message.file ? "file" : "message", data: message };
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
