/** Reading: what is new, everything, one conversation. Nothing is ever deleted by reading. */

import type { Input } from "../../contract/operations.ts";
import type { Answer, Ending } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Message, Page } from "../../contract/shapes.ts";
import type { Conversation, Party, StoredMessage, User } from "../../state/entities.ts";
import { groupFor, groupNamed } from "../groups/find.ts";
import { may } from "../may.ts";
import { partyNamed } from "../people/parties.ts";
import { actor, type Caller, isLocal, person, type Services } from "../services/context.ts";
import { messageId, messageOf } from "./ids.ts";
import { shownMessage } from "./view.ts";
import { LOOKS_A_TURN, lookAt, walkersTurn } from "./walk.ts";

/** Messages of one reply; the newest are kept. */
const PAGE_MESSAGES = 1000;
/** UTF-16 units of text of one reply: 1,000 messages of 64 KiB would be a burden to both sides. */
const PAGE_TEXT = 2 ** 20;
/** Bytes of files that travel inside one inbox reply, for dialects that have them there. */
const PAGE_CONTENT = 2 ** 20;

/** Part of a conversation: from `head` down to, not including, `floor`. */
interface Stretch {
  readonly conversation: Conversation;
  head: number;
  readonly floor: number;
}

export async function inbox(services: Services, caller: Caller, input: Input<"inbox">): Promise<Ending<"inbox">> {
  const reader = actor(caller);
  const seen = lookAt(services);
  const stretches = received(services, reader, input.scope === "private");
  if (input.scope === "since") return since(services, caller, stretches, input);
  const unread = stretches.map((stretch) => ({
    ...stretch,
    floor: Math.max(stretch.floor, readUpTo(caller, stretch.conversation, reader)),
  }));
  const isNew = input.scope === "unread" || input.scope === "peek";
  const page = await collect(services, isNew ? unread : stretches, (m) => isFor(m, reader));
  const shown = shownPage(services, caller, page);
  const filled = input.contents ? await withContents(services, page, shown) : shown;
  return seen(() => {
    if (input.scope === "unread") markWhenSpoken(services, caller, reader, unread);
    return filled;
  });
}

/** What came after a message, whether it was read or not: for whoever was away. */
async function since(
  services: Services,
  caller: Caller,
  stretches: readonly Stretch[],
  { since: after = "", before }: Input<"inbox">,
): Promise<Ending<"inbox">> {
  const reader = actor(caller);
  const seen = lookAt(services);
  const [from, to] = [after, before].map((id) => {
    const message = id === undefined ? undefined : messageOf(services.model, id);
    return message && maySee(message.conversation, reader) ? message.seq : undefined;
  });
  if (from === undefined || (before !== undefined && to === undefined)) return () => new Failure("message-not-found");
  const later = stretches.map((stretch) => ({ ...stretch, floor: Math.max(stretch.floor, from) }));
  const below = to ?? Number.POSITIVE_INFINITY;
  const page = shownPage(services, caller, await collect(services, later, (m) => m.seq < below && isFor(m, reader)));
  return seen(() => page);
}

/** What came into the group (spec 003: inboxgroup), one's own among it: not a copy, but the group's log. */
export async function groupInbox(
  services: Services,
  caller: Caller,
  input: Input<"groupInbox">,
): Promise<Ending<"groupInbox">> {
  const group = groupFor(services, caller, input.group, "read");
  if (group instanceof Failure) return () => group;
  const seen = lookAt(services);
  const conversation = services.model.messages.groupConversation(group);
  const page = shownPage(services, caller, await whole(services, conversation));
  return seen(() => page);
}

export async function realmInbox(
  services: Services,
  caller: Caller,
  input: Input<"realmInbox">,
): Promise<Ending<"realmInbox">> {
  const reader = actor(caller);
  const realm = isLocal(services, input.realm) ? undefined : services.model.realms.find(input.realm);
  if (!realm && !isLocal(services, input.realm)) return () => new Failure("realm-not-found");
  const seen = lookAt(services);
  const from = (m: StoredMessage): boolean => m.sender.realm === realm?.key && isFor(m, reader);
  const messages = await collect(services, received(services, reader, false), from);
  const page = shownPage(services, caller, messages);
  return seen(() => page);
}

