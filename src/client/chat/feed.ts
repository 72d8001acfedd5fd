/** Messages and events as they come: shown, counted as unread, or told of by a notification; what was missed is fetched. */
import chalk from "chalk";
import type { Call } from "../../connection/call.ts";
import { Follower } from "../../connection/follower.ts";
import type { ToldEvent, ToldMessage } from "../../protocol/replies.ts";
import { conversationOf, isAltering, isSameName, renamed, SERVER, type ToldAlteration } from "../chat-message.ts";
import { wording } from "../language/wording.ts";
import { mentions, messageInWords } from "../message-words.ts";
import { eventInWords, noticeFor } from "../render.ts";
import { aboutWhich, textOf } from "../server-notices.ts";
import { inert } from "../terminal/inert.ts";
import { type ChatContext, readerOf } from "./context.ts";
import { PresenceNotices } from "./presence-notices.ts";
import { RecentMessages } from "./recent-messages.ts";
import { rule } from "./symbols.ts";

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
  readonly #follower: Follower;
  #day: string | undefined;
  /** The newest message shown in each conversation while it was open, which the server is still to be told of. */
  readonly #toRead = new Map<string, string>();
  #reading: NodeJS.Timeout | undefined;
  readonly #presence: PresenceNotices;
  /** Those that were shown or counted. */
  readonly recent = new RecentMessages();
  readonly #days = new Intl.DateTimeFormat(wording.locale, DAY);

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#follower = new Follower({
      pages: PAGES,
      lenient: true,
      everything: true,
      onWatching: (call) => this.#loadMutes(call),
      onMessage: (message, live) => this.#arrived(message, live),
      onEvent: (event) => this.#tell(event),
      onMissed: (count, more) =>
        options.console.print(chalk.dim(rule(options.symbols, wording.chat.missed(count, more)))),
      onUnread: (unread, more) => this.#countUnread(unread, more),
    });
    this.#presence = new PresenceNotices(
      (line, place) => options.console.print(line, place === "" ? undefined : place),
      noticeFor({ isDrawn: options.console.redraws }),
    );
  }

  onEvent(event: ToldEvent): void {
    // At once, also while messages wait for those that were missed: what is muted now counts for them.
    this.#options.mutes.follow(event, this.#options.me());
    this.#follower.handle(event);
  }

  /** On a new connection: events from now on, and what came since the last one. @throws RefusedRequest, LinkError */
  watch(call: Call): Promise<void> {
    return this.#follower.follow(call);
  }

  async #loadMutes(call: Call): Promise<void> {
    const { mutes, preferences, console } = this.#options;
    const refused = await mutes.load(call, preferences());
    if (refused.length > 0) console.print(wording.chat.notTakenOver(refused.join(", ")));
  }

  /** A message of one's own has been stored under this id. */
  accepted(id: string): void {
    this.#follower.known(id);
  }

  /** A message that is shown here, or was elsewhere, is not shown again. */
  markShown(id: string): void {
    this.#follower.mark(id);
  }

  /** Shows a message, and its day where that is another than the last one's. @param fate of one's own */
  show(message: ToldMessage, fate = ""): void {
    const { me, console, preferences } = this.#options;
    this.#presence.flush();
    this.recent.add(message);
    this.showDay(message);
    const { reply, ...rest } = message;
    const isHeard = reply !== undefined && !preferences().ignores(reply.from);
    const about = aboutWhich(message);
    const was = about === undefined ? undefined : this.recent.get(about)?.message;
    const words = messageInWords(isHeard ? message : rest, { ...readerOf(this.#options), was }, { fate });
    console.print(words, conversationOf(message, me()));
  }

  /** One has done this to a message here, of which no event tells. */
  did(what: "reacted" | "unreacted", message: ToldMessage, emoji: string): void {
    const { me, console } = this.#options;
    const data = { ...message, alteration: "", by: me() ?? "", emoji };
    console.print(this.#inWords({ event: what, data }, message), conversationOf(message, me()));
  }

  #inWords(event: ToldEvent, about?: ToldMessage): string {
    return eventInWords(event, { ...readerOf(this.#options), was: about?.message });
  }

  /** Shows the day of a message where it is another than the last one's. */
  showDay({ time, sent }: ToldMessage): void {
    const at = new Date(sent ?? time);
    if (Number.isNaN(at.getTime())) return;
    const day = this.#days.format(at);
    if (day !== this.#day) this.#options.console.print(chalk.dim(rule(this.#options.symbols, day)));
    this.#day = day;
  }

  /** What a user says of himself, as it was asked for: only what is other from now on is told. */
  knowPresence(user: string, shown: Parameters<PresenceNotices["know"]>[1]): void {
    this.#presence.know(user, shown);
  }

  /** Tells the server, READ_REPORT_MS later, that a conversation was read up to a message. @param place its name */
  markRead(place: string, id: string): void {
    this.#toRead.set(place.toLowerCase(), id);
    this.#reading ??= setTimeout(() => {
      this.#reading = undefined;
      for (const read of this.#toRead.values())
        void this.#options.call("markRead", { id: read }).catch(() => undefined);
      this.#toRead.clear();
    }, READ_REPORT_MS);
  }

  /** Somebody else has logged in. */
  forget(): void {
    this.#follower.forget();
    this.recent.clear();
    this.close();
  }

  close(): void {
    clearTimeout(this.#reading);
    this.#reading = undefined;
    this.#toRead.clear();
    this.#presence.close();
  }

  /** @param live it comes as it is sent, and was not fetched later */
  #arrived(message: ToldMessage, live: boolean): void {
    const noted = this.#note(message);
    if (!noted) return;
    const { name, isOpen, muted, calls } = noted;
    if (isOpen) this.markRead(name, message.id);
    if (isOpen || !muted) this.show(message);
    const { console, notify } = this.#options;
    if (live && calls) notify(message.group === undefined ? message.from : `${message.from} ${name}`, textOf(message));
    console.changed();
  }

  /** Notes a new message, and counts it. @param always also where its conversation is open. @returns undefined where its sender is ignored */
  #note(
    message: ToldMessage,
    always = false,
  ): { name: string; isOpen: boolean; muted: boolean; calls: boolean } | undefined {
    const { me, names, conversations, mutes } = this.#options;
    const preferences = this.#options.preferences();
    names.learn(message);
    this.recent.add(message);
    if (preferences.ignores(message.from)) return undefined;
    const name = conversationOf(message, me());
    const conversation = conversations.of(name);
    conversations.touch(conversation);
    const isOpen = conversations.open === conversation;
    const isMention = mentions(message.message, me());
    const muted = mutes.silences(name, isMention);
    const calls = !muted && (message.group === undefined || isMention);
    if (always || !isOpen) {
      conversation.unread++;
      conversation.calls ||= calls;
    }
    return { name, isOpen, muted, calls };
  }

  /** Online and offline are told of who is in the open conversation only; of groups, all but those that are muted. */
  #tell(event: ToldEvent): void {
    if (event.event === "sent") this.#sentElsewhere(event.data);
    else if (event.event === "read") this.#readElsewhere(event.data.with);
    else if (isAltering(event)) this.#altered(event);
    else if (event.event === "fate") this.#settled(event);
    else if (event.event === "muted") this.#mutedElsewhere(event);
    else this.#notice(event);
  }

  #notice(event: ToldEvent): void {
    const { console, conversations, me, mutes, names } = this.#options;
    const about = event.data as { readonly user?: unknown; readonly group?: unknown; readonly by?: unknown };
    const told = [about.user, about.group, about.by];
    const [user, group, by] = told.map((name) => (typeof name === "string" ? name : undefined));
    if (event.event === "presence") {
      const open = conversations.open?.name;
      if (open === undefined || !isSameName(open, event.data.user)) return;
    }
    if (event.event === "join") names.addGroup(event.data.group);
    if (event.event === "group" && event.data.name !== undefined) this.#renamed(event.data.group, event.data.name);
    const preferences = this.#options.preferences();
    const place = group === undefined ? user : `#${group}`;
    if (place !== undefined && mutes.of(place) !== false) return;
    const isMe = user !== undefined && isSameName(user, me() ?? "");
    if (user !== undefined && preferences.ignores(user)) return;
    const isComing = event.event === "join" || event.event === "leave" || event.event === "presence";
    // What one has done oneself is no news; nor is one's own coming and going, unless others have seen to it.
    const doer = by ?? (isComing ? user : undefined);
    if (doer !== undefined && isSameName(doer, me() ?? "")) return;
    if (isComing && (by === undefined || (event.event === "join" && !isMe))) this.#presence.add(event);
    else {
      this.#presence.flush();
      console.print(this.#inWords(event), place);
    }
  }

  #renamed(group: string, name: string): void {
    const { conversations, console, names } = this.#options;
    const now = renamed(group, name);
    names.addGroup(now);
    conversations.rename(`#${group}`, `#${now}`);
    this.recent.rename(group, now);
    console.changed();
  }

  /** One has said it on another terminal. */
  #sentElsewhere(message: ToldMessage): void {
    const { me, conversations, console, mutes } = this.#options;
    const name = conversationOf(message, me());
    conversations.touch(conversations.of(name));
    this.recent.add(message);
    if (conversations.isOpen(name) || mutes.of(name) === false) this.show(message);
    console.changed();
  }

  #readElsewhere(name: string): void {
    const { conversations, console } = this.#options;
    const conversation = conversations.find(name);
    if (!conversation) return;
    conversation.unread = 0;
    conversation.calls = false;
    console.changed();
  }

  #mutedElsewhere(event: ToldEvent & { readonly event: "muted" }): void {
    const { console } = this.#options;
    this.#presence.flush();
    console.print(this.#inWords(event), event.data.with);
    console.changed();
  }

  /** It waited at the server, and was shown so. */
  #settled(event: ToldEvent & { readonly event: "fate" }): void {
    const { me, console, mutes } = this.#options;
    const { id, state } = event.data;
    // Of what has failed the server itself tells, too: also who comes later.
    if (state !== "delivered" && mutes.of(SERVER) === false) return;
    const known = this.recent.get(id);
    this.#presence.flush();
    console.print(this.#inWords(event, known), known && conversationOf(known, me()));
  }

  /** What has scrolled away stays: a line of its own says what was, and what has become of it. */
  #altered(event: ToldAlteration): void {
    const { me, console, conversations, mutes } = this.#options;
    const { id, origin, by, message } = event.data;
    // One's own in a group elsewhere may be known by the id that was answered.
    const known = this.recent.get(id) ?? (origin === undefined ? undefined : this.recent.get(origin));
    if (known && (message !== undefined || event.event === "deleted")) this.recent.alter(known.id, message);
    const name = conversationOf(event.data, me());
    // What was shown because it names one, or does now.
    const isMention = [message, known?.message].some((text) => text !== undefined && mentions(text, me()));
    const muted = mutes.silences(name, isMention) && !conversations.isOpen(name);
    if (muted || this.#options.preferences().ignores(by)) return;
    this.#presence.flush();
    console.print(this.#inWords(event, known), name);
  }

  /** At the start: what is unread is counted per conversation, and shown when that is opened. */
  #countUnread(messages: readonly ToldMessage[], more: boolean): void {
    const { conversations, console } = this.#options;
    for (const message of messages) this.#note(message, true);
    const { unread } = conversations;
    if (unread.length === 0) return;
    const list = unread.map(({ name, unread: count }) => `${count} ${inert(name)}`).join(", ");
    const first = inert(unread[0]?.name ?? "");
    console.print(wording.chat.fresh(list, more, console.redraws, first));
    console.changed();
  }
}
