import type { Call } from "../../connection/call.ts";
import type { Reader } from "../message-words.ts";
import type { Console } from "../terminal/console.ts";
import type { Conversations } from "./conversations.ts";
import type { KnownNames } from "./known-names.ts";
import type { Preferences } from "./preferences.ts";
import type { Symbols } from "./symbols.ts";

/** What the parts of one chat share. */
export interface ChatContext {
  readonly console: Console;
  readonly conversations: Conversations;
  readonly names: KnownNames;
  readonly symbols: Symbols;
  preferences(): Preferences;
  /** Who is logged in. */
  me(): string | undefined;
  readonly call: Call;
}

/** Who reads what is said in the chat. */
export function readerOf({ me, console, conversations }: ChatContext): Reader {
  return { me: me(), open: conversations.open?.name, isDrawn: console.redraws };
}