export async function history(services: Services, caller: Caller, input: Input<"history">): Promise<Ending<"history">> {
  const conversation = conversationWith(services, actor(caller), input.with);
  if (conversation instanceof Failure) return () => conversation;
  if (!conversation) return () => shownPage(services, caller, { messages: [], more: false });
  const seen = lookAt(services);
  let head = conversation.head;
  if (input.before !== undefined) {
    const before = messageOf(services.model, input.before);
    if (!before || !maySee(before.conversation, actor(caller))) return () => new Failure("message-not-found");
    head = before.conversation === conversation ? before.prev : await below(services, conversation, before.seq);
  }
  const page = shownPage(services, caller, await whole(services, conversation, head, input.limit));
  return seen(() => page);
}

export function markRead(services: Services, caller: Caller, { id }: Input<"markRead">): Answer<"markRead"> {
  const reader = actor(caller);
  const message = messageOf(services.model, id);
  if (!message || !maySee(message.conversation, reader)) return new Failure("message-not-found");
  const { conversation, seq } = message;
  if (seq > (conversation.read.get(reader) ?? 0)) services.model.messages.setRead(conversation, reader, seq);
  return { id };
}

/** The newest message of a conversation before a number that is another conversation's: an inbox page may end so. */
async function below({ model }: Services, conversation: Conversation, seq: number): Promise<number> {
  let head = conversation.head;
  for (let looks = 1; head >= seq; looks++) {
    head = model.messages.get(head)?.prev ?? 0;
    if (looks % LOOKS_A_TURN === 0) await walkersTurn();
  }
  return head;
}

/** Everything that was sent to a user, as stretches of conversations. */
function received({ model }: Services, reader: User, privateOnly: boolean): Stretch[] {
  const stretches: Stretch[] = [];
  for (const conversation of model.messages.privateOf(reader)) {
    stretches.push({ conversation, head: conversation.head, floor: 0 });
  }
  if (privateOnly) return stretches;
  for (const group of model.groups.of(reader)) {
    const conversation = model.messages.groupConversation(group);
    stretches.push({ conversation, head: conversation.head, floor: group.members.get(reader)?.since ?? 0 });
  }
  return stretches;
}

/** A sender gets no copy, but of what he sent to himself. */
export function isFor({ sender, conversation: { of } }: StoredMessage, reader: User): boolean {
  return sender !== reader || (!("members" in of) && of.a === of.b);
}

interface Collected {
  /** Oldest first. */
  readonly messages: StoredMessage[];
  readonly more: boolean;
}

/**
 * The newest messages of several stretches, merged: each step takes the newest head of all. One may
 * have to pass over very many of one's own: others have their turns meanwhile.
 */
async function collect(
  { model }: Services,
  parts: readonly Stretch[],
  wanted: (message: StoredMessage) => boolean,
  limit = PAGE_MESSAGES,
): Promise<Collected> {
  const heap = new Newest(parts.filter(({ head, floor }) => head > floor));
  const messages: StoredMessage[] = [];
  let text = 0;
  let looks = 0;
  for (let stretch = heap.top; stretch; stretch = heap.top) {
    const message = model.messages.get(stretch.head);
    stretch.head = message?.prev ?? 0;
    heap.sink();
    if (!message || !wanted(message)) {
      if (++looks % LOOKS_A_TURN === 0) await walkersTurn();
      continue;
    }
    text += message.text.length;
    if (messages.length >= limit || (text > PAGE_TEXT && messages.length > 0)) {
      return { messages: messages.toReversed(), more: true };
    }
    messages.push(message);
  }
  return { messages: messages.toReversed(), more: false };
}

/** What was said in a conversation by anyone. */
function whole(
  services: Services,
  conversation: Conversation,
  head = conversation.head,
  limit = PAGE_MESSAGES,
): Promise<Collected> {
  return collect(services, [{ conversation, head, floor: 0 }], () => true, limit);
}

/** A binary heap of stretches by head; one that has reached its floor leaves it. */
class Newest {
  readonly #heap: Stretch[];

