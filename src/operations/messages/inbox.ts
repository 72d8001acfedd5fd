/** Reading what others have sent: the new messages, all, those of a group or of a realm. Reading never deletes anything. */

import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Finish } from "../../contract/result.ts";
import type { Message, Page } from "../../contract/shapes.ts";
import type { Conversation, Party, StoredMessage, User } from "../../state/entities.ts";
import { groupFor } from "../groups/find.ts";
import { maySee, reachOf } from "../groups/reach.ts";
import { reaches } from "../reach.ts";
import { actor, type Caller, isLocal, person, type Services } from "../services/context.ts";
import { messageId, messageOf, postedElsewhere } from "./ids.ts";
import { mentionsOf } from "./mentions.ts";
import { messageView } from "./view.ts";
import { type Collected, collect, guardWalk, isSaid, type Stretch } from "./walk.ts";

/** Bytes of files' contents inside one page, for dialects that have them there. */
const PAGE_CONTENT = 2 ** 20;

/** What others have sent to the caller; the newest page. */
export async function inbox(services: Services, caller: Caller, input: Input<"inbox">): Promise<FinishOf<"inbox">> {
  const reader = actor(caller);
  const stretches = received(services, reader, input.scope === "private");
  if (input.scope === "since") return since(services, caller, stretches, input);
  const guarded = guardWalk(services);
  const unread = stretches.map((stretch) => above(stretch, readUpTo(services, caller, stretch.conversation, reader)));
  const isNew = input.scope === "unread" || input.scope === "peek";
  const isWanted = input.mentions ? mentionsOf(services, reader) : () => true;
  const collected = await collect(
    services,
    isNew ? unread : stretches,
    (m) => isFor(services, m, reader) && isWanted(m),
  );
  const page = pageOf(services, caller, collected);
  const filled = input.contents ? await withContents(services, collected, page) : page;
  return guarded(() => {
    if (input.scope === "unread") markWhenSpoken(services, caller, reader, unread);
    return filled;
  });
}

/** The messages after one, read or not: for a client that was away. */
async function since(
  services: Services,
  caller: Caller,
  stretches: readonly Stretch[],
  { since: after = "", before }: Input<"inbox">,
): Promise<FinishOf<"inbox">> {
  const reader = actor(caller);
  const [from, to] = [after, before].map((id) => (id === undefined ? undefined : visible(services, reader, id)?.seq));
  if (from === undefined || (before !== undefined && to === undefined)) {
    return guardWalk(services)(() => new Failure("message-not-found"));
  }
  const later = stretches.map((stretch) => above(stretch, from));
  const end = to ?? Number.POSITIVE_INFINITY;
  return read(services, caller, later, (m) => m.seq < end && isFor(services, m, reader));
}

/** What was sent to the group (spec 003: inboxgroup), also by the caller: it is the group's log, not a copy. */
export async function groupInbox(
  services: Services,
  caller: Caller,
  input: Input<"groupInbox">,
): Promise<FinishOf<"groupInbox">> {
  const group = groupFor(services, caller, input.group, "read");
  if (group instanceof Failure) return guardWalk(services)(() => group);
  const conversation = services.model.messages.groupConversation(group);
  const reach = reachOf(services, group, actor(caller));
  return read(services, caller, [{ conversation, head: conversation.head, ...reach }]);
}

/** What users of one realm have sent to the caller. */
export async function realmInbox(
  services: Services,
  caller: Caller,
  input: Input<"realmInbox">,
): Promise<FinishOf<"realmInbox">> {
  const reader = actor(caller);
  const realm = isLocal(services, input.realm) ? undefined : services.model.realms.find(input.realm);
  if (!realm && !isLocal(services, input.realm)) return guardWalk(services)(() => new Failure("realm-not-found"));
  const stretches = received(services, reader, false);
  return read(services, caller, stretches, (m) => m.sender.realm === realm?.key && isFor(services, m, reader));
}

/** Marks a conversation read up to a message. */
export function markRead(services: Services, caller: Caller, { id }: Input<"markRead">): ResultOf<"markRead"> {
  const reader = actor(caller);
  const message = visible(services, reader, id);
  if (!message) return new Failure("message-not-found");
  const { conversation, seq } = message;
  if (seq > (conversation.read.get(reader) ?? 0)) services.model.messages.setRead(conversation, reader, seq);
  return { id };
}

/** The newest page of all stretches together. */
async function read(
  services: Services,
  caller: Caller,
  stretches: readonly Stretch[],
  wanted: (message: StoredMessage) => boolean = isSaid,
): Promise<Finish<Page, never>> {
  const guarded = guardWalk(services);
  const page = pageOf(services, caller, await collect(services, stretches, wanted));
  return guarded(() => page);
}

