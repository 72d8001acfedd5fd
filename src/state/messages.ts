/**
 * Conversations and their messages. The rows of a conversation are a linked list: each has the number of the row before it, and
 * the conversation has the number of its newest. A page of messages is a walk from there, so there is no index that grows, and an
 * append touches one row. An alteration (an edit, a deletion, a reaction …) is a row of the conversation, too, which gives it its
 * place in the order; and it changes its message.
 *
 * The rows of the current turn are in memory until it is kept. Older ones are read from the log.
 */
import type { Alteration } from "../contract/shapes.ts";
import type { ChangeOf, Posted, Stage } from "./changes.ts";
import { Conversations } from "./conversations.ts";
import type { Conversation, Group, Party, StoredFile, StoredMessage, User } from "./entities.ts";
import { type Cursor, walkGone } from "./gone.ts";
import type { Pages, Stamp } from "./log.ts";
import { Posts } from "./posts.ts";
import { TurnRows } from "./turn-rows.ts";
import type { Users } from "./users.ts";

export class Messages {
  /** Random, and constant for the life of the state. Every message id is made with it. */
  salt: Uint8Array = new Uint8Array(16);
  readonly #stage: Stage;
  readonly #pages: Pages;
  /** The numbers of pinned messages, by conversation. */
  readonly #pins = new Map<number, Set<number>>();
  readonly #conversations: Conversations;
  /** For `apply.ts`. Others use `get`, which does not give the rows of groups that were deleted. */
  readonly rows: TurnRows;
  readonly posts = new Posts();

  /** @param conversationsKept about how many private conversations stay in memory after their use */
  constructor(stage: Stage, pages: Pages, users: Users, conversationsKept: number | undefined) {
    this.#stage = stage;
    this.#pages = pages;
    this.rows = new TurnRows(pages);
    this.#conversations = new Conversations(pages, users, conversationsKept);
  }

  /** The conversation of two users, if there is one. */
  peek(a: Party, b: Party): Conversation | undefined {
    return this.#conversations.between(a, b);
  }

  /** How many conversations there are. No conversation ends, so the number of the last one tells it. */
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

  /** The private conversations of a user, in no particular order. */
  *privateOf(user: Party): Iterable<Conversation> {
    for (const [, id] of this.#conversations.othersOf(user)) {
      const conversation = this.byId(id);
      if (conversation) yield conversation;
    }
  }

  /** The parties with whom a user has a private conversation, in no particular order. One may be the user himself. */
  *othersOf(user: Party): Iterable<Party> {
    for (const [other] of this.#conversations.othersOf(user)) yield other;
  }

  /**
   * Appends a message. If its sender has read everything before it, it counts as read by the sender, too.
   * @param time ms since 1970. @param origin its id in the realm that it comes from, if that is another. @param reply the number
   * of the message that it answers, 0 for none
   */
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
   * Alters a message. @param by who does it. @param time ms since 1970. @param text of an edit the new text; of a reaction the
   * emoji, and "" to take all of one's reactions back. @param origin as of `append`. @returns the alteration's row
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

  /** The numbers of the messages that are pinned in a conversation. */
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
      seq: this.rows.last + 1,
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
    return this.rows.newest as StoredMessage;
  }

  /** Takes a row out of its conversation, as if it had not been sent. Does nothing if another row has followed. */
  withdraw({ conversation: { id, head }, seq, prev }: StoredMessage): void {
    if (head !== seq) return;
    const last = this.get(prev)?.alters?.last ?? prev;
    this.#stage({ is: "message.withdrawn", seq, conversation: id, prev, last });
  }

  /**
   * Removes the oldest rows of a conversation for good, and the texts of later edits of them. @param seqs their numbers, rising
   */
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
   * Removes messages of a group that was deleted, the newest first. @param from where to begin. @param most how many at most
   * @returns where to go on; undefined when none is left
   */
  removeGone(group: Group, from: Cursor, most: number): Cursor | undefined {
    const conversation = this.peekGroup(group);
    if (!conversation) return undefined;
    const { seqs, left } = walkGone(this.rows, conversation, from, most);
    if (seqs.length > 0) this.#stage({ is: "messages.removed", conversation: conversation.id, seqs, emptied: [] });
    return left;
  }

  /** The stamps of all committed rows after a number: see `Pages`. */
  following(seq: number): Iterable<Stamp> {
    return this.#pages.following(seq);
  }

  /** The number of the row that was accepted last; 0 for none. */
  get last(): number {
    return this.rows.last;
  }

  /** As of `TurnRows`. */
  timeFrom(seq: number): number | undefined {
    return this.rows.timeFrom(seq);
  }

  /** When the last row was accepted, if it is committed; in ms since 1970, otherwise 0. */
  get lastTime(): number {
    const [stamp] = this.#pages.following(this.rows.last - 1);
    return stamp?.time ?? 0;
  }

  /**
   * A row by number. Undefined if there is none, or not any more: it was withdrawn, was removed because of its age, or belongs to
   * a group that was deleted.
   */
  get(seq: number): StoredMessage | undefined {
    const message = this.rows.get(seq);
    return message && isGone(message.conversation) ? undefined : message;
  }

  /** The newest row of a conversation that has this id in the realm that it comes from. */
  byOrigin(conversation: Conversation, origin: string): StoredMessage | undefined {
    const seq = this.rows.byOrigin(conversation, origin);
    return seq === undefined ? undefined : this.get(seq);
  }

  /** Moves a user's read marker. @param seq everything up to this number is read */
  setRead({ id }: Conversation, user: Party, seq: number): void {
    this.#stage({ is: "conversation.read", conversation: id, user: user.id, seq });
  }

  /** The message that a client's own id stands for, if that is remembered. */
  posted(user: User, clientId: string): StoredMessage | Posted | undefined {
    const posted = this.posts.get(user, clientId);
    return posted && "seq" in posted ? this.get(posted.seq) : posted;
  }

  /** Remembers which message a client's own id stands for. */
  remember(user: User, clientId: string, what: StoredMessage | Posted): void {
    const posted = "seq" in what ? { seq: what.seq } : { id: what.id, time: what.time, group: what.group };
    this.#stage({ is: "post.remembered", user: user.id, clientId, posted });
  }

  /** Forgets a client's own id, so that it can be used again: another realm has refused the message. */
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

  /** Undoes the last `put`. */
  take(id: number): void {
    this.#conversations.take(id);
  }

  putPin(conversation: number, seq: number, on: boolean): void {
    const pins = this.#pins.get(conversation) ?? new Set();
    if (on) this.#pins.set(conversation, pins.add(seq));
    else if (pins.delete(seq) && pins.size === 0) this.#pins.delete(conversation);
  }

  /** The log has the rows and the conversations up to these numbers: to be called when they are loaded. */
  loaded(last: number, lastConversation: number): void {
    this.rows.loaded(last);
    this.#conversations.loaded(lastConversation);
  }

  /** The turn is kept, and the log's pages have its rows. */
  settle(): void {
    this.rows.settle();
    this.#conversations.settle();
  }
}

function isGone({ of }: Conversation): boolean {
  return "members" in of && of.gone;
}
