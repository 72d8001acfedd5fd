/** With whom one speaks: the conversations there are, the newest first. */

import type { Input } from "../../contract/operations.ts";
import type { Answer, Ending } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Chat } from "../../contract/shapes.ts";
import type { Conversation, User } from "../../state/entities.ts";
import { actor, type Caller, groupName, person, type Services } from "../services/context.ts";
import { messageId, messageOf } from "./ids.ts";
import { isFor, maySee, readUpTo } from "./inbox.ts";
import { shownMessage } from "./view.ts";
import { LOOKS_A_TURN, lookAt, walkersTurn } from "./walk.ts";

/** Conversations of one reply. */
const PAGE_CHATS = 1000;

/** Messages that are new in one conversation are counted up to this. */
const MOST_UNREAD = 1000;

/** @returns those whose last message is before a message, if one is given; a group in which nothing was said comes last. */
export async function chats(
  services: Services,
  caller: Caller,
  { before, limit = PAGE_CHATS }: Input<"chats">,
): Promise<Ending<"chats">> {
  const { messages, groups } = services.model;
  const me = actor(caller);
  const seen = lookAt(services);
  const last = before === undefined ? undefined : messageOf(services.model, before);
  if (before !== undefined && !(last && maySee(last.conversation, me))) return () => new Failure("message-not-found");
  const all = [
    ...messages.privateOf(me),
    ...[...groups.of(me)].map((group) => messages.groupConversation(group)),
  ].filter(({ of, head }) => (head > 0 || "members" in of) && head < (last?.seq ?? Number.POSITIVE_INFINITY));
  all.sort((a, b) => b.head - a.head);
  const page = all.slice(0, limit);
  const found: Chat[] = [];
  for (const conversation of page) {
    const unread = await unreadIn(services, caller, conversation, me);
    const newest = messages.get(conversation.head);
    const shown = newest && shownMessage(services, newest);
    found.push({ with: nameOf(services, conversation, me), unread, ...(shown && { last: shown }) });
  }
  const more = all.length > page.length;
  const oldest = messages.get(page.at(-1)?.head ?? 0);
  return seen(
    (): Answer<"chats"> => ({
      chats: found,
      more,
      ...(more && oldest && { before: messageId(oldest, messages.salt) }),
    }),
  );
}

function nameOf(services: Services, { of }: Conversation, me: User): string {
  if ("members" in of) return `#${groupName(services, of)}`;
  const { name, realm, local } = person(services, of.a === me ? of.b : of.a);
  return local ? name : `${name}@${realm}`;
}

async function unreadIn({ model }: Services, caller: Caller, conversation: Conversation, me: User): Promise<number> {
  const { of } = conversation;
  const since = "members" in of ? (of.members.get(me)?.since ?? 0) : 0;
  const floor = Math.max(since, readUpTo(caller, conversation, me));
  let unread = 0;
  let looks = 0;
  for (let seq = conversation.head; seq > floor && unread < MOST_UNREAD; ) {
    const message = model.messages.get(seq);
    if (!message) break;
    if (isFor(message, me)) unread++;
    seq = message.prev;
    if (++looks % LOOKS_A_TURN === 0) await walkersTurn();
  }
  return unread;
}
