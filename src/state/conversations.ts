/**
 * Conversations. Those of groups are all in memory. Of private ones the recently used are, and all that any code still holds, so
 * that there is never a second object for one. Others are read from the log when they are asked for.
 */
import type { Conversation, Group, Party } from "./entities.ts";
import type { Pages } from "./log.ts";
import type { Users } from "./users.ts";

/** How many private conversations, and pairs of users, are kept before the oldest may go; at most twice as many are in memory. */
const CONVERSATIONS_KEPT = 20_000;

/** The longest list of a party's private conversations that is kept; a longer one is read each time. */
const MOST_OTHERS = 1000;

/** The numbers of a party's private conversations. */
interface Others {
  readonly ids: Map<Party, number>;
  /** The list has all of them. */
  isComplete: boolean;
}

class Recent {
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
  /**
   * What was used since the last time that there was too much (`near`); and what was used before that (`past`), which goes then.
   */
  #near = new Recent();
  #past = new Recent();
  /** The private conversations that some code may still hold. */
  readonly #held = new Map<number, WeakRef<Conversation>>();
  readonly #released = new FinalizationRegistry<number>((id) => {
    if (this.#held.get(id)?.deref() === undefined) this.#held.delete(id);
  });
  /** Private conversations that differ from what the log has: held here, so that nobody reads the log's. */
  readonly #changed = new Set<Conversation>();
  /** Those of them that the log does not have at all. */
  readonly #started = new Set<Conversation>();
  #last = 0;

  /** @param kept as of `CONVERSATIONS_KEPT` */
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

  /** The parties with whom a party has a private conversation, with its number; no particular order. */
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

  /** A conversation that is about to be changed. For nearly every message it is a recently used one. */
  changing(id: number): Conversation | undefined {
    const near = this.#near.byId.get(id);
    const group = near ? undefined : this.#groups.get(id);
    if (group) return group;
    const conversation = near ?? this.#recall(id);
    if (conversation) this.#changed.add(conversation);
    return conversation;
  }

  /** Puts in a new private conversation, which the log does not have, or one of a group. */
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

  /** Undoes the last put. */
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

  /** Conversations up to this number are in the log. */
  loaded(last: number): void {
    this.#last = last;
  }

  /** All that was changed is in the log. */
  settle(): void {
    this.#changed.clear();
    if (this.#started.size > 0) this.#started.clear();
  }

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
   * The list of a party, if it is near. One of `past` is taken over only if it is complete: in another, entries that nobody asks
   * for are to go with time.
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
    this.#near = new Recent();
    // The log cannot find these by their parties yet.
    for (const conversation of this.#started) this.#noteNear(conversation);
  }
}
