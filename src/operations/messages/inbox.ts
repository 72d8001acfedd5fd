/** Reading: what is new, everything, one conversation. Nothing is ever deleted by reading. */

import { parseAddress } from "../../contract/names.ts";
import type { Input } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Finish, type Result } from "../../contract/result.ts";
import type { Message, Page } from "../../contract/shapes.ts";
import type { Conversation, Party, StoredMessage, User } from "../../state/entities.ts";
import { groupFor, groupNamed } from "../groups/find.ts";
import { reachOf } from "../groups/reach.ts";
import { may } from "../may.ts";
import { partyNamed } from "../people/parties.ts";
import { actor, type Caller, isLocal, person, type Services } from "../services/context.ts";
import { messageId, messageOf } from "./ids.ts";
import { messageView } from "./view.ts";
import { type Collected, collect, guardWalk, LOOKS_A_TURN, type Stretch } from "./walk.ts";

/** Bytes of files that travel inside one page, for dialects that have them there. */
const PAGE_CONTENT = 2 ** 20;

/** What was sent to the caller, his own messages not among it; the newest page. */
export async function inbox(services: Services, caller: Caller, input: Input<"inbox">): Promise<FinishOf<"inbox">> {
  const reader = actor(caller);
  const stretches = received(services, reader, input.scope === "private");
  if (input.scope === "since") return since(services, caller, stretches, input);
  const guarded = guardWalk(services);
  const unread = stretches.map((stretch) => above(stretch, readUpTo(caller, stretch.conversation, reader)));
  const isNew = input.scope === "unread" || input.scope === "peek";
  const collected = await collect(services, isNew ? unread : stretches, (m) => isFor(m, reader));
  const page = pageOf(services, caller, collected);
  const filled = input.contents ? await withContents(services, collected, page) : page;
  return guarded(() => {
    if (input.scope === "unread") markWhenSpoken(services, caller, reader, unread);
    return filled;
  });
}

/** What came after a message, whether it was read or not: for a client that was away. */
async function since(
  services: Services,
  caller: Caller,
  stretches: readonly Stretch[],
  { since: after = "", before }: Input<"inbox">,
): Promise<FinishOf<"inbox">> {
  const reader = actor(caller);
  const [from, to] = [after, before].map((id) => (id === undefined ? undefined : visible(services, reader, id)?.seq));
  if (from === undefined || (before !== undefined && to === undefined)) return () => new Failure("message-not-found");
  const later = stretches.map((stretch) => above(stretch, from));
  const end = to ?? Number.POSITIVE_INFINITY;
  return read(services, caller, later, (m) => m.seq < end && isFor(m, reader));
}

/** What came into the group (spec 003: inboxgroup), the caller's own messages among it: not a copy, but the group's log. */
export async function groupInbox(
  services: Services,
  caller: Caller,
  input: Input<"groupInbox">,
): Promise<FinishOf<"groupInbox">> {
  const group = groupFor(services, caller, input.group, "read");
  if (group instanceof Failure) return () => group;
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
  if (!realm && !isLocal(services, input.realm)) return () => new Failure("realm-not-found");
  const stretches = received(services, reader, false);
  return read(services, caller, stretches, (m) => m.sender.realm === realm?.key && isFor(m, reader));
}

