/** What others say: shown as it comes, counted where it is not looked at, told of when nobody looks; and what was missed. */
import chalk from "chalk";
import type { ChatClient, Reply, ServerEvent } from "../client.ts";
import { wording } from "../language/wording.ts";
import { type ChatMessage, listed, messageOf, placeOf, same } from "../messages.ts";
import { newestId, since } from "../reading.ts";
import { eventInWords, mentions, messageInWords } from "../render.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import { Comings } from "./comings.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import { type Marks, rule } from "./marks.ts";
import type { Names } from "./names.ts";
import type { Preferences } from "./preferences.ts";

/** Ids that are known to have been shown: those of what comes twice, when a link is made again. */
const REMEMBERED = 20_000;

/** Between telling the server what has been read, in ms. */
const READ_MS = 500;

/** What was missed is fetched in pages of a thousand; more of them are left to `history`. */
const PAGES = 10;

const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" } as const;

export interface Surroundings {
  readonly conversations: Conversations;
  readonly names: Names;
  readonly marks: Marks;
  preferences(): Preferences;
  /** Who is logged in. */
  me(): string | undefined;
  readonly console: Console;
  /** @throws LinkError */
  request(text: string): Promise<Reply>;
  /** A person should be told, if he looks elsewhere. */
  notify(title: string, body: string): void;
}

export class Incoming {
  readonly #around: Surroundings;
  readonly #known = new Set<string>();
  /** The newest message that has come; what came later was missed. */
  #newest: string | undefined;
  #day: string | undefined;
  /** What was there at the beginning has been told. */
  #begun = false;
  /** Events that have come while what was missed is being fetched. */
  #held: ServerEvent[] | undefined;
  /** The newest message shown in each conversation while it was open, which the server is still to be told of. */
  readonly #toRead = new Map<string, string>();
  #reading: NodeJS.Timeout | undefined;
  readonly #comings: Comings;
  readonly #days = new Intl.DateTimeFormat(wording.locale, DAY);

  constructor(around: Surroundings) {
    this.#around = around;
    this.#comings = new Comings((line, place) => around.console.print(line, place === "" ? undefined : place));
  }

  onEvent(event: ServerEvent): void {
    if (this.#held) {
      this.#held.push(event);
      return;
    }
    const message = event.event === "message" || event.event === "file" ? messageOf(event.data) : undefined;
    if (message) this.#arrived(message, true);
    else this.#happened(event);
  }

