/** The caller's conversations, the newest first. */

import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { Chat } from "../../contract/shapes.ts";
import { type Conversation, StorageError, type StoredMessage, type User } from "../../state/entities.ts";
import { reachOf } from "../groups/reach.ts";
import { actor, type Caller, type Services } from "../services/context.ts";
import { messageId } from "./ids.ts";
import { isFor, readUpTo, visible } from "./inbox.ts";
import { mentionsOf } from "./mentions.ts";
import { messageView, placeName, placeOf } from "./view.ts";
import { guardWalk, LOOKS_A_TURN, lastFor, PAGE_TEXT } from "./walk.ts";

/** Conversations of one reply. */
const PAGE_CHATS = 1000;

/** Unread messages of one conversation are counted up to this. */
const MOST_UNREAD = 1000;

/**
 * The conversations whose last message is before the message `before`, if that is given; groups without one come last. A page does
 * not end at a conversation without `last`, for the next page begins after a message: it has more than `limit` rather.
 */
export async function chats(
  services: Services,
  caller: Caller,
  { before, limit = PAGE_CHATS }: Input<"chats">,
): Promise<FinishOf<"chats">> {
  const { messages, groups, mutes } = services.model;
  const me = actor(caller);
  const isMention = mentionsOf(services, me);
  const guarded = guardWalk(services);
  const last = before === undefined ? undefined : visible(services, me, before);
  if (before !== undefined && !last) return guarded(() => new Failure("message-not-found"));
  const all: { readonly conversation: Conversation; readonly seq: number }[] = [];
  for (const conversation of [
    ...messages.privateOf(me),
    ...[...groups.of(me)].map((group) => messages.groupConversation(group)),
  ]) {
    const seq = await lastFor(services, conversation, me);
    if ("members" in conversation.of)
      all.push({ conversation, seq: seq > reachOf(services, conversation.of, me).floor ? seq : 0 });
    else if (seq > 0) all.push({ conversation, seq });
  }
  const older = all.filter(({ seq }) => seq < (last?.seq ?? Number.POSITIVE_INFINITY));
  older.sort((a, b) => b.seq - a.seq);
  const found: Chat[] = [];
  let oldest: StoredMessage | undefined;
  let text = 0;
  for (const { conversation, seq } of older.slice(0, PAGE_CHATS)) {
    if (found.length >= limit && found.at(-1)?.last) break;
    const { newest, ...counts } = await readable(services, async () => {
      const newest = newestFor(services, conversation, seq, me);
      return { newest, ...(await unreadIn(services, caller, conversation, me, isMention)) };
    });
    text += newest?.text.length ?? 0;
    if (text > PAGE_TEXT && found.length > 0) break;
    const last = newest && { last: messageView(services, newest, me) };
    const place = placeOf(conversation, me);
    const muted = mutes.of(me, place)?.mode ?? false;
    found.push({ with: placeName(services, place), ...counts, muted, ...last });
    oldest = newest ?? oldest;
  }
  const more = older.length > found.length;
  return guarded(
    (): ResultOf<"chats"> => ({
      chats: found,
      more,
      ...(more && oldest && { before: messageId(oldest, messages.salt) }),
    }),
  );
}

interface Newest extends Pick<Chat, "unread" | "mentions"> {
  readonly newest: StoredMessage | undefined;
}

/** What is read of a conversation; as of one without messages where these are damaged, for the others can be listed. */
async function readable({ fault }: Services, read: () => Promise<Newest>): Promise<Newest> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    fault(error, "chats");
    return { newest: undefined, unread: 0, mentions: 0 };
  }
}

/** A conversation's newest message, of which the reader sees that it is there; in a group it may be too old. */
function newestFor(services: Services, { of }: Conversation, seq: number, reader: User): StoredMessage | undefined {
  const newest = services.model.messages.get(seq);
  if (!newest || !("members" in of)) return newest;
  return newest.time >= reachOf(services, of, reader).since ? newest : undefined;
}

async function unreadIn(
  services: Services,
  caller: Caller,
  conversation: Conversation,
  me: User,
  isMention: (message: StoredMessage) => boolean,
): Promise<Pick<Chat, "unread" | "mentions">> {
  const { model, walks } = services;
  const { of } = conversation;
  const joined = "members" in of ? (of.members.get(me)?.since ?? 0) : 0;
  const { since } = "members" in of ? reachOf(services, of, me) : { since: 0 };
  const floor = Math.max(joined, readUpTo(services, caller, conversation, me));
  let unread = 0;
  let mentions = 0;
  let looks = 0;
  for (let seq = conversation.head; seq > floor && unread < MOST_UNREAD; ) {
    const message = model.messages.get(seq);
    if (!message || message.time < since) break;
    if (isFor(services, message, me)) {
      unread++;
      if (isMention(message)) mentions++;
    }
    seq = message.prev;
    if (++looks % LOOKS_A_TURN === 0) await walks.pause();
  }
  return { unread, mentions };
}
