/** Who types, as the row above the line says it; and telling the others that one types oneself. */
import { RefusedRequest } from "../../connection/errors.ts";
import type { ToldEvent } from "../../protocol/replies.ts";
import { conversationOf, isSameName } from "../chat-message.ts";
import { wording } from "../language/wording.ts";
import { inert } from "../terminal/inert.ts";
import type { ChatContext } from "./context.ts";
import type { Interpretation } from "./interpret.ts";

/** How long, in ms, somebody is shown who has not typed on; and how often one tells that one does. */
const SHOWN_MS = 6000;
const TOLD_MS = 3000;

/** Who is named. */
const NAMED = 3;

export interface TypingOptions extends ChatContext {
  /** Somebody is logged in, and the connection is there. */
  isUp(): boolean;
  interpret(line: string): Interpretation;
}

export class Typing {
  readonly #options: TypingOptions;
  /** By conversation and user, in lower case. */
  readonly #typing = new Map<string, { with: string; user: string; timer: NodeJS.Timeout }>();
  /** When one has told it last, by `performance.now`. */
  #told = Number.NEGATIVE_INFINITY;
  /** The server has no word for it. */
  #isUnknown = false;

  constructor(options: TypingOptions) {
    this.#options = options;
  }

  /** Whoever has said something types no longer. @returns whether it was told of here: it is shown nowhere else */
  heard(event: ToldEvent): boolean {
    if (event.event === "message" || event.event === "file") {
      this.#end(conversationOf(event.data, this.#options.me()), event.data.from);
    }
    if (event.event !== "typing") return false;
    const { with: place, user } = event.data;
    this.#end(place, user);
    const timer = setTimeout(() => this.#end(place, user), SHOWN_MS);
    this.#typing.set(keyOf(place, user), { with: place, user, timer });
    this.#options.console.changed();
    return true;
  }

  /** Who types to one, or in the open conversation; empty for nobody. */
  get words(): string {
    const { conversations, mutes } = this.#options;
    const preferences = this.#options.preferences();
    const users = [...this.#typing.values()]
      .filter(({ with: place, user }) => {
        if (preferences.ignores(user)) return false;
        return conversations.isOpen(place) || (!place.startsWith("#") && mutes.of(place) === false);
      })
      .map(({ user }) => inert(user));
    if (users.length === 0) return "";
    const over = users.length - NAMED;
    const named = [...users.slice(0, NAMED), ...(over > 0 ? [wording.chat.pending(over)] : [])];
    return wording.events.typing(named.join(", "), users.length > 1);
  }

  /** The line is another than before. */
  typed(): void {
    const { conversations, console, call, isUp, interpret } = this.#options;
    const { open } = conversations;
    const now = performance.now();
    if (!open || this.#isUnknown || now - this.#told < TOLD_MS || !isUp()) return;
    const meant = interpret(console.draft);
    if (meant.is !== "message" || !isSameName(meant.to, open.name)) return;
    this.#told = now;
    call("typing", { with: open.name }).catch((error: unknown) => {
      // A server of before.
      this.#isUnknown ||= error instanceof RefusedRequest && error.code === "unknown-request";
    });
  }

  /** There is a new connection, perhaps to another server. */
  linked(): void {
    this.#isUnknown = false;
  }

  /** Nobody types. */
  close(): void {
    for (const { timer } of this.#typing.values()) clearTimeout(timer);
    this.#typing.clear();
  }

  #end(place: string, user: string): void {
    const key = keyOf(place, user);
    const known = this.#typing.get(key);
    if (!known) return;
    clearTimeout(known.timer);
    this.#typing.delete(key);
    this.#options.console.changed();
  }
}

function keyOf(place: string, user: string): string {
  return `${place} ${user}`.toLowerCase();
}
