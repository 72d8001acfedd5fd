/** Messages of a conversation that the server keeps, fetched in pages: the newest, and those with a text. */
import chalk from "chalk";
import type { Call } from "../connection/call.ts";
import type { ToldMessage } from "../protocol/replies.ts";
import { isThere } from "./chat-message.ts";

/** Messages that `history` shows unless a number is given. */
export const DEFAULT_COUNT = 20;

/** Messages of one page of the protocol. */
const PAGE = 1000;

/** Pages that are searched at the most. */
const SEARCHED = 50;

/** The newest messages of a conversation, oldest first. @throws RefusedRequest, LinkError */
export async function newestMessages(
  call: Call,
  place: string,
  count: number,
): Promise<{ messages: readonly ToldMessage[]; more: boolean }> {
  const found: ToldMessage[] = [];
  let before: string | undefined;
  let more = true;
  while (more && found.length < count) {
    const limit = Math.min(PAGE, count - found.length);
    const page = await call("history", { with: place, limit, ...(before !== undefined && { before }) });
    found.unshift(...page.data.filter(isThere));
    more = page.more === true;
    before = page.before;
    if (page.data.length === 0 || before === undefined) break;
  }
  return { messages: found, more };
}

/** Messages of a conversation that hold a text, in any case; oldest first. @throws RefusedRequest, LinkError */
export async function searchMessages(call: Call, place: string, text: string): Promise<readonly ToldMessage[]> {
  const wanted = text.toLowerCase();
  const found: ToldMessage[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < SEARCHED; pages++) {
    const page = await call("history", { with: place, limit: PAGE, ...(before !== undefined && { before }) });
    found.unshift(...page.data.filter(isThere).filter(({ message }) => message.toLowerCase().includes(wanted)));
    if (page.more !== true || page.before === undefined) break;
    before = page.before;
  }
  return found;
}

/** A text with what was looked for marked. @param words may hold colour */
export function highlightMatches(words: string, text: string): string {
  if (text === "") return words;
  const wanted = new RegExp(RegExp.escape(text), "giu");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are not looked into
  const parts = words.split(/(\u001b\[[\d;]*m)/);
  return parts.map((part, i) => (i % 2 === 1 ? part : part.replace(wanted, (found) => chalk.inverse(found)))).join("");
}
