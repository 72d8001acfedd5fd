/**
 * Conversations and their messages. A message names the one before it in its conversation, and a
 * conversation names its newest: a page is a walk, no index grows, and an append touches one row.
 * Private conversations are found from either user, a group has one.
 *
 * A turn's messages are objects until its commit; `keep` and `fetch` say where they go then.
 */
import { randomBytes } from "node:crypto";
import type { Change, Journal } from "../journal.ts";
import type { Conversation, Group, MessageStore, Party, Posted, StoredFile, StoredMessage, User } from "../ports.ts";
import { PackedMessages } from "./packed.ts";

/** Client ids remembered per user for `post`; the oldest are forgotten first. */
const POSTS_KEPT = 10_000;

export class MemoryMessages implements MessageStore {
  salt: Uint8Array = randomBytes(16);
  protected readonly journal: Journal;
  protected last = 0;
  protected lastConversation = 0;
  readonly #packed: PackedMessages;
  /** Not committed yet. */
  #turn: StoredMessage[] = [];
  #private = new Map<Party, Map<Party, Conversation>>();
  #group = new Map<Group, Conversation>();
  #posts = new Map<User, Map<string, number | Posted>>();

  /** @param keep how many of the newest messages are held in memory, at least. */
  constructor(journal: Journal, keep: number) {
    this.journal = journal;
    this.#packed = new PackedMessages(keep);
  }

  peek(a: Party, b: Party): Conversation | undefined {
    return this.#private.get(a)?.get(b);
  }

  conversation(a: Party, b: Party): Conversation {
    return this.peek(a, b) ?? this.#start({ a, b });
  }

  groupConversation(group: Group): Conversation {
    return this.#group.get(group) ?? this.#start(group);
  }

  privateOf(user: Party): Iterable<Conversation> {
    return this.#private.get(user)?.values() ?? [];
  }

  append(
    conversation: Conversation,
    sender: Party,
    time: number,
    text: string,
    file: StoredFile | undefined,
    origin?: string,
  ): StoredMessage {
    const seq = ++this.last;
    const message: StoredMessage = { seq, conversation, prev: conversation.head, sender, time, text, file, origin };
    conversation.head = seq;
    // Who had read everything has still: his own message is not news to him.
    if (!toSelf(conversation) && (conversation.read.get(sender) ?? 0) >= message.prev) {
      conversation.read.set(sender, seq);
    }
    this.#turn.push(message);
    this.journal.stage(new Append(this, message));
    return message;
  }

  withdraw({ conversation, seq, prev }: StoredMessage): void {
    if (conversation.head !== seq) return;
    conversation.head = prev;
    this.journal.stage({
      apply: () => this.onWithdraw(conversation),
      undo: () => {
        conversation.head = seq;
      },
    });
  }

  get newest(): StoredMessage | undefined {
    return this.get(this.last);
  }

  get(seq: number): StoredMessage | undefined {
    const staged = seq - (this.last - this.#turn.length) - 1;
    return staged >= 0 ? this.#turn[staged] : this.fetch(seq);
  }

  setRead(conversation: Conversation, user: Party, seq: number): void {
    const before = conversation.read.get(user);
    conversation.read.set(user, seq);
    this.journal.stage({
      apply: () => this.onRead(conversation, user, seq),
      undo: () => {
        if (before === undefined) conversation.read.delete(user);
        else conversation.read.set(user, before);
      },
    });
  }

  posted(user: User, clientId: string): StoredMessage | Posted | undefined {
    const posted = this.#posts.get(user)?.get(clientId);
    return typeof posted === "number" ? this.get(posted) : posted;
  }

  remember(user: User, clientId: string, what: StoredMessage | Posted): void {
    const posted = "seq" in what ? what.seq : what;
    this.insertPost(user, clientId, posted);
    this.journal.stage({
      apply: () => this.onPost(user, clientId, posted),
      undo: () => void this.#posts.get(user)?.delete(clientId),
    });
  }

  forget(user: User, clientId: string): void {
    const posts = this.#posts.get(user);
    const posted = posts?.get(clientId);
    if (!posts?.delete(clientId) || posted === undefined) return;
    this.journal.stage({
      apply: () => this.onForget(user, clientId),
      undo: () => this.insertPost(user, clientId, posted),
    });
  }

  /** Called once a turn, after its commit. */
  settle(): void {
    if (this.#turn.length === 0) return;
    this.keep(this.#turn);
    this.#turn = [];
  }

  /** Takes back the newest message; only `Append` calls it. */
  unappend(message: StoredMessage): void {
    const { conversation, sender, seq, prev } = message;
    conversation.head = prev;
    if (conversation.read.get(sender) === seq) conversation.read.set(sender, prev);
    this.#turn.pop();
    this.last--;
  }

  onAppend(_message: StoredMessage): void {}
  protected onWithdraw(_conversation: Conversation): void {}
  /** Committed messages, in order. */
  protected keep(messages: readonly StoredMessage[]): void {
    for (const message of messages) this.#packed.add(message);
  }

  /** A committed message. */
  protected fetch(seq: number): StoredMessage | undefined {
    return this.#packed.get(seq);
  }

  protected onConversation(_conversation: Conversation): void {}
  protected onRead(_conversation: Conversation, _user: Party, _seq: number): void {}
  protected onPost(_user: User, _clientId: string, _posted: number | Posted): void {}

  protected onForget(_user: User, _clientId: string): void {}

  protected insert(conversation: Conversation): void {
    const { of } = conversation;
    if ("members" in of) {
      this.#group.set(of, conversation);
    } else {
      this.#insertPeer(of.a, of.b, conversation);
      this.#insertPeer(of.b, of.a, conversation);
    }
    this.lastConversation = Math.max(this.lastConversation, conversation.id);
  }

  protected insertPost(user: User, clientId: string, posted: number | Posted): void {
    let posts = this.#posts.get(user);
    if (!posts) {
      posts = new Map();
      this.#posts.set(user, posts);
    }
    posts.set(clientId, posted);
    if (posts.size > POSTS_KEPT) posts.delete(posts.keys().next().value as string);
  }

  #start(of: Conversation["of"]): Conversation {
    const conversation: Conversation = {
      id: this.lastConversation + 1,
      of,
      head: 0,
      read: new Map(),
    };
    this.insert(conversation);
    this.journal.stage({
      apply: () => this.onConversation(conversation),
      undo: () => this.#remove(conversation),
    });
    return conversation;
  }

  #insertPeer(user: Party, peer: Party, conversation: Conversation): void {
    const peers = this.#private.get(user);
    if (peers) peers.set(peer, conversation);
    else this.#private.set(user, new Map([[peer, conversation]]));
  }

  #remove({ of }: Conversation): void {
    if ("members" in of) {
      this.#group.delete(of);
    } else {
      this.#private.get(of.a)?.delete(of.b);
      this.#private.get(of.b)?.delete(of.a);
    }
  }
}

function toSelf({ of }: Conversation): boolean {
  return !("members" in of) && of.a === of.b;
}

/** One append as a change; a class, because there is one for every message. */
class Append implements Change {
  readonly #store: MemoryMessages;
  readonly #message: StoredMessage;

  constructor(store: MemoryMessages, message: StoredMessage) {
    this.#store = store;
    this.#message = message;
  }

  apply(): void {
    this.#store.onAppend(this.#message);
  }

  undo(): void {
    this.#store.unappend(this.#message);
  }
}
