/**
 * Conversations and their messages. A message names the one before it in its conversation, and a conversation names its newest: a
 * page is a walk from there, so no index grows and an append touches one row. An alteration is a row of the conversation as well,
 * which gives it its place in the order, and changes the message.
 *
 * The messages of a turn are here until it is kept; older ones are read from the log.
 */
import type { Alteration } from "../contract/shapes.ts";
import type { ChangeOf, Posted, Stage } from "./changes.ts";
import { Conversations } from "./conversations.ts";
import type { Conversation, Group, Party, StoredFile, StoredMessage, User } from "./entities.ts";
import type { Pages, Stamp } from "./log.ts";
import { Posts } from "./posts.ts";
import type { Users } from "./users.ts";

export class Messages {
  /** Random and constant for the life of the state; part of every message id. */
  salt: Uint8Array = new Uint8Array(16);
  readonly #stage: Stage;
  readonly #pages: Pages;
  #last = 0;
  /** The messages of this turn. */
  #turn: StoredMessage[] = [];
  /** Messages that were withdrawn in this turn. */
  readonly #withdrawn = new Set<number>();
  /** Messages that were altered in this turn, as they are now. */
  readonly #altered = new Map<number, StoredMessage>();
  /** Pinned messages, by conversation. */
  readonly #pins = new Map<number, Set<number>>();
  readonly #conversations: Conversations;
  readonly posts = new Posts();

  /** @param conversationsKept about how many private conversations stay in memory after their use */
  constructor(stage: Stage, pages: Pages, users: Users, conversationsKept: number | undefined) {
    this.#stage = stage;
    this.#pages = pages;
    this.#conversations = new Conversations(pages, users, conversationsKept);
  }

  /** The conversation of two users, if there is one. */
  peek(a: Party, b: Party): Conversation | undefined {
    return this.#conversations.between(a, b);
  }

  /** How many conversations there are: none ends. */
  get conversationCount(): number {
    return this.#conversations.last;
  }

  byId(id: number): Conversation | undefined {
    return this.#conversations.byId(id);
  }

  /** The conversation of two users, made on first use. */
  conversation(a: Party, b: Party): Conversation {
    return this.peek(a, b) ?? this.#start({ a: a.id, b: b.id });
  }

  /** The conversation of a group, made on first use. */
  groupConversation(group: Group): Conversation {
    return this.peekGroup(group) ?? this.#start({ group: group.id });
  }

  /** The conversation of a group, if there is one. */
  peekGroup(group: Group): Conversation | undefined {
    return this.#conversations.ofGroup(group);
  }

  /** A user's private conversations that exist; no particular order. */
  *privateOf(user: Party): Iterable<Conversation> {
    for (const [, id] of this.#conversations.othersOf(user)) {
      const conversation = this.byId(id);
      if (conversation) yield conversation;
    }
  }

