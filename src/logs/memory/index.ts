/** The log of `--memory`: nothing outlasts the process, and only the newest messages are kept. */
import { randomBytes } from "node:crypto";
import type { Change } from "../../state/changes.ts";
import type { OutboxItem, StoredMessage } from "../../state/entities.ts";
import type { ChangeLog, Pages } from "../../state/log.ts";
import type { Model } from "../../state/model.ts";
import { resolved } from "../resolved.ts";
import { ConversationsHeld } from "./conversations.ts";
import { PackedMessages } from "./packed.ts";

export class MemoryLog implements ChangeLog {
  readonly pages: Pages = {
    message: (seq) => this.#message(seq),
    following: (seq) => this.#messages.following(seq),
    byOrigin: (conversation, origin) => this.#messages.byOrigin(conversation, origin),
    conversation: (id) => this.#conversations.conversation(id),
    conversationBetween: (a, b) => this.#conversations.conversationBetween(a, b),
    conversationsOf: (party) => this.#conversations.conversationsOf(party),
    queued: (realm, n, count) => this.#queued(realm, n, count),
  };
  readonly #messages: PackedMessages;
  readonly #conversations = new ConversationsHeld();
  /** By realm: its outbox. */
  readonly #items = new Map<string, OutboxItem[]>();
  #model: Model | undefined;

  /** @param keepMessages how many of the newest messages are kept */
  constructor(keepMessages: number) {
    this.#messages = new PackedMessages(keepMessages);
  }

  load(into: Model): void {
    this.#model = into;
    into.messages.salt = randomBytes(16);
  }

  commit(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.is === "message.appended") this.#messages.add(change);
      else if (change.is === "message.withdrawn") this.#messages.withdraw(change.seq);
      else if (change.is === "messages.removed") this.#messages.remove(change);
      else if (change.is === "message.altered") this.#messages.alter(change);
      else if (change.is === "conversation.started") this.#conversations.add(change, this.#model as Model);
      else if (change.is === "item.queued") this.#queue(change.realm, { n: change.n, body: change.body });
      else if (change.is === "items.delivered") this.#deliver(change.realm, change.upTo);
      else if (change.is === "realm.ended") this.#move(change.realm, change.as.toLowerCase());
    }
  }

  tidy(): void {}

  close(): void {}

  #message(seq: number): StoredMessage | undefined {
    const packed = this.#messages.get(seq);
    return packed && this.#model && resolved(this.#model, packed);
  }

  #queue(realm: string, item: OutboxItem): void {
    const items = this.#items.get(realm);
    if (items) items.push(item);
    else this.#items.set(realm, [item]);
  }

  #deliver(realm: string, upTo: number): void {
    const items = this.#items.get(realm);
    items?.splice(0, after(items, upTo));
  }

  #move(from: string, to: string): void {
    this.#items.set(to, this.#items.get(from) ?? []);
    this.#items.delete(from);
  }

  #queued(realm: string, n: number, count: number): readonly OutboxItem[] {
    const items = this.#items.get(realm) ?? [];
    const from = after(items, n);
    return items.slice(from, from + count);
  }
}

/** How many items have a number up to `n`. */
function after(items: readonly OutboxItem[], n: number): number {
  let low = 0;
  for (let high = items.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((items[middle] as OutboxItem).n <= n) low = middle + 1;
    else high = middle;
  }
  return low;
}
