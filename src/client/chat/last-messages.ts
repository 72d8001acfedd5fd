/**
 * The last messages of the open conversation, counted back from the newest, which is 1. What a line says of one by its
 * number is meant of those that stood there when one began to type it: others may have come since.
 */
import type { ToldMessage } from "../../protocol/replies.ts";
import { conversationOf, isSameName } from "../chat-message.ts";
import type { Choices } from "../complete.ts";
import type { ChatContext } from "./context.ts";
import type { Feed } from "./feed.ts";
import { numberIn } from "./reaction.ts";

/** Messages that can be chosen from. */
const MOST_NAMED = 50;

/** Messages, the newest first, and the conversation that was open. */
export interface Counted {
  readonly open: string | undefined;
  readonly messages: readonly ToldMessage[];
}

export class LastMessages {
  readonly #options: ChatContext & { readonly feed: Feed };
  #seen: Counted | undefined;

  constructor(options: ChatContext & { readonly feed: Feed }) {
    this.#options = options;
  }

  /** Those that are there now; with nothing open, of all conversations. */
  get now(): Counted {
    const { conversations, feed, me, preferences } = this.#options;
    const open = conversations.open?.name;
    const isHere = (one: ToldMessage): boolean => open === undefined || isSameName(conversationOf(one, me()), open);
    const isHeard = ({ from }: ToldMessage): boolean =>
      (open !== undefined && isSameName(from, open)) || !preferences().ignores(from);
    return { open, messages: feed.recent.all.filter((one) => isHere(one) && isHeard(one)).reverse() };
  }

  /** The line being typed has changed. @param draft what it is now */
  typed(draft: string): void {
    if (draft === "") this.#seen = undefined;
    else this.#seen ??= this.now;
  }

  /** Those that stood there when the line being typed was begun. */
  get seen(): Counted {
    return this.#seen ?? this.now;
  }

  /** The one that the line being typed is about, by its id or its number. */
  about(draft: string): ToldMessage | undefined {
    const [, id] = /^\/?[a-z-]+ (?:\S+ )?([0-9a-f-]{36})(?:\s|$)/i.exec(draft) ?? [];
    if (id !== undefined) return this.#options.feed.recent.get(id.toLowerCase());
    const [, reacting] = /^\/?([1-9]\d{0,2}) [+-]/.exec(draft) ?? [];
    const number = draft.startsWith("/") && reacting === undefined ? numberIn(draft.slice(1)) : Number(reacting);
    const { open, messages } = this.seen;
    return number === undefined || open === undefined ? undefined : messages[number - 1];
  }

  /** What a line may name of them. */
  get choices(): Pick<Choices, "speaking" | "messages"> {
    const { open, messages } = this.seen;
    const named = messages.slice(0, MOST_NAMED).map((one) => {
      const about = `${one.from}: ${one.message}`;
      return { id: one.id, about, canEdit: this.isOwn(one), canDelete: this.isOwn(one) || one.group !== undefined };
    });
    return { speaking: open !== undefined, messages: named };
  }

  isOwn({ from }: ToldMessage): boolean {
    return isSameName(from, this.#options.me() ?? "");
  }
}
