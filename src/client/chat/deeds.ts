/** The chat's own commands: each does one thing to what is shown, open, or remembered. */
import chalk from "chalk";
import { LinkError, type Reply } from "../client.ts";
import { helpFor } from "../help.ts";
import { type ChatMessage, same } from "../messages.ts";
import { highlighted, newest, RefusedRequest, search, USUAL } from "../reading.ts";
import { messageInWords } from "../render.ts";
import type { Console } from "../terminal/console.ts";
import { inert } from "../terminal/inert.ts";
import { unknown } from "../vocabulary.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import type { Incoming } from "./incoming.ts";
import { type Marks, rule } from "./marks.ts";
import type { Names } from "./names.ts";
import type { Preferences } from "./preferences.ts";

/** Messages shown when a conversation is opened, where not more of it are new. */
const SHOWN = 10;
const MOST_SHOWN = 200;

/** What a search shows of what it has found: the newest. */
const MOST_FOUND = 100;

export interface Surroundings {
  readonly console: Console;
  readonly conversations: Conversations;
  readonly incoming: Incoming;
  readonly names: Names;
  readonly marks: Marks;
  preferences(): Preferences;
  me(): string | undefined;
  request(text: string): Promise<Reply>;
  quit(): void;
}

export class Deeds {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** @param words as they were typed, the command first. @throws RefusedRequest, LinkError */
  async run(words: readonly string[]): Promise<void> {
    const [word = "", ...rest] = words;
    const [first] = rest;
    switch (word.toLowerCase()) {
      case "open":
        return first === undefined ? this.#say("open whom? open NAME, or open #GROUP") : this.open(first);
      case "close":
        return this.#close();
      case "chats":
        return this.#list();
      case "history":
        return this.#history(rest);
      case "search":
        return this.#search(rest);
      case "ignore":
      case "unignore":
      case "mute":
      case "unmute":
        return this.#prefer(word.toLowerCase(), first);
      case "help":
        return this.#help(first);
      case "quit":
      case "exit":
        return this.#around.quit();
    }
  }

  /** Shows a conversation's last messages, and goes on there. @throws RefusedRequest, LinkError */
  async open(name: string): Promise<void> {
    const { conversations, console, incoming, marks, names, request, me } = this.#around;
    if (me() === undefined) return this.#say("log in first: auth NAME, or register NAME");
    const place = this.#placeNamed(name);
    const before = console.draft;
    const known = conversations.all.find((one) => same(one.name, place));
    const unread = known?.unread ?? 0;
    let found: Awaited<ReturnType<typeof newest>>;
    try {
      found = await newest(request, place, Math.min(MOST_SHOWN, Math.max(SHOWN, unread + 3)));
    } catch (error) {
      // What was said is not to be had now; that one speaks there is known all the same.
      const isKnown = place.startsWith("#") ? names.hasGroup(place.slice(1)) : names.hasUser(place);
      if (error instanceof LinkError && (known || isKnown)) {
        console.print(chalk.cyan(rule(marks, inert(place))));
        console.draft = conversations.enter(conversations.of(place), before);
        return;
      }
      // There may be a group of that name, where no user has it.
      if (
        !(error instanceof RefusedRequest) ||
        place.startsWith("#") ||
        error.reply.code !== "user-not-found" ||
        !names.hasGroup(place)
      ) {
        throw error;
      }
      return this.open(`#${place}`);
    }
    const conversation = conversations.of(place);
    const messages = this.#heard(found.messages);
    console.print(chalk.cyan(rule(marks, inert(conversation.name))));
    // What was typed while it was being asked for is meant for it.
    const now = console.draft;
    const draft = conversations.enter(conversation, before);
    console.draft = now === before ? draft : draft + now;
    const own = messages.filter(({ from }) => !same(from, me() ?? ""));
    const firstNew = unread > 0 ? own[Math.max(0, own.length - unread)] : undefined;
    for (const message of messages) {
      incoming.showDay(message);
      if (message === firstNew) console.print(chalk.yellow(rule(marks, "new")));
      incoming.saw(message.id);
      incoming.show(message);
    }
    const last = found.messages.at(-1);
    if (last) incoming.markRead(last.id);
    console.changed();
  }