  /** On a new connection: events from now on, and what came since the last one. @throws LinkError */
  async watch(client: ChatClient): Promise<void> {
    this.#held = [];
    let whole = false;
    try {
      // What was read elsewhere is older than this: it is not missed when the link is lost.
      const latest = this.#begun ? undefined : await newestId((text) => client.request(text));
      await client.request("watch on");
      if (this.#newest !== undefined) await this.#missed(client, this.#newest);
      else if (this.#begun) this.#show(listed(await client.request("unread")), false);
      else this.#news(await client.request("unread"));
      if (latest !== undefined) this.#passed(latest);
      this.#begun = true;
      whole = true;
    } finally {
      const held = this.#held;
      this.#held = undefined;
      // If the link was lost meanwhile, what has come is fetched again, with what came before it.
      if (whole) for (const event of held) this.onEvent(event);
    }
  }

  /** A message of one's own is at the server: what comes after it is new. */
  accepted(id: string): void {
    if (id === "") return;
    this.saw(id);
    this.#passed(id);
  }

  /** UUIDs of version 7 are in the order of their time. */
  #passed(id: string): void {
    if (this.#newest === undefined || id > this.#newest) this.#newest = id;
  }

  /** A message that has been shown. */
  saw(id: string): void {
    this.#known.add(id);
    if (this.#known.size > REMEMBERED) {
      for (const old of this.#known) {
        if (this.#known.size <= REMEMBERED / 2) break;
        this.#known.delete(old);
      }
    }
  }

  /** A message that is being shown: the day before it, where it has changed. @param mark what has become of it */
  show(message: ChatMessage, mark = ""): void {
    const { me, console, conversations } = this.#around;
    this.#comings.flush();
    this.showDay(message);
    const words = messageInWords(message, { me: me(), open: conversations.open?.name });
    console.print(mark === "" ? words : `${words} ${mark}`, placeOf(message, me()));
  }

  /** The day of a message that is to be shown, unless it is that of the last one. */
  showDay({ time, sent }: ChatMessage): void {
    const at = new Date(sent ?? time);
    if (Number.isNaN(at.getTime())) return;
    const day = this.#days.format(at);
    if (day !== this.#day) this.#around.console.print(chalk.dim(rule(this.#around.marks, day)));
    this.#day = day;
  }

  /** Tells the server, a moment later, that a conversation was read up to a message. @param place its name */
  markRead(place: string, id: string): void {
    this.#toRead.set(place.toLowerCase(), id);
    this.#reading ??= setTimeout(() => {
      this.#reading = undefined;
      for (const read of this.#toRead.values()) void this.#around.request(`read ${read}`).catch(() => undefined);
      this.#toRead.clear();
    }, READ_MS);
  }

  /** Somebody else has logged in. */
  forget(): void {
    this.#known.clear();
    this.#newest = undefined;
    this.#begun = false;
    this.close();
  }

  close(): void {
    clearTimeout(this.#reading);
    this.#reading = undefined;
    this.#toRead.clear();
    this.#comings.close();
  }

  /** @param live it comes now, and was not fetched */
  #arrived(message: ChatMessage, live: boolean): void {
    if (this.#known.has(message.id)) return;
    this.saw(message.id);
    this.#passed(message.id);
    const { me, names, conversations, console, notify } = this.#around;
    names.heard(message);
    const preferences = this.#around.preferences();
    if (preferences.ignores(message.from)) return;
    const name = placeOf(message, me());
    const conversation = this.#note(name);
    const isOpen = conversations.open === conversation;
    const calls = message.group === undefined || mentions(message.message, me());
    const muted = preferences.mutes(name);
    if (isOpen) this.markRead(name, message.id);
    else {
      conversation.unread++;
      conversation.calls ||= calls && !muted;
    }
    if (isOpen || !muted) this.show(message);
    if (live && calls && !muted) {
      notify(message.group === undefined ? message.from : `${message.from} ${name}`, message.message);
    }
    console.changed();
  }

  #note(name: string): Conversation {
    const { conversations } = this.#around;
    const conversation = conversations.of(name);
    conversations.touch(conversation);
    return conversation;
  }

  /** Who comes and goes is told of where one is: in the open conversation, and in groups that are not muted. */
  #happened(event: ServerEvent): void {
    const { console, conversations, me, names } = this.#around;
    const [user, group] = [event.data["user"], event.data["group"]].map((value) =>
      typeof value === "string" ? value : undefined,
    );
    if (event.event === "presence") {
      const open = conversations.open?.name;
      if (user === undefined || open === undefined || !same(open, user)) return;
    }
    if (event.event === "join" && user !== undefined && group !== undefined) names.addGroup(group);
    const place = group === undefined ? user : `#${group}`;
    if (place !== undefined && this.#around.preferences().mutes(place)) return;
    if (user !== undefined && (this.#around.preferences().ignores(user) || same(user, me() ?? ""))) return;
    if (user !== undefined && /^(join|leave|presence)$/.test(event.event)) this.#comings.add(event, user);
    else {
      this.#comings.flush();
      console.print(eventInWords(event, { me: me() }), place);
    }
  }

  /** At the beginning: what has come is counted, not shown; its conversations show it when they are opened. */
  #news(reply: Reply): void {
    const all = listed(reply);
    const { me, conversations, console, names } = this.#around;
    for (const message of all) {
      names.heard(message);
      this.saw(message.id);
      this.#passed(message.id);
      if (this.#around.preferences().ignores(message.from)) continue;
      const place = placeOf(message, me());
      const conversation = this.#note(place);
      conversation.unread++;
      conversation.calls ||=
        !this.#around.preferences().mutes(place) && (message.group === undefined || mentions(message.message, me()));
    }
    const { unread } = conversations;
    if (unread.length === 0) return;
    const list = unread.map(({ name, unread: count }) => `${count} ${inert(name)}`).join(", ");
    const first = inert(unread[0]?.name ?? "");
    console.print(wording.chat.fresh(list, reply["more"] === true, console.lively, first));
    console.changed();
  }

  async #missed(client: ChatClient, id: string): Promise<void> {
    const { messages, more } = await since((text) => client.request(text), id, PAGES);
    this.#show(messages, more);
  }

  #show(all: readonly ChatMessage[], more: boolean): void {
    const missed = all.filter(({ id }) => !this.#known.has(id));
    if (missed.length === 0) return;
    const { console, marks } = this.#around;
    console.print(chalk.dim(rule(marks, wording.chat.missed(missed.length, more))));
    for (const message of missed) this.#arrived(message, false);
  }
}
