import type { Call } from "../../connection/call.ts";
import type { Links } from "../links.ts";
import type { Reader } from "../message-words.ts";
import type { Console } from "../terminal/console.ts";
import type { Conversations } from "./conversations.ts";
import type { KnownNames } from "./known-names.ts";
import type { Mutes } from "./mutes.ts";
import type { Preferences } from "./preferences.ts";
import type { Symbols } from "./symbols.ts";

/** What the parts of one chat share. */
export interface ChatContext {
  readonly console: Console;
  readonly conversations: Conversations;
  readonly names: KnownNames;
  readonly symbols: Symbols;
  readonly links: Links;
  preferences(): Preferences;
  readonly mutes: Mutes;
  /** Who is logged in. */
  me(): string | undefined;
  readonly call: Call;
}

/** Who reads what is said in the chat. */
export function readerOf({ me, console, conversations, links }: ChatContext): Reader {
  return { me: me(), open: conversations.open?.name, isDrawn: console.redraws, linked: links.numberOf };
}
