/** The prompt's own commands: what is shown, and which conversation is open. */
import chalk from "chalk";
import { LinkError, RefusedRequest } from "../../connection/errors.ts";
import { addressOf } from "../../contract/names.ts";
import type { ToldMessage, ToldOrDeleted } from "../../protocol/replies.ts";
import { openInBrowser } from "../browser.ts";
import { isSameName, isThere, SERVER } from "../chat-message.ts";
import { parseExport } from "../export/wanted.ts";
import { helpFor } from "../help.ts";
import { wording } from "../language/wording.ts";
import { chatsIn, chatsInWords, type ListedChat, mutedInWords } from "../lists.ts";
import { DEFAULT_COUNT, highlightMatches, newestMessages } from "../message-history.ts";
import { deletedInWords, messageInWords } from "../message-words.ts";
import { noticeFor } from "../render.ts";
import { searchIn, searchMessages, searchWithOptions } from "../search.ts";
import { unknownWord } from "../spelling.ts";
import { inert } from "../terminal/inert.ts";
import { type ChatContext, readerOf } from "./context.ts";
import type { Conversation } from "./conversations.ts";
import type { Exports } from "./exports.ts";
import type { Feed } from "./feed.ts";
import { ignore, mute, unmute } from "./hearing.ts";
import type { LastMessages } from "./last-messages.ts";
import { rule } from "./symbols.ts";

/** Messages shown when a conversation is opened, where not more of it are new. */
const SHOWN = 10;
const MOST_SHOWN = 200;

/** What a search shows of what it has found: the newest. */
const MOST_FOUND = 100;

export interface ChatCommandsOptions extends ChatContext {
  readonly feed: Feed;
  readonly exports: Exports;
  /** What opens links: browser.ts; undefined where nobody would see it. */
  readonly browser: readonly string[] | undefined;
  readonly last: LastMessages;
  quit(): void;
}

export class ChatCommands {
  readonly #options: ChatCommandsOptions;

  constructor(options: ChatCommandsOptions) {
    this.#options = options;
  }