/** A page of one conversation, by anybody in it. */
export async function history(
  services: Services,
  caller: Caller,
  input: Input<"history">,
): Promise<FinishOf<"history">> {
  const conversation = conversationWith(services, actor(caller), input.with);
  if (conversation instanceof Failure) return () => conversation;
  if (!conversation) return () => pageOf(services, caller, { messages: [], more: false });
  const guarded = guardWalk(services);
  let head = conversation.head;
  if (input.before !== undefined) {
    const before = visible(services, actor(caller), input.before);
    if (!before) return () => new Failure("message-not-found");
    head = before.conversation === conversation ? before.prev : await below(services, conversation, before.seq);
  }
  const { of } = conversation;
  const reach = "members" in of ? reachOf(services, of, actor(caller)) : { floor: 0 };
  const all = [{ conversation, head, ...reach }];
  const page = pageOf(services, caller, await collect(services, all, () => true, input.limit));
  return guarded(() => page);
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

/** The newest page of some stretches. */
async function read(
  services: Services,
  caller: Caller,
  stretches: readonly Stretch[],
  wanted: (message: StoredMessage) => boolean = () => true,
): Promise<Finish<Page, "storage">> {
  const guarded = guardWalk(services);
  const page = pageOf(services, caller, await collect(services, stretches, wanted));
  return guarded(() => page);
}

/** The message of an id, if the user may see it. */
export function visible(services: Services, user: User, id: string): StoredMessage | undefined {
  const message = messageOf(services.model, id);
  return message && maySee(services, message, user) ? message : undefined;
}

/** The newest message of a conversation before a number of another one: a page of an inbox may end with any. */
async function below({ model, walks }: Services, conversation: Conversation, seq: number): Promise<number> {
  let head = conversation.head;
  for (let looks = 1; head >= seq; looks++) {
    head = model.messages.get(head)?.prev ?? 0;
    if (looks % LOOKS_A_TURN === 0) await walks.pause();
  }
  return head;
}

/** All that was sent to a user since he is there: each of his conversations. */
function received(services: Services, reader: User, privateOnly: boolean): Stretch[] {
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
function above(stretch: Stretch, seq: number): Stretch {
  return { ...stretch, floor: Math.max(stretch.floor, seq) };
}

/** Whether a message belongs in a member's inbox: his own do not, but for those that he sent to himself. */
export function isFor({ sender, conversation: { of } }: StoredMessage, reader: User): boolean {
  return sender !== reader || (!("members" in of) && of.a === of.b);
}

/** Up to which number a user has read a conversation; what is on its way in replies of this connection counts as read. */
export function readUpTo(caller: Caller, conversation: Conversation, reader: User): number {
  return Math.max(conversation.read.get(reader) ?? 0, caller.readInFlight.get(conversation)?.get(reader) ?? 0);
}

/**
 * Marks stretches read once the reply has left the process. If it cannot, the messages are new again, and so are those of the
 * replies behind it on the same connection.
 */
function markWhenSpoken({ model }: Services, caller: Caller, reader: User, stretches: readonly Stretch[]): void {
  const { readInFlight } = caller;
  const news = stretches.filter(({ head, floor }) => head > floor);
  if (news.length === 0) return;
  for (const { conversation, head } of news) {
    const readers = readInFlight.get(conversation) ?? new Map<Party, number>();
    readInFlight.set(conversation, readers.set(reader, head));
  }
  caller.whenSpoken((spoken) => {
    for (const { conversation, head } of news) {
      const readers = readInFlight.get(conversation);
      if (readers?.get(reader) === head) readers.delete(reader);
      if (readers?.size === 0) readInFlight.delete(conversation);
      // A turn that could not be kept may have undone some of these messages since.
      const upTo = Math.min(head, conversation.head);
      if (spoken && upTo > (conversation.read.get(reader) ?? 0)) model.messages.setRead(conversation, reader, upTo);
    }
  });
}

function pageOf(services: Services, caller: Caller, { messages, more }: Collected): Page {
  const oldest = messages[0];
  return {
    reader: person(services, actor(caller)),
    messages: messages.map((message) => messageView(services, message)),
    more,
    ...(more && oldest && { before: messageId(oldest, services.model.messages.salt) }),
  };
}

/** A page with the contents of its files, as far as PAGE_CONTENT goes; one that cannot be read is left out. */
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

type NoConversation = "user-not-found" | "group-not-found" | "not-member";

/** The conversation with a user, or of a group; a user's name goes before a group's. Undefined: nothing was said yet. */
export function conversationWith(
  services: Services,
  user: User,
  name: string,
): Result<Conversation | undefined, NoConversation> {
  const { messages } = services.model;
  const isGroup = name.startsWith("#");
  const address = parseAddress(isGroup ? name.slice(1) : name);
  const other = isGroup ? undefined : partyNamed(services, address);
  if (other) return messages.peek(user, other);
  const group = groupNamed(services, user, address);
  if (!group) return new Failure(isGroup ? "group-not-found" : "user-not-found");
  const allowed = may(user, "read", group);
  return allowed === true ? messages.groupConversation(group) : allowed;
}

/** Whether a message is of a conversation of the user's own, or of a group in which he may read it. */
export function maySee(services: Services, { conversation: { of }, seq, time }: StoredMessage, user: User): boolean {
  if (!("members" in of)) return of.a === user || of.b === user;
  const { floor, since } = reachOf(services, of, user);
  return may(user, "read", of) === true && seq > floor && time >= since;
}
