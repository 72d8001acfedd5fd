/** Messages of a conversation that the server keeps, fetched in pages; and what was looked for in one. */
import chalk from "chalk";
import type { Call } from "../connection/call.ts";
import type { ToldOrDeleted } from "../protocol/replies.ts";
import { isThere } from "./chat-message.ts";

/** Messages that `history` shows unless a number is given. */
export const DEFAULT_COUNT = 20;

/** Messages of one page of the protocol. */
const PAGE = 1000;

/** The newest messages of a conversation, oldest first, and what was deleted between them. @throws RefusedRequest, LinkError */
export async function newestMessages(
  call: Call,
  place: string,
  count: number,
): Promise<{ messages: readonly ToldOrDeleted[]; more: boolean }> {
  const found: ToldOrDeleted[] = [];
  let there = 0;
  let before: string | undefined;
  let more = true;
  while (more && there < count) {
    const limit = Math.min(PAGE, count - there);
    const page = await call("history", { with: place, limit, ...(before !== undefined && { before }) });
    found.unshift(...page.data);
    there += page.data.filter(isThere).length;
    more = page.more === true;
    before = page.before;
    if (page.data.length === 0 || before === undefined) break;
  }
  return { messages: found, more };
}

/** A text with what was found marked. @param words may hold colour */
export function highlightMatches(words: string, found: readonly string[]): string {
  if (found.length === 0) return words;
  const longestFirst = found.toSorted((a, b) => b.length - a.length);
  const wanted = new RegExp(longestFirst.map((one) => RegExp.escape(one)).join("|"), "giu");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are not looked into
  const parts = words.split(/(\u001b\[[\d;]*m)/);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(wanted, (one) => chalk.inverse(one)))).join("");
}
