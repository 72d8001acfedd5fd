/** Messages and events as they come: shown, counted as unread, or told of by a notification; what was missed is fetched. */
import chalk from "chalk";
import { type ChatMessage, conversationOf, isSameName, messageOf, messagesIn } from "../chat-message.ts";
import type { ChatClient, Reply, ServerEvent } from "../client.ts";
import { wording } from "../language/wording.ts";
import { messagesSince, newestMessageId } from "../message-history.ts";
import { eventInWords, mentions, messageInWords } from "../render.ts";
import { inert } from "../terminal/inert.ts";
import type { ChatContext } from "./context.ts";
import { PresenceNotices } from "./presence-notices.ts";
import { rule } from "./symbols.ts";

/** Ids of shown messages that are kept: after a new link some come a second time. */
const REMEMBERED = 20_000;

/** How long, in ms, what has been read is collected before the server is told. */
const READ_REPORT_MS = 500;

/** Pages of a thousand messages that are fetched of what was missed; `history` has the rest. */
const PAGES = 10;

const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;

export interface FeedOptions extends ChatContext {
  /** Tells the person of it, if he looks elsewhere. */
  notify(title: string, body: string): void;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #shownIds = new Set<string>();
  /** The newest message that has come; what came later was missed. */
  #newest: string | undefined;
  #day: string | undefined;
  /** What was unread at the start has been told. */
  #begun = false;
  /** Events that have come while what was missed is being fetched. */
  #held: ServerEvent[] | undefined;
  /** The newest message shown in each conversation while it was open, which the server is still to be told of. */
  readonly #toRead = new Map<string, string>();
  #reading: NodeJS.Timeout | undefined;
  readonly #presence: PresenceNotices;
  readonly #days = new Intl.DateTimeFormat(wording.locale, DAY);

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#presence = new PresenceNotices((line, place) =>
      options.console.print(line, place === "" ? undefined : place),
    );
  }

  onEvent(event: ServerEvent): void {
    if (this.#held) {
      this.#held.push(event);
      return;
    }
    const message = event.event === "message" || event.event === "file" ? messageOf(event.data) : undefined;
    if (message) this.#arrived(message, true);
    else this.#tell(event);
  }

  /** On a new connection: events from now on, and what came since the last one. @throws LinkError */
  async watch(client: ChatClient): Promise<void> {
    this.#held = [];
    let whole = false;
    try {
      // Nothing up to here counts as missed when the link is lost, also if it was read on another machine.
      const latest = this.#begun ? undefined : await newestMessageId((text) => client.request(text));
      await client.request("watch on");
      if (this.#newest !== undefined) {
        const { messages, more } = await messagesSince((text) => client.request(text), this.#newest, PAGES);
        this.#showMissed(messages, more);
      } else if (this.#begun) this.#showMissed(messagesIn(await client.request("unread")), false);
      else this.#countUnread(await client.request("unread"));
      if (latest !== undefined) this.#advance(latest);
      this.#begun = true;
      whole = true;
    } finally {
      const held = this.#held;
      this.#held = undefined;
      // If the link was lost meanwhile, these are fetched with the rest of what was missed.
      if (whole) for (const event of held) this.onEvent(event);
    }
  }

  /** A message of one's own has been stored under this id. */
  accepted(id: string): void {
    if (id === "") return;
    this.markShown(id);
    this.#advance(id);
  }

  /** Ids are UUIDs of version 7, which sort by time. */
  #advance(id: string): void {
    if (this.#newest === undefined || id > this.#newest) this.#newest = id;
  }

  /** A message that is shown here, or was elsewhere, is not shown again. */
  markShown(id: string): void {
    this.#shownIds.add(id);
    if (this.#shownIds.size > REMEMBERED) {
      for (const old of this.#shownIds) {
        if (this.#shownIds.size <= REMEMBERED / 2) break;
        this.#shownIds.delete(old);
      }
    }
  }

  /** Shows a message, and its day where that is another than the last one's. @param mark what has become of it */
  show(message: ChatMessage, mark = ""): void {
    const { me, console, conversations } = this.#options;
    this.#presence.flush();
    this.showDay(message);
    const words = messageInWords(message, { me: me(), open: conversations.open?.name });
    console.print(mark === "" ? words : `${words} ${mark}`, conversationOf(message, me()));
  }

  /** Shows the day of a message where it is another than the last one's. */
  showDay({ time, sent }: ChatMessage): void {
    const at = new Date(sent ?? time);
    if (Number.isNaN(at.getTime())) return;
    const day = this.#days.format(at);
    if (day !== this.#day) this.#options.console.print(chalk.dim(rule(this.#options.symbols, day)));
    this.#day = day;
  }

  /** Tells the server, READ_REPORT_MS later, that a conversation was read up to a message. @param place its name */
  markRead(place: string, id: string): void {
    this.#toRead.set(place.toLowerCase(), id);
    this.#reading ??= setTimeout(() => {
      this.#reading = undefined;
      for (const read of this.#toRead.values()) void this.#options.request(`read ${read}`).catch(() => undefined);
      this.#toRead.clear();
    }, READ_REPORT_MS);
  }

  /** Somebody else has logged in. */
  forget(): void {
    this.#shownIds.clear();
    this.#newest = undefined;
    this.#begun = false;
    this.close();
  }

  close(): void {
    clearTimeout(this.#reading);
    this.#reading = undefined;
    this.#toRead.clear();
    this.#presence.close();
  }

  /** @param live it comes as it is sent, and was not fetched later */
  #arrived(message: ChatMessage, live: boolean): void {
    if (this.#shownIds.has(message.id)) return;
    const noted = this.#note(message);
    if (!noted) return;
    const { name, isOpen, muted, calls } = noted;
    if (isOpen) this.markRead(name, message.id);
    if (isOpen || !muted) this.show(message);
    const { console, notify } = this.#options;
    if (live && calls) notify(message.group === undefined ? message.from : `${message.from} ${name}`, message.message);
    console.changed();
  }

  /** Notes a new message, and counts it. @param always also where its conversation is open. @returns undefined where its sender is ignored */
  #note(
    message: ChatMessage,
    always = false,
  ): { name: string; isOpen: boolean; muted: boolean; calls: boolean } | undefined {
    const { me, names, conversations } = this.#options;
    const preferences = this.#options.preferences();
    this.markShown(message.id);
    this.#advance(message.id);
    names.learn(message);
    if (preferences.ignores(message.from)) return undefined;
    const name = conversationOf(message, me());
    const conversation = conversations.of(name);
    conversations.touch(conversation);
    const isOpen = conversations.open === conversation;
    const muted = preferences.mutes(name);
    const calls = !muted && (message.group === undefined || mentions(message.message, me()));
    if (always || !isOpen) {
      conversation.unread++;
      conversation.calls ||= calls;
    }
    return { name, isOpen, muted, calls };
  }

  /** Online and offline are told of who is in the open conversation only; of groups, all but those that are muted. */
  #tell(event: ServerEvent): void {
    const { console, conversations, me, names } = this.#options;
    const [user, group] = [event.data["user"], event.data["group"]].map((value) =>
      typeof value === "string" ? value : undefined,
    );
    if (event.event === "presence") {
      const open = conversations.open?.name;
      if (user === undefined || open === undefined || !isSameName(open, user)) return;
    }
    if (event.event === "join" && user !== undefined && group !== undefined) names.addGroup(group);
    const place = group === undefined ? user : `#${group}`;
    if (place !== undefined && this.#options.preferences().mutes(place)) return;
    if (user !== undefined && (this.#options.preferences().ignores(user) || isSameName(user, me() ?? ""))) return;
    if (user !== undefined && /^(join|leave|presence)$/.test(event.event)) this.#presence.add(event, user);
    else {
      this.#presence.flush();
      console.print(eventInWords(event, { me: me() }), place);
    }
  }

  /** At the start: what is unread is counted per conversation, and shown when that is opened. */
  #countUnread(reply: Reply): void {
    const { conversations, console } = this.#options;
    for (const message of messagesIn(reply)) this.#note(message, true);
    const { unread } = conversations;
    if (unread.length === 0) return;
    const list = unread.map(({ name, unread: count }) => `${count} ${inert(name)}`).join(", ");
    const first = inert(unread[0]?.name ?? "");
    console.print(wording.chat.fresh(list, reply["more"] === true, console.redraws, first));
    console.changed();
  }

  #showMissed(all: readonly ChatMessage[], more: boolean): void {
    const missed = all.filter(({ id }) => !this.#shownIds.has(id));
    if (missed.length === 0) return;
    const { console, symbols } = this.#options;
    console.print(chalk.dim(rule(symbols, wording.chat.missed(missed.length, more))));
    for (const message of missed) this.#arrived(message, false);
  }
}