  /** @param words as they were typed, the command first. @throws RefusedRequest, LinkError */
  async run(words: readonly string[]): Promise<void> {
    const [word = "", ...rest] = words;
    const [first] = rest;
    switch (word.toLowerCase()) {
      case "open":
        return first === undefined ? this.#say(wording.chat.openWhom) : this.open(first);
      case "close":
        return this.#close();
      case "chats":
        return this.#list();
      case "history":
        return this.#history(rest);
      case "search":
        return this.#search(rest);
      case "export":
        return this.#export(rest);
      case "o":
        return this.#openLink(first);
      case "ignore":
      case "unignore":
        return ignore(this.#options, first, word.toLowerCase() === "ignore");
      case "mute":
        return mute(this.#options, first, rest.length > 1 ? "mentions" : "all");
      case "unmute":
        return unmute(this.#options, first);
      case "edit":
      case "delete":
      case "reply":
      case "react":
        return this.#prepare(word.toLowerCase() as "edit");
      case "clear":
        return this.#options.console.clear();
      case "help":
        return this.#help(first);
      case "quit":
      case "exit":
        return this.#options.quit();
    }
  }

  /** Shows a conversation's last messages, and goes on there. @throws RefusedRequest, LinkError */
  async open(name: string): Promise<void> {
    const { conversations, console, feed, symbols, names, call, me } = this.#options;
    if (me() === undefined) return this.#say(wording.logInFirst);
    const place = this.#options.names.placeNamed(name);
    const before = console.draft;
    const known = conversations.find(place);
    const unread = known?.unread ?? 0;
    let found: Awaited<ReturnType<typeof newestMessages>>;
    try {
      found = await newestMessages(call, place, Math.min(MOST_SHOWN, Math.max(SHOWN, unread + 3)));
    } catch (error) {
      // Without a connection its messages cannot be shown, but what is typed can be meant for it.
      const isKnown = place.startsWith("#") ? names.hasGroup(place.slice(1)) : names.hasUser(place);
      if (error instanceof LinkError && (known || isKnown)) {
        console.print(chalk.cyan(rule(symbols, inert(place))));
        console.draft = conversations.enter(conversations.of(place), before);
        return;
      }
      // There may be a group of that name, where no user has it.
      if (
        !(error instanceof RefusedRequest) ||
        place.startsWith("#") ||
        error.code !== "user-not-found" ||
        !names.hasGroup(place)
      ) {
        throw error;
      }
      return this.open(`#${place}`);
    }
    const conversation = conversations.of(place);
    const messages = this.#heard(found.messages, place);
    console.print(chalk.cyan(rule(symbols, inert(conversation.name))));
    // What was typed while the messages were asked for belongs to the conversation that is opened.
    const now = console.draft;
    const draft = conversations.enter(conversation, before);
    console.draft = now === before ? draft : draft + now;
    const others = messages.filter(isThere).filter(({ from }) => !isSameName(from, me() ?? ""));
    const firstNew = unread > 0 ? others[Math.max(0, others.length - unread)] : undefined;
    this.#show(messages, (message) => {
      feed.showDay(message);
      if (message === firstNew) console.print(chalk.yellow(rule(symbols, wording.chat.new)));
      feed.markShown(message.id);
    });
    const last = found.messages.findLast(isThere);
    if (last) feed.markRead(conversation.name, last.id);
    console.changed();
    if (!place.startsWith("#") && place !== SERVER) void this.#tellAway(conversation);
  }

  /** Says that the other is away. Nothing waits for it; a server that does not answer is asked for other things, too. */
  async #tellAway(conversation: Conversation): Promise<void> {
    const { call, conversations, feed } = this.#options;
    const found = await call("info", { user: addressOf(conversation.name) }).catch(() => undefined);
    if (!found) return;
    const { data } = found;
    feed.knowPresence(conversation.name, data);
    if (data.away === undefined || conversations.open !== conversation) return;
    const notice = noticeFor(readerOf(this.#options));
    this.#say(notice(wording.events.away(inert(conversation.name), inert(data.away))));
  }

  /** Opens the next one with something new, or one beside the one that is open. */
  async turn(to: "unread" | 1 | -1): Promise<void> {
    const { conversations } = this.#options;
    const next: Conversation | undefined =
      to === "unread" ? conversations.unread.find((one) => one !== conversations.open) : conversations.neighbour(to);
    if (next === undefined) return this.#say(to === "unread" ? wording.chat.nothingNew : wording.chat.noOther);
    if (next !== conversations.open) await this.open(next.name);
  }

  #close(): void {
    const { conversations, console } = this.#options;
    console.draft = conversations.enter(undefined, console.draft);
    console.changed();
  }

  /** The conversations that the server lists, the newest first, then those that were only opened here. */
  async #list(): Promise<void> {
    const { conversations, console, call, mutes } = this.#options;
    const known = chatsIn(await call("chats", {}));
    const only = conversations.all.filter(({ name }) => !known.some((one) => isSameName(one.name, name)));
    const all = [
      ...known,
      ...only.map(({ name }) => ({ name, unread: 0, mentions: 0, text: "", time: "", muted: mutes.of(name) })),
    ].map((chat) => {
      // What is unread is better known here: the server may not have been told yet what was read.
      const here = conversations.find(chat.name);
      return here === undefined ? chat : { ...chat, unread: here === conversations.open ? 0 : here.unread };
    });
    const marks = ({ name }: ListedChat): string => {
      const here = conversations.find(name);
      return [
        here !== undefined && here === conversations.open ? wording.chat.isOpen : "",
        mutedInWords(mutes.of(name)),
        here === undefined || here.draft === "" ? "" : wording.chat.aDraft,
      ]
        .filter(Boolean)
        .join(", ");
    };
    this.#say(chatsInWords(all, marks, console.columns));
  }

  async #history(rest: readonly string[]): Promise<void> {
    const count = rest.find((word) => /^\d+$/.test(word));
    const name = rest.find((word) => word !== count) ?? this.#options.conversations.open?.name;
    if (name === undefined) return this.#say(wording.chat.ofWhom);
    const place = this.#options.names.placeNamed(name);
    const found = await newestMessages(this.#options.call, place, Number(count ?? DEFAULT_COUNT) || 1);
    const messages = this.#heard(found.messages, place);
    this.#show(messages);
    if (messages.length === 0) this.#say(wording.nothing);
    else if (found.more) this.#say(chalk.dim(wording.chat.older(inert(name), messages.filter(isThere).length * 2)));
  }

