/**
 * Conversations. Those of groups are all in memory. Private ones are cached: in memory are those that were used recently, and all
 * that any code still holds, so that a conversation never has two objects. The others are read from the log when they are asked
 * for.
 *
 * The cache has two generations, `near` and `past`. What is used goes into `near`. When that is full it becomes `past`, and what
 * was in `past` is dropped.
 */
import type { Conversation, Group, Party } from "./entities.ts";
import type { Pages } from "./log.ts";
import type { Users } from "./users.ts";

/**
 * How many entries (private conversations, and pairs of users) a generation of the cache may have. In memory are at most twice as
 * many.
 */
const CONVERSATIONS_KEPT = 20_000;

/** The longest list of a party's private conversations that is cached as complete. A longer one is read each time. */
const MOST_OTHERS = 1000;

/** The numbers of a party's private conversations, by the other party. */
interface Others {
  readonly ids: Map<Party, number>;
  /** Whether the list has all of them. */
  isComplete: boolean;
}

/** A generation of the cache. `size` counts its entries in both maps. */
class Generation {
  readonly byId = new Map<number, Conversation>();
  readonly others = new Map<Party, Others>();
  size = 0;
}

export class Conversations {
  readonly #pages: Pages;
  readonly #users: Users;
  readonly #kept: number;
  readonly #groups = new Map<number, Conversation>();
  readonly #ofGroup = new Map<Group, Conversation>();
  #near = new Generation();
  #past = new Generation();
  /** The private conversations that other code may still hold, whether they are cached or not. */
  readonly #held = new Map<number, WeakRef<Conversation>>();
  readonly #released = new FinalizationRegistry<number>((id) => {
    if (this.#held.get(id)?.deref() === undefined) this.#held.delete(id);
  });
  /** Private conversations that differ from what the log has. They must not be dropped: what the log has is outdated. */
  readonly #changed = new Set<Conversation>();
  /** Those of them that the log does not have yet. */
  readonly #started = new Set<Conversation>();
  #last = 0;

  /** @param kept instead of `CONVERSATIONS_KEPT` */
  constructor(pages: Pages, users: Users, kept = CONVERSATIONS_KEPT) {
    this.#pages = pages;
    this.#users = users;
    this.#kept = kept;
  }

  /** The number of the conversation started last; 0 for none. */
  get last(): number {
    return this.#last;
  }

  byId(id: number): Conversation | undefined {
    return this.#near.byId.get(id) ?? this.#groups.get(id) ?? this.#recall(id);
  }

  between(a: Party, b: Party): Conversation | undefined {
    const near = this.#othersNear(a);
    const known = near?.ids.get(b);
    if (known !== undefined) return this.byId(known);
    if (near?.isComplete) return undefined;
    const id = this.#past.others.get(a)?.ids.get(b) ?? this.#pages.conversationBetween(a.id, b.id);
    const found = id === undefined ? undefined : this.byId(id);
    if (found) this.#note(found);
    return found;
  }

  ofGroup(group: Group): Conversation | undefined {
    return this.#ofGroup.get(group);
  }

  /** The private conversations of a party: the other party, and the conversation's number. In no particular order. */
  *othersOf(user: Party): Iterable<readonly [other: Party, conversation: number]> {
    const near = this.#othersNear(user);
    if (near?.isComplete) return yield* near.ids;
    const read: Others = { ids: new Map(), isComplete: true };
    const last = this.#last;
    for (const { id, of } of this.#started) {
      if (!("members" in of) && (of.a === user || of.b === user)) read.ids.set(of.a === user ? of.b : of.a, id);
    }
    yield* read.ids;
    for (const { other, conversation } of this.#pages.conversationsOf(user.id)) {
      const party = this.#users.byId(other);
      if (!party) continue;
      if (read.ids.size < MOST_OTHERS) read.ids.set(party, conversation);
      else read.isComplete = false;
      yield [party, conversation];
    }
    if (read.isComplete && last === this.#last) this.#keepOthers(user, read);
  }

  // From here on only `Messages` calls the methods.

  /** A conversation that is about to be changed. Called for every message; nearly always the conversation is cached. */
  changing(id: number): Conversation | undefined {
    const near = this.#near.byId.get(id);
    const group = near ? undefined : this.#groups.get(id);
    if (group) return group;
    const conversation = near ?? this.#recall(id);
    if (conversation) this.#changed.add(conversation);
    return conversation;
  }

  /** Adds the conversation of a group, or a private one that the log does not have yet. */
  put(conversation: Conversation): void {
    const { id, of } = conversation;
    this.#last = Math.max(this.#last, id);
    if ("members" in of) {
      this.#groups.set(id, conversation);
      this.#ofGroup.set(of, conversation);
      return;
    }
    this.#changed.add(conversation);
    this.#started.add(conversation);
    this.#keep(conversation);
    this.#note(conversation);
  }

  /** Undoes the last `put`. */
  take(id: number): void {
    const conversation = this.byId(id);
    if (!conversation) return;
    this.#last = id - 1;
    const { of } = conversation;
    if ("members" in of) {
      this.#groups.delete(id);
      this.#ofGroup.delete(of);
      return;
    }
    this.#changed.delete(conversation);
    this.#started.delete(conversation);
    for (const { byId, others } of [this.#near, this.#past]) {
      byId.delete(id);
      others.get(of.a)?.ids.delete(of.b);
      others.get(of.b)?.ids.delete(of.a);
    }
  }

  /** The log has the conversations up to this number: to be called when they are loaded. */
  loaded(last: number): void {
    this.#last = last;
  }

  /** The log has all that was changed. */
  settle(): void {
    this.#changed.clear();
    if (this.#started.size > 0) this.#started.clear();
  }

  /** A private conversation that is not in `near`: from `past`, from what other code holds, or from the log. */
  #recall(id: number): Conversation | undefined {
    if (id < 1 || id > this.#last) return undefined;
    const past = this.#past.byId.get(id) ?? this.#held.get(id)?.deref();
    const found = past ?? this.#pages.conversation(id);
    if (found) this.#keep(found);
    return found;
  }

  #keep(conversation: Conversation): void {
    const { id } = conversation;
    this.#near.byId.set(id, conversation);
    if (this.#held.get(id)?.deref() !== conversation) {
      this.#held.set(id, new WeakRef(conversation));
      this.#released.register(conversation, id);
    }
    this.#grow(1);
  }

  #note(conversation: Conversation): void {
    this.#noteNear(conversation);
    this.#grow(2);
  }

  /** Notes a private conversation in the lists of both its parties. */
  #noteNear({ id, of }: Conversation): void {
    if ("members" in of) return;
    for (const [user, other] of [
      [of.a, of.b],
      [of.b, of.a],
    ] as const) {
      const others = this.#near.others.get(user);
      if (others) others.ids.set(other, id);
      else this.#near.others.set(user, { ids: new Map([[other, id]]), isComplete: false });
    }
  }

  /**
   * The list of a party in `near`. A list in `past` is taken over only if it is complete. From any other, entries are taken over
   * one by one as they are asked for, so that the rest is dropped in time.
   */
  #othersNear(user: Party): Others | undefined {
    const near = this.#near.others.get(user);
    if (near) return near;
    const past = this.#past.others.get(user);
    if (!past?.isComplete || past.ids.size > MOST_OTHERS) return undefined;
    this.#keepOthers(user, past);
    return past;
  }

  #keepOthers(user: Party, others: Others): void {
    this.#near.others.set(user, others);
    this.#grow(1 + others.ids.size);
  }

  #grow(by: number): void {
    this.#near.size += by;
    if (this.#near.size <= this.#kept) return;
    this.#past = this.#near;
    this.#near = new Generation();
    // The log does not have these yet, so they must stay in `near`.
    for (const conversation of this.#started) this.#noteNear(conversation);
  }
}