  /** Opens the next one with something new, or one beside the one that is open. */
  async turn(to: "unread" | 1 | -1): Promise<void> {
    const { conversations } = this.#around;
    const next: Conversation | undefined =
      to === "unread" ? conversations.unread.find((one) => one !== conversations.open) : conversations.beside(to);
    if (next === undefined) return this.#say(to === "unread" ? "nothing is new" : "there is no other conversation");
    if (next !== conversations.open) await this.open(next.name);
  }

  #close(): void {
    const { conversations, console } = this.#around;
    console.draft = conversations.enter(undefined, console.draft);
    console.changed();
  }

  #list(): void {
    const { conversations } = this.#around;
    const lines = conversations.all.map((one) => {
      const marks = [
        one === conversations.open ? "open" : "",
        one.unread > 0 ? `${one.unread} new` : "",
        this.#around.preferences().mutes(one.name) ? "muted" : "",
        one.draft === "" ? "" : "a draft",
      ];
      return [inert(one.name), ...marks.filter(Boolean)].join("  ");
    });
    this.#say(lines.length === 0 ? "(nothing)" : lines.join("\n"));
  }

  async #history(rest: readonly string[]): Promise<void> {
    const count = rest.find((word) => /^\d+$/.test(word));
    const name = rest.find((word) => word !== count) ?? this.#around.conversations.open?.name;
    if (name === undefined) return this.#say("of whom? history NAME, or history #GROUP");
    const found = await newest(this.#around.request, this.#placeNamed(name), Number(count ?? USUAL) || 1);
    const messages = this.#heard(found.messages);
    for (const message of messages) this.#around.incoming.show(message);
    if (messages.length === 0) this.#say("(nothing)");
    else if (found.more) this.#say(chalk.dim(`(there are older ones: history ${inert(name)} ${messages.length * 2})`));
  }

  async #search(rest: readonly string[]): Promise<void> {
    const { conversations, names, me } = this.#around;
    const [first = ""] = rest;
    const isPlace = rest.length > 1 && (/^[#@]/.test(first) || names.hasUser(first));
    const place = isPlace ? this.#placeNamed(first) : conversations.open?.name;
    const text = (isPlace ? rest.slice(1) : rest).join(" ");
    if (place === undefined || text === "") return this.#say("search NAME TEXT, or search #GROUP TEXT");
    const found = this.#heard(await search(this.#around.request, place, text));
    for (const message of found.slice(-MOST_FOUND)) {
      const date = (message.sent ?? message.time).slice(0, 10);
      const words = messageInWords(message, { me: me(), open: place });
      this.#say(`${chalk.dim(inert(date))} ${highlighted(words, inert(text))}`);
    }
    this.#say(chalk.dim(found.length === 0 ? "nothing was found" : `${found.length} found`));
  }

  #prefer(word: string, name: string | undefined): void {
    const list = word.endsWith("ignore") ? "ignored" : "muted";
    const preferences = this.#around.preferences();
    if (name === undefined) {
      const names = preferences[list];
      this.#say(names.length === 0 ? `nobody is ${list}` : inert(names.join("\n")));
      return;
    }
    const place = list === "ignored" ? name.replace(/^@/, "") : this.#placeNamed(name);
    const kept = preferences.set(list, place, !word.startsWith("un"));
    const now = word.startsWith("un") ? `not ${list} any more` : list;
    this.#say(`${inert(place)} is ${now}${kept ? "" : " until the program ends"}`);
  }

  #help(word: string | undefined): void {
    this.#say(helpFor(word, "prompt") ?? inert(unknown(word as string)));
  }

  /** Without those of whom one does not want to hear. */
  #heard(messages: readonly ChatMessage[]): readonly ChatMessage[] {
    return messages.filter(({ from }) => !this.#around.preferences().ignores(from));
  }

  /** `@bob` is bob, `kelas` is the group of that name where no user has it. */
  #placeNamed(name: string): string {
    const { names } = this.#around;
    if (name.startsWith("#")) return name;
    const plain = name.replace(/^@/, "");
    return !name.startsWith("@") && !names.hasUser(plain) && names.hasGroup(plain) ? `#${plain}` : plain;
  }

  #say(text: string): void {
    this.#around.console.print(text);
  }
}