  async #search(rest: readonly string[]): Promise<void> {
    const { conversations, names } = this.#options;
    const [first = ""] = rest;
    const isPlace = rest.length > 1 && (/^[#@]/.test(first) || names.hasUser(first));
    const place = isPlace ? this.#options.names.placeNamed(first) : conversations.open?.name;
    const texts = isPlace ? rest.slice(1) : rest;
    if (texts.join("") === "") return this.#say(wording.chat.searchHow);
    const search = (isPlace ? undefined : searchWithOptions(["search", ...rest])) ?? searchIn(place, texts);
    // What is searched for is shown also of those who are ignored.
    const { messages, before, behind } = await searchMessages(this.#options.call, search, MOST_FOUND);
    for (const message of messages) {
      const day = (message.sent ?? message.time).slice(0, 10);
      const words = messageInWords(message, { ...readerOf(this.#options), open: search.with }, { day });
      this.#say(highlightMatches(words, message.found.map(inert)));
    }
    this.#say(chalk.dim(messages.length === 0 ? wording.chat.nothingFound : wording.chat.found(messages.length)));
    if (before !== undefined) this.#say(chalk.dim(wording.chat.foundMore(inert(before))));
    if (behind) this.#say(chalk.dim(wording.chat.behind));
  }

  /** Says what is opened: a link may look like another. */
  async #openLink(number: string | undefined): Promise<void> {
    const { links, browser } = this.#options;
    const link = links.at(number === undefined ? undefined : Number(number));
    if (link === undefined) return this.#say(wording.chat.noLink(number ?? ""));
    if (!browser) return this.#say(link);
    this.#say(chalk.dim(wording.chat.opens(link)));
    // The next line does not wait for a browser.
    void openInBrowser(browser, link).then((isOpen) => {
      if (!isOpen) this.#say(chalk.red(wording.chat.notOpened(link)));
    });
  }

  #export(rest: readonly string[]): void {
    const wanted = parseExport(rest);
    const isWrong = typeof wanted === "string";
    const name = isWrong ? undefined : (wanted.place ?? this.#options.conversations.open?.name);
    if (isWrong) this.#say(inert(wanted));
    else if (name === undefined) this.#say(wording.export.ofWhom);
    else this.#options.exports.begin({ ...wanted, place: this.#options.names.placeNamed(name) });
  }

  /** Puts the request about the last message into the line, for it to be looked at before it is made. */
  #prepare(word: "edit" | "delete" | "reply" | "react"): void {
    const { console, last } = this.#options;
    const isOfOne = word === "edit" || word === "delete";
    const message = last.now.messages.find((one) => last.isOwn(one) === isOfOne);
    if (!message) {
      this.#say(wording.chat.noMessage);
      return;
    }
    console.draft = `/${word} ${message.id}${word === "delete" ? "" : ` ${word === "edit" ? message.message : ""}`}`;
    console.changed();
  }

  /** Shows messages that were fetched, and how many were deleted between them. @param before each of them */
  #show(messages: readonly ToldOrDeleted[], before: (message: ToldMessage) => void = () => {}): void {
    let deleted = 0;
    const tell = (): void => {
      if (deleted > 0) this.#say(deletedInWords(deleted));
      deleted = 0;
    };
    for (const one of messages) {
      if (!isThere(one)) {
        deleted++;
        continue;
      }
      tell();
      before(one);
      this.#options.feed.show(one);
    }
    tell();
  }

  #help(word: string | undefined): void {
    const help = helpFor(word, "prompt", this.#options.console.columns);
    this.#say(help ?? inert(unknownWord(word as string)));
  }

  /** Without those who are ignored, but for the one whose conversation it is. */
  #heard(messages: readonly ToldOrDeleted[], place: string): readonly ToldOrDeleted[] {
    const isHeard = (from: string): boolean => isSameName(from, place) || !this.#options.preferences().ignores(from);
    return messages.filter((one) => !isThere(one) || isHeard(one.from));
  }

  #say(text: string): void {
    this.#options.console.print(text);
  }
}