  constructor(stretches: readonly Stretch[]) {
    // Sorted, newest first, is a heap.
    this.#heap = stretches.map((stretch) => ({ ...stretch })).sort((a, b) => b.head - a.head);
  }

  get top(): Stretch | undefined {
    return this.#heap[0];
  }

  /** Puts the top in its place after its head has gone down. */
  sink(): void {
    const heap = this.#heap;
    const top = heap[0] as Stretch;
    if (top.head <= top.floor) {
      const last = heap.pop() as Stretch;
      if (heap.length === 0) return;
      if (last !== top) heap[0] = last;
    }
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const child = right < heap.length && this.#head(right) > this.#head(left) ? right : left;
      if (this.#head(child) <= this.#head(at)) return;
      [heap[at], heap[child]] = [heap[child] as Stretch, heap[at] as Stretch];
      at = child;
    }
  }

  #head(at: number): number {
    return (this.#heap[at] as Stretch).head;
  }
}

/** What a user has read, or is being shown on this connection: its next request must not give it again. */
export function readUpTo(caller: Caller, conversation: Conversation, reader: User): number {
  return Math.max(conversation.read.get(reader) ?? 0, caller.shown.get(conversation)?.get(reader) ?? 0);
}

/**
 * Shown from now on; read once the reply has left. If it could not leave, the messages are new
 * again, and so are those of the replies behind it on the same connection.
 */
function markWhenSpoken({ model }: Services, caller: Caller, reader: User, stretches: readonly Stretch[]): void {
  const news = stretches.filter(({ head, floor }) => head > floor);
  if (news.length === 0) return;
  for (const { conversation, head } of news) {
    const shown = caller.shown.get(conversation) ?? new Map<Party, number>();
    caller.shown.set(conversation, shown.set(reader, head));
  }
  caller.whenSpoken((spoken) => {
    for (const { conversation, head } of news) {
      const shown = caller.shown.get(conversation);
      if (shown?.get(reader) === head) shown.delete(reader);
      if (shown?.size === 0) caller.shown.delete(conversation);
      // What was shown may have been taken back since, by a turn that could not be written.
      const upTo = Math.min(head, conversation.head);
      if (spoken && upTo > (conversation.read.get(reader) ?? 0)) model.messages.setRead(conversation, reader, upTo);
    }
  });
}

function shownPage(services: Services, caller: Caller, { messages, more }: Collected): Page {
  const oldest = messages[0];
  return {
    reader: person(services, actor(caller)),
    messages: messages.map((message) => shownMessage(services, message)),
    more,
    ...(more && oldest && { before: messageId(oldest, services.model.messages.salt) }),
  };
}

async function withContents({ contents }: Services, { messages }: Collected, page: Page): Promise<Page> {
  let room = PAGE_CONTENT;
  const filled: Message[] = [];
  for (const [i, shown] of page.messages.entries()) {
    const file = messages[i]?.file;
    if (!file || file.size > room) {
      filled.push(shown);
      continue;
    }
    room -= file.size;
    const content = file.stored === undefined ? undefined : await contents.read(file.stored).catch(() => undefined);
    filled.push(content ? { ...shown, content } : shown);
  }
  return { ...page, messages: filled };
}

type NoConversation = "user-not-found" | "group-not-found" | "not-member";

function conversationWith(
  services: Services,
  user: User,
  name: string,
): Result<Conversation | undefined, NoConversation> {
  const { messages } = services.model;
  const [, sign, local = "", realm] = /^(#?)([^@]*)(?:@(.*))?$/.exec(name) ?? [];
  const address = { name: local, ...(realm !== undefined && { realm }) };
  const other = partyNamed(services, address);
  if (other && sign === "") return messages.peek(user, other);
  const group = groupNamed(services, user, address);
  if (!group) return new Failure(name.startsWith("#") ? "group-not-found" : "user-not-found");
  const allowed = may(user, "read", group);
  return allowed === true ? messages.groupConversation(group) : allowed;
}

export function maySee({ of }: Conversation, user: User): boolean {
  return "members" in of ? may(user, "read", of) === true : of.a === user || of.b === user;
}
