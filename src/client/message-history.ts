/** Messages that the server keeps, fetched in pages: the newest of a conversation, those since one, those with a text. */
import chalk from "chalk";
import { type ChatMessage, messageOf, messagesIn } from "./chat-message.ts";
import { isOk, type Reply, type Request } from "./client.ts";
import { RefusedRequest } from "./refused-request.ts";

/** Messages that `history` shows unless a number is given. */
export const DEFAULT_COUNT = 20;

/** Messages of one page of the protocol. */
const PAGE = 1000;

/** Pages that are searched at the most. */
const SEARCHED = 50;

/** The newest messages of a conversation, oldest first. @throws RefusedRequest, LinkError */
export async function newestMessages(
  request: Request,
  place: string,
  count: number,
): Promise<{ messages: readonly ChatMessage[]; more: boolean }> {
  const found: ChatMessage[] = [];
  let before: string | undefined;
  let more = true;
  while (more && found.length < count) {
    const reply = await page(request, place, before, Math.min(PAGE, count - found.length));
    const messages = messagesIn(reply);
    found.unshift(...messages);
    more = reply["more"] === true;
    before = String(reply["before"]);
    if (messages.length === 0) break;
  }
  return { messages: found, more };
}

/** The id of the newest message that one may see. @throws LinkError */
export async function newestMessageId(request: Request): Promise<string | undefined> {
  const reply = await request("chats limit 1");
  // A server before 0.2 does not know `chats`: there the newest unread one must do.
  if (!isOk(reply)) return messagesIn(await request("unread")).at(-1)?.id;
  const [chat] = Array.isArray(reply.data) ? (reply.data as ({ last?: unknown } | null)[]) : [];
  return messageOf(chat?.last)?.id;
}

/**
 * What came after a message, oldest first. @param pages of a thousand at the most, the newest
 * @throws RefusedRequest, LinkError
 */
export async function messagesSince(
  request: Request,
  id: string,
  pages: number,
): Promise<{ messages: readonly ChatMessage[]; more: boolean }> {
  const found: ChatMessage[][] = [];
  const seen = new Set<string>();
  let before = "";
  for (let i = 0; i < pages; i++) {
    const reply = await request(`inbox since ${id}${before}`);
    // The message may not be seen any more, when its group was left: what is unread must do.
    const is = !isOk(reply) && reply.code === "message-not-found" ? await request("unread") : reply;
    if (!isOk(is)) throw new RefusedRequest(is);
    found.unshift(messagesIn(is));
    before = ` before ${String(is["before"])}`;
    if (is !== reply || is["more"] !== true || seen.has(before)) {
      return { messages: found.flat(), more: is["more"] === true };
    }
    seen.add(before);
  }
  return { messages: found.flat(), more: true };
}

/** Messages of a conversation that hold a text, in any case; oldest first. @throws RefusedRequest, LinkError */
export async function searchMessages(request: Request, place: string, text: string): Promise<readonly ChatMessage[]> {
  const wanted = text.toLowerCase();
  const found: ChatMessage[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < SEARCHED; pages++) {
    const reply = await page(request, place, before, PAGE);
    found.unshift(...messagesIn(reply).filter(({ message }) => message.toLowerCase().includes(wanted)));
    if (reply["more"] !== true) break;
    before = String(reply["before"]);
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

async function page(request: Request, place: string, before: string | undefined, limit: number): Promise<Reply> {
  const from = before === undefined ? "" : ` before ${before}`;
  const reply = await request(`history ${place}${from} limit ${limit}`);
  if (!isOk(reply)) throw new RefusedRequest(reply);
  return reply;
}