/** The message or alteration of an id, if the user may see it. The id may be the one that the user was answered for it. */
export function visible(services: Services, user: User, id: string): StoredMessage | undefined {
  const message = messageOf(services.model, id) ?? postedElsewhere(services.model, user, id);
  return message && maySee(services, message, user) ? message : undefined;
}

/** The message of an id, if the user may see it and it is neither an alteration nor deleted. */
export function messageFor(services: Services, user: User, id: string): StoredMessage | undefined {
  const message = visible(services, user, id);
  return message && isSaid(message) ? message : undefined;
}

/** All conversations of a user, each from where it concerns the user: a group since the user joined. */
export function received(services: Services, reader: User, privateOnly: boolean): Stretch[] {
  const { model } = services;
  const stretches: Stretch[] = [];
  for (const conversation of model.messages.privateOf(reader)) {
    stretches.push({ conversation, head: conversation.head, floor: 0 });
  }
  if (privateOnly) return stretches;
  for (const group of model.groups.of(reader)) {
    const conversation = model.messages.groupConversation(group);
    const { since } = reachOf(services, group, reader);
    stretches.push({ conversation, head: conversation.head, floor: group.members.get(reader)?.since ?? 0, since });
  }
  return stretches;
}

/** The part of a stretch above a number. */
export function above(stretch: Stretch, seq: number): Stretch {
  return { ...stretch, floor: Math.max(stretch.floor, seq) };
}

/** Whether a message belongs in a reader's inbox: one's own do only if one has sent them to oneself. */
export function isFor({ model }: Services, message: StoredMessage, reader: User): boolean {
  const { of } = message.conversation;
  if (!isSaid(message)) return false;
  return message.sender === reader ? !("members" in of) && of.a === of.b : reaches(model, message, reader);
}

/** Up to which number a user has read a conversation. Messages in replies that are on their way count as read. */
export function readUpTo({ model }: Services, caller: Caller, conversation: Conversation, reader: User): number {
  const onItsWay = caller.readInFlight.get(conversation)?.get(reader) ?? 0;
  return Math.max(conversation.read.get(reader) ?? 0, onItsWay, model.givenPages.upTo(conversation, reader));
}

/**
 * Marks stretches read once the reply has left the process. If it cannot leave, the messages are new again, and so are those of
 * later replies on the same connection. Until then they count as read on this connection; where there are several nodes on all
 * connections, because the user may ask on another node before the mark is there.
 */
function markWhenSpoken(
  { model, presence }: Services,
  caller: Caller,
  reader: User,
  stretches: readonly Stretch[],
): void {
  const { readInFlight } = caller;
  const news = stretches.filter(({ head, floor }) => head > floor);
  if (news.length === 0) return;
  for (const { conversation, head } of news) {
    const readers = readInFlight.get(conversation) ?? new Map<Party, number>();
    readInFlight.set(conversation, readers.set(reader, head));
  }
  const spoken = (whole: boolean): void => {
    for (const { conversation, head } of news) {
      const readers = readInFlight.get(conversation);
      if (readers?.get(reader) === head) readers.delete(reader);
      if (readers?.size === 0) readInFlight.delete(conversation);
      // A turn that could not be kept may have undone some of these messages since.
      const upTo = Math.min(head, conversation.head);
      if (!whole || upTo <= (conversation.read.get(reader) ?? 0)) continue;
      presence.asking.during(caller, () => model.messages.setRead(conversation, reader, upTo));
    }
  };
  const { node } = presence;
  if (node === undefined) {
    caller.whenSpoken({ spoken });
    return;
  }
  const upTo = news.map(({ conversation, head }) => [conversation.id, head] as const);
  const begun = (): (() => void) => {
    const page = model.givenPages.give(reader, node, upTo);
    return () => model.givenPages.end(page);
  };
  caller.whenSpoken({ spoken, begun });
}

export function pageOf(services: Services, caller: Caller, { messages, more }: Collected): Page {
  const oldest = messages[0];
  const reader = actor(caller);
  return {
    reader: person(services, reader),
    messages: messages.map((message) => messageView(services, message, reader)),
    more,
    ...(more && oldest && { before: messageId(oldest, services.model.messages.salt) }),
  };
}

/** Adds the contents of a page's files, up to PAGE_CONTENT; one that cannot be read is left out. */
async function withContents({ contents }: Services, { messages }: Collected, page: Page): Promise<Page> {
  let room = PAGE_CONTENT;
  const filled: Message[] = [];
  for (const [i, message] of page.messages.entries()) {
    const file = messages[i]?.file;
    if (!file || file.size > room) {
      filled.push(message);
      continue;
    }
    room -= file.size;
    const content = file.stored === undefined ? undefined : await contents.read(file.stored).catch(() => undefined);
    filled.push(content ? { ...message, content } : message);
  }
  return { ...page, messages: filled };
}