  /** The parties with whom a user has a private conversation, who may be the user; no particular order. */
  *othersOf(user: Party): Iterable<Party> {
    for (const [other] of this.#conversations.othersOf(user)) yield other;
  }

  /** Appends a message. A sender who had read everything before it has read it, too. @param time milliseconds since 1970 */
  append(
    conversation: Conversation,
    sender: Party,
    time: number,
    text: string,
    file: StoredFile | undefined,
    origin?: string,
    reply = 0,
  ): StoredMessage {
    return this.#append(conversation, { sender, time, text, file, origin, reply, alters: undefined });
  }

  /**
   * Alters a message. @param by who does it. @param text the new text of an edited one; the emoji, "" for all of one's reactions.
   * @returns the alteration's row
   */
  alter(target: StoredMessage, by: Party, time: number, what: Alteration, text = "", origin?: string): StoredMessage {
    const { conversation, seq, altered } = target;
    const former = (what === "edited" && altered?.edited?.seq) || 0;
    const alters = { target: seq, what, former, last: conversation.last };
    const emptied = what === "deleted" ? [...this.edits(target)].map((edit) => edit.seq) : [];
    const row = this.#append(conversation, { sender: by, time, text, file: undefined, origin, reply: 0, alters });
    this.#stage({ is: "message.altered", target: seq, seq: row.seq, what, user: by.id, time, text, emptied });
    return row;
  }

  /** The edits of a message, the newest first. */
  *edits({ altered }: StoredMessage): Iterable<StoredMessage> {
    for (let seq = altered?.edited?.seq ?? 0; seq > 0; ) {
      const edit = this.get(seq);
      if (edit) yield edit;
      seq = edit?.alters?.former ?? 0;
    }
  }

  /** Numbers of the messages that are pinned in a conversation. */
  pinsOf({ id }: Conversation): ReadonlySet<number> {
    return this.#pins.get(id) ?? new Set();
  }

  #append(
    { id, of, head, read }: Conversation,
    said: Pick<StoredMessage, "sender" | "time" | "text" | "file" | "origin" | "reply" | "alters">,
  ): StoredMessage {
    const { sender, time, text, file, origin, reply, alters } = said;
    const toSelf = !("members" in of) && of.a === of.b;
    this.#stage({
      is: "message.appended",
      seq: this.#last + 1,
      conversation: id,
      prev: head,
      sender: sender.id,
      time,
      text,
      file: file?.id,
      origin,
      reply,
      alters,
      read: !toSelf && (read.get(sender) ?? 0) >= head,
    });
    return this.#turn.at(-1) as StoredMessage;
  }

  /** Takes a message out of its conversation again, unless another row has followed. */
  withdraw({ conversation: { id, head }, seq, prev }: StoredMessage): void {
    if (head !== seq) return;
    const last = this.get(prev)?.alters?.last ?? prev;
    this.#stage({ is: "message.withdrawn", seq, conversation: id, prev, last });
  }

  /** Removes the oldest messages of a conversation for good. @param seqs rising */
  removeOld({ id }: Conversation, seqs: readonly number[]): void {
    const removed = new Set(seqs);
    const edits = seqs.flatMap((seq) => {
      const message = this.get(seq);
      return message?.altered?.edited ? [...this.edits(message)].map((edit) => edit.seq) : [];
    });
    const emptied = edits.filter((seq) => !removed.has(seq));
    this.#stage({ is: "messages.removed", conversation: id, seqs, emptied });
  }

  /**
   * Removes messages of a group that was deleted, the newest first.
   * @param next the number to begin with. @param most how many at most
   * @returns the number of the newest that is left; 0 for none
   */
  removeGone(group: Group, next: number, most: number): number {
    const conversation = this.peekGroup(group);
    if (!conversation) return 0;
    const seqs: number[] = [];
    let left = next;
    while (left > 0 && seqs.length < most) {
      const message = this.#read(left);
      if (message) seqs.unshift(left);
      left = message?.prev ?? 0;
    }
    if (seqs.length > 0) this.#stage({ is: "messages.removed", conversation: conversation.id, seqs, emptied: [] });
    return left;
  }

  /** The stamps of all committed rows after a number: see `Pages`. */
  following(seq: number): Iterable<Stamp> {
    return this.#pages.following(seq);
  }

  /** The number of the message accepted last; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** When the first message from a number on was accepted, in ms since 1970; undefined if there is none any more. */
  timeFrom(seq: number): number | undefined {
    const [stamp] = this.#pages.following(seq - 1);
    return (stamp ?? this.#turn.find((message) => message.seq >= seq))?.time;
  }

  /** When the last committed message was accepted, in ms since 1970; 0 for none. */
  get lastTime(): number {
    const [stamp] = this.#pages.following(this.#last - 1);
    return stamp?.time ?? 0;
  }

  /**
   * A message by number; undefined if there is none, or no longer any: it was withdrawn, is too old to be kept, or went with
   * its group.
   */
  get(seq: number): StoredMessage | undefined {
    const message = this.#read(seq);
    return message && isGone(message.conversation) ? undefined : message;
  }

  #read(seq: number): StoredMessage | undefined {
    if (this.#withdrawn.has(seq)) return undefined;
    const altered = this.#altered.size > 0 ? this.#altered.get(seq) : undefined;
    if (altered) return altered;
    const staged = seq - (this.#last - this.#turn.length) - 1;
    return staged >= 0 ? this.#turn[staged] : this.#pages.message(seq);
  }

  /** The message of a conversation that has this id in the realm that it comes from. */
  byOrigin(conversation: Conversation, origin: string): StoredMessage | undefined {
    const fresh = this.#turn.findLast((one) => one.origin === origin && one.conversation === conversation);
    const seq = fresh?.seq ?? this.#pages.byOrigin(conversation.id, origin);
    return seq === undefined ? undefined : this.get(seq);
  }

  setRead({ id }: Conversation, user: Party, seq: number): void {
    this.#stage({ is: "conversation.read", conversation: id, user: user.id, seq });
  }

  /** What a client's own id stands for, if it was remembered. */
  posted(user: User, clientId: string): StoredMessage | Posted | undefined {
    const posted = this.posts.get(user, clientId);
    return posted && "seq" in posted ? this.get(posted.seq) : posted;
  }

  remember(user: User, clientId: string, what: StoredMessage | Posted): void {
    const posted = "seq" in what ? { seq: what.seq } : { id: what.id, time: what.time, group: what.group };
    this.#stage({ is: "post.remembered", user: user.id, clientId, posted });
  }

  /** Forgets a client's own id, because another realm has refused its message. */
  forget(user: User, clientId: string): void {
    if (this.posts.get(user, clientId)) this.#stage({ is: "post.forgotten", user: user.id, clientId });
  }

  #start(of: ChangeOf<"conversation.started">["of"]): Conversation {
    const id = this.#conversations.last + 1;
    this.#stage({ is: "conversation.started", id, of });
    return this.byId(id) as Conversation;
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** A conversation that is about to be changed. */
  changing(id: number): Conversation | undefined {
    return this.#conversations.changing(id);
  }

  put(conversation: Conversation): void {
    this.#conversations.put(conversation);
  }

  /** Undoes the last put. */
  take(id: number): void {
    this.#conversations.take(id);
  }

  putMessage(message: StoredMessage): void {
    this.#last = message.seq;
    this.#turn.push(message);
  }

  /** Takes a message out, or puts it back. */
  setWithdrawn(seq: number, isWithdrawn: boolean): void {
    if (isWithdrawn) this.#withdrawn.add(seq);
    else this.#withdrawn.delete(seq);
  }

  /** Sets a message as altered in this turn; undefined: as the turn or the log has it. @returns what was set before */
  putAltered(seq: number, message: StoredMessage | undefined): StoredMessage | undefined {
    const before = this.#altered.get(seq);
    if (message) this.#altered.set(seq, message);
    else this.#altered.delete(seq);
    return before;
  }

  putPin(conversation: number, seq: number, on: boolean): void {
    const pins = this.#pins.get(conversation) ?? new Set();
    if (on) this.#pins.set(conversation, pins.add(seq));
    else if (pins.delete(seq) && pins.size === 0) this.#pins.delete(conversation);
  }

  /** Undoes the last put. */
  takeMessage(): StoredMessage | undefined {
    this.#last--;
    return this.#turn.pop();
  }

  /** Messages, and conversations, up to these numbers are in the log. */
  loaded(last: number, lastConversation: number): void {
    this.#last = last;
    this.#conversations.loaded(lastConversation);
  }

  /** The turn is kept. */
  settle(): void {
    if (this.#turn.length > 0) this.#turn = [];
    this.#withdrawn.clear();
    if (this.#altered.size > 0) this.#altered.clear();
    this.#conversations.settle();
  }
}

function isGone({ of }: Conversation): boolean {
  return "members" in of && of.gone;
}
