/** The caller's conversations, the newest first. */

import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Chat } from "../../contract/shapes.ts";
import type { Conversation, StoredMessage, User } from "../../state/entities.ts";
import { reachOf } from "../groups/reach.ts";
import { actor, type Caller, type Services } from "../services/context.ts";
import { messageId } from "./ids.ts";
import { isFor, readUpTo, visible } from "./inbox.ts";
import { chatName, messageView } from "./view.ts";
import { guardWalk, LOOKS_A_TURN, PAGE_TEXT } from "./walk.ts";

/** Conversations of one reply. */
const PAGE_CHATS = 1000;

/** Unread messages of one conversation are counted up to this. */
const MOST_UNREAD = 1000;

/** Those whose last message is before `before`, if that is given; a group in which nothing was said comes last. */
export async function chats(
  services: Services,
  caller: Caller,
  { before, limit = PAGE_CHATS }: Input<"chats">,
): Promise<FinishOf<"chats">> {
  const { messages, groups } = services.model;
  const me = actor(caller);
  const guarded = guardWalk(services);
  const last = before === undefined ? undefined : visible(services, me, before);
  if (before !== undefined && !last) return () => new Failure("message-not-found");
  const all = [
    ...messages.privateOf(me),
    ...[...groups.of(me)].map((group) => messages.groupConversation(group)),
  ].filter(
    ({ of, last: newest }) => (newest > 0 || "members" in of) && newest < (last?.seq ?? Number.POSITIVE_INFINITY),
  );
  all.sort((a, b) => b.last - a.last);
  const found: Chat[] = [];
  let oldest: StoredMessage | undefined;
  let text = 0;
  for (const conversation of all.slice(0, limit)) {
    const newest = newestFor(services, conversation, me);
    text += newest?.text.length ?? 0;
    if (text > PAGE_TEXT && found.length > 0) break;
    const unread = await unreadIn(services, caller, conversation, me);
    const last = newest && { last: messageView(services, newest) };
    found.push({ with: chatName(services, conversation, me), unread, ...last });
    oldest = newest;
  }
  const more = all.length > found.length;
  return guarded(
    (): ResultOf<"chats"> => ({
      chats: found,
      more,
      ...(more && oldest && { before: messageId(oldest, messages.salt) }),
    }),
  );
}

/** Its newest message that the reader sees; in a group some are too old, or were there before him. */
function newestFor(services: Services, { of, last }: Conversation, reader: User): StoredMessage | undefined {
  const newest = services.model.messages.get(last);
  if (!newest || !("members" in of)) return newest;
  const { floor, since } = reachOf(services, of, reader);
  return newest.seq > floor && newest.time >= since ? newest : undefined;
}

async function unreadIn(services: Services, caller: Caller, conversation: Conversation, me: User): Promise<number> {
  const { model, walks } = services;
  const { of } = conversation;
  const joined = "members" in of ? (of.members.get(me)?.since ?? 0) : 0;
  const { since } = "members" in of ? reachOf(services, of, me) : { since: 0 };
  const floor = Math.max(joined, readUpTo(caller, conversation, me));
  let unread = 0;
  let looks = 0;
  for (let seq = conversation.head; seq > floor && unread < MOST_UNREAD; ) {
    const message = model.messages.get(seq);
    if (!message || message.time < since) break;
    if (isFor(message, me)) unread++;
    seq = message.prev;
    if (++looks % LOOKS_A_TURN === 0) await walks.pause();
  }
  return unread;
}
