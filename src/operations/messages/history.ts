/** The pages of one conversation: the newest, those before, after and around a message, and from a time on. */

import { parseAddress } from "../../contract/names.ts";
import type { Input } from "../../contract/operations.ts";
import type { FinishOf } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Page } from "../../contract/shapes.ts";
import { type Conversation, SERVER, type StoredMessage, type User } from "../../state/entities.ts";
import { groupNamed } from "../groups/find.ts";
import { maySee, reachOf } from "../groups/reach.ts";
import { may } from "../may.ts";
import { partyEver, partyNamed } from "../people/parties.ts";
import { reaches } from "../reach.ts";
import { actor, type Caller, type Services } from "../services/context.ts";
import { messageId } from "./ids.ts";
import { pageOf, visible } from "./inbox.ts";
import {
  type Collected,
  collect,
  firstSince,
  guardWalk,
  LOOKS_A_TURN,
  PAGE_MESSAGES,
  PAGE_TEXT,
  sizeOf,
} from "./walk.ts";

/** A page of a conversation's messages, deleted ones among them: each keeps its place. */
export async function history(
  services: Services,
  caller: Caller,
  input: Input<"history">,
): Promise<FinishOf<"history">> {
  const guarded = guardWalk(services);
  const me = actor(caller);
  const conversation = conversationWith(services, me, input.with);
  if (conversation instanceof Failure) return guarded(() => conversation);
  if (!conversation) return guarded(() => pageOf(services, caller, { messages: [], more: false }));
  const id = input.before ?? input.after ?? input.around;
  const at = id === undefined ? undefined : visible(services, me, id);
  if (id !== undefined && !at) return guarded(() => new Failure("message-not-found"));
  const page = at
    ? await pageAt(services, caller, conversation, at, input)
    : await pageWithout(services, caller, conversation, input);
  return guarded(() => page);
}

/** The newest page, or the first from a time on. */
async function pageWithout(
  services: Services,
  caller: Caller,
  conversation: Conversation,
  { start, limit }: Input<"history">,
): Promise<Page> {
  const me = actor(caller);
  if (start === undefined) {
    return pageOf(services, caller, await upTo(services, me, conversation, conversation.head, limit));
  }
  const before = firstSince(services.model, start) - 1;
  const found = await following(services, me, conversation, before, limit ?? PAGE_MESSAGES);
  return ending(services, caller, found, found.messages.at(-1));
}

/** The page before, after or around a message. That may be of another conversation: a page of an inbox can end with any. */
async function pageAt(
  services: Services,
  caller: Caller,
  conversation: Conversation,
  at: StoredMessage,
  { before, around, limit = PAGE_MESSAGES }: Input<"history">,
): Promise<Page> {
  const isHere = at.conversation === conversation;
  if (before !== undefined) {
    const head = isHere ? at.prev : await below(services, conversation, at.seq);
    return pageOf(services, caller, await upTo(services, actor(caller), conversation, head, limit));
  }
  const isAround = around !== undefined;
  const most = isAround ? Math.floor(limit / 2) : limit;
  const newer = await following(services, actor(caller), conversation, at.seq, most);
  if (!isAround) return ending(services, caller, newer, newer.messages.at(-1));
  const head = isHere ? at.seq : await below(services, conversation, at.seq);
  const room = Math.max(1, limit - newer.messages.length);
  const older = await upTo(services, actor(caller), conversation, head, room);
  const found = { messages: [...older.messages, ...newer.messages], more: newer.more };
  return ending(services, caller, found, newer.messages.at(-1) ?? at, older.more);
}

/** A page up to `last`, which becomes `after` if there are newer messages. @param more whether there are older ones */
function ending(
  services: Services,
  caller: Caller,
  { messages, more: newer }: Collected,
  last: StoredMessage | undefined,
  more = false,
): Page {
  const page = pageOf(services, caller, { messages, more });
  return newer && last ? { ...page, after: messageId(last, services.model.messages.salt) } : page;
}

/** The messages of a conversation up to a number. */
function upTo(
  services: Services,
  reader: User,
  conversation: Conversation,
  head: number,
  limit?: number,
): Promise<Collected> {
  const { of } = conversation;
  const reach = "members" in of ? reachOf(services, of, reader) : { floor: 0 };
  const isShown = (row: StoredMessage): boolean => isMessage(row) && reaches(services.model, row, reader);
  return collect(services, [{ conversation, head, ...reach }], isShown, limit);
}

/**
 * The first messages of a conversation after a number. `more`: there are newer ones. Walks from both ends until a page is full or
 * they meet: upwards through the numbers of all messages, which is short where others have said little since; and downwards
 * through the conversation's own, which is short where it has few.
 */
async function following(
  services: Services,
  reader: User,
  conversation: Conversation,
  floor: number,
  limit: number,
): Promise<Collected> {
  const { model, walks } = services;
  const isShown = (message: StoredMessage | undefined): message is StoredMessage =>
    message?.conversation === conversation && isMessage(message) && maySee(services, message, reader);
  // Numbers, not messages: a thousand texts would take much memory.
  const older: number[] = [];
  let newer: number[] = [];
  let more = false;
  let looks = 0;
  for (let [up, down] = [floor + 1, conversation.head]; up <= down && older.length <= limit; up++) {
    const message = model.messages.get(down);
    if (up < down && isShown(message)) newer.push(down);
    if (isShown(model.messages.get(up))) older.push(up);
    if (newer.length > 2 * limit) {
      newer = newer.slice(-limit);
      more = true;
    }
    if (up < down) down = message?.prev ?? 0;
    if (++looks % LOOKS_A_TURN === 0) await walks.pause();
  }
  const messages: StoredMessage[] = [];
  let size = 0;
  for (const seq of [...older, ...newer.toReversed()]) {
    const message = model.messages.get(seq);
    if (!message) continue;
    size += sizeOf(message);
    if (messages.length >= limit || (size > PAGE_TEXT && messages.length > 0)) return { messages, more: true };
    messages.push(message);
  }
  return { messages, more };
}

function isMessage({ alters }: StoredMessage): boolean {
  return alters === undefined;
}

/** The number of a conversation's newest row before a number of another conversation. */
async function below({ model, walks }: Services, conversation: Conversation, seq: number): Promise<number> {
  let head = conversation.head;
  for (let looks = 1; head >= seq; looks++) {
    head = model.messages.get(head)?.prev ?? 0;
    if (looks % LOOKS_A_TURN === 0) await walks.pause();
  }
  return head;
}

type NoConversation = "user-not-found" | "group-not-found" | "not-member";

/**
 * The conversation with a user, or of a group; the name of a user goes before that of a group. Undefined: nothing was said yet.
 */
export function conversationWith(
  services: Services,
  user: User,
  name: string,
): Result<Conversation | undefined, NoConversation> {
  const { messages } = services.model;
  if (name === SERVER.name) return messages.peek(user, SERVER);
  const isGroup = name.startsWith("#");
  const address = parseAddress(isGroup ? name.slice(1) : name);
  const other = isGroup ? undefined : partyNamed(services, address);
  if (other) return messages.peek(user, other);
  const group = groupNamed(services, user, address);
  const former = group || isGroup ? undefined : partyEver(services, address);
  if (former) return messages.peek(user, former);
  if (!group) return new Failure(isGroup ? "group-not-found" : "user-not-found");
  const allowed = may(user, "read", group);
  return allowed === true ? messages.groupConversation(group) : allowed;
}
