/** Searching: what somebody has typed as the server is asked for it, and what it has found. */
import type { Call } from "../connection/call.ts";
import type { Input } from "../contract/operations.ts";
import { isSearchOption } from "../contract/search.ts";
import { dialectNamed } from "../protocol/dialects/index.ts";
import type { ToldMessage } from "../protocol/replies.ts";

/** Messages of one page of the protocol. */
const PAGE = 1000;

/** Without a conversation: everywhere. */
export type Search = Input<"search">;

/** `search in bob since 2026-11-01 rapat`. @returns undefined for words that do not begin with an option */
export function searchWithOptions(words: readonly string[]): Search | undefined {
  const [, first = "", , behind] = words;
  if (behind === undefined || !isSearchOption(first)) return undefined;
  const [word, ...rest] = words;
  const read = dialectNamed("native").decode([word, ...rest.map(quoted)].join(" "), {
    isToken: () => false,
    isRealm: () => true,
  });
  return "input" in read && read.row.operation === "search" ? (read.input as Search) : undefined;
}

/** What is to be found, whether its first word is one of the protocol's or not. */
export function searchIn(place: string | undefined, [first = "", ...rest]: readonly string[]): Search {
  const words = [isSearchOption(first) ? `"${first}"` : quoted(first), ...rest.map(quoted)].join(" ");
  return place === undefined ? { words } : { with: place, words };
}

/** A word that was typed in quotes. */
function quoted(word: string): string {
  return /\s/.test(word) ? `"${word.replaceAll('"', " ")}"` : word;
}

export interface FoundMessages {
  /** The oldest first. */
  readonly messages: readonly (ToldMessage & { readonly found: readonly string[] })[];
  /** The id that older ones are before, where there are some. */
  readonly before: string | undefined;
  /** The newest may be missing. */
  readonly behind: boolean;
}

/** @param most of them, the newest. @throws RefusedRequest, LinkError */
export async function searchMessages(call: Call, search: Search, most: number): Promise<FoundMessages> {
  const wanted = search.limit ?? most;
  const messages: FoundMessages["messages"][number][] = [];
  let { before } = search;
  let behind = false;
  for (;;) {
    const limit = Math.min(PAGE, wanted - messages.length);
    const page = await call("search", { ...search, limit, ...(before !== undefined && { before }) });
    messages.unshift(...page.data.toReversed());
    behind ||= page.behind === true;
    before = page.more === true ? page.before : undefined;
    if (before === undefined || page.data.length === 0 || messages.length >= wanted)
      return { messages, before, behind };
  }
}
