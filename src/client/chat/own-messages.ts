/** One's own messages in the chat: sent, shown with what became of them, and offered again where they were refused. */
import chalk from "chalk";
import { type Fate, type Post, Posts } from "../../connection/posts.ts";
import { wording } from "../language/wording.ts";
import { refusalInWords } from "../refusal-words.ts";
import type { ChatContext } from "./context.ts";
import type { Feed } from "./feed.ts";
import type { Symbols } from "./symbols.ts";

export interface OwnMessagesOptions extends ChatContext {
  readonly feed: Feed;
  isUp(): boolean;
  /** Would this line, typed in the open conversation, be said there as it stands? */
  isSaidAsTyped(text: string): boolean;
}

/** The messages on their way; each is shown when it is known what became of it. */
export function createOwnMessages(options: OwnMessagesOptions): Posts {
  const { call, isUp, console } = options;
  return new Posts({
    call,
    isUp,
    onSettled: (post, fate) => showFate(post, fate, options),
    onChanged: () => console.changed(),
  });
}

function showFate({ to, text, time, reply }: Post, fate: Fate, options: OwnMessagesOptions): void {
  const { console, conversations, feed, symbols, me, isSaidAsTyped } = options;
  const group = to.startsWith("#") ? { group: to.slice(1) } : {};
  const id = "reply" in fate && typeof fate.reply["id"] === "string" ? fate.reply["id"] : "";
  const message = {
    id,
    from: me() ?? "",
    to,
    ...group,
    message: text,
    time: time.toISOString(),
    ...(reply && { reply }),
  };
  if (fate.is === "accepted" || fate.is === "queued") {
    if (fate.reply.id !== undefined) feed.accepted(fate.reply.id);
    conversations.touch(conversations.of(to));
  }
  feed.show(message, fateSymbol(fate, symbols));
  if (fate.is !== "refused" || console.draft !== "") return;
  if (reply) {
    console.offer(`/reply ${reply.id} ${text}`);
    return;
  }
  const again = isSaidAsTyped(text) ? text : ` ${text}`;
  console.offer(conversations.isOpen(to) ? again : `${to.startsWith("#") ? to : `@${to}`} ${text}`);
}

function fateSymbol(fate: Fate, symbols: Symbols): string {
  switch (fate.is) {
    case "accepted":
      return chalk.green(symbols.accepted);
    case "queued":
      return chalk.yellow(symbols.queued);
    case "unknown":
      return chalk.yellow(symbols.unknown);
    case "unsent":
      return chalk.red(`${symbols.refused} ${wording.chat.notSent}`);
    case "refused":
      return chalk.red(`${symbols.refused} ${refusalInWords(fate.reply)}`);
  }
}
