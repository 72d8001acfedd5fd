/**
 * Conversations. Those of groups are all here; of private ones those that were used last, and all that somebody still holds: a
 * conversation is one object. Others are in the log, as they were committed, and are read when they are asked for.
 */
import type { Conversation, Group, Party } from "./entities.ts";
import type { Pages } from "./log.ts";
import type { Users } from "./users.ts";

/** So many private conversations, and pairs of users, are kept before the first of them may go; at most twice as many are there. */
const CONVERSATIONS_KEPT = 20_000;

/** With how many others somebody may speak whose list of them is kept; a longer one is read each time. */
const MOST_OTHERS = 1000;

/** Numbers of somebody's private conversations. */
interface Others {
  readonly ids: Map<Party, number>;
  /** There are no more. */
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
  /** What was used since the last time that there was too much; and what was used before that. */
  #near = new Recent();
  #past = new Recent();
  /** Private conversations that somebody may hold. */
  readonly #held = new Map<number, WeakRef<Conversation>>();
  readonly #released = new FinalizationRegistry<number>((id) => {
    if (this.#held.get(id)?.deref() === undefined) this.#held.delete(id);
  });
  /** Private conversations that are not in the log as they are: held, so that nobody reads them there. */
  readonly #changed = new Set<Conversation>();
  /** Those of them that are not in it at all. */
  readonly #started = new Set<Conversation>();
  #last = 0;

  /** @param kept as of `CONVERSATIONS_KEPT` */
  constructor(pages: Pages, users: Users, kept = CONVERSATIONS_KEPT) {
    this.#pages = pages;
    this.#users = users;
    this.#kept = kept;
  }

  /** The number of the one started last; 0 for none. */
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

  /** Those with whom somebody has a private conversation, and its number; no particular order. */
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

  /** A conversation that is being changed: for every message of a private one, that is one of those used last. */
  changing(id: number): Conversation | undefined {
    const near = this.#near.byId.get(id);
    const group = near ? undefined : this.#groups.get(id);
    if (group) return group;
    const conversation = near ?? this.#recall(id);
    if (conversation) this.#changed.add(conversation);
    return conversation;
  }

  /** Puts in one that is in no log, or that of a group. */
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

  /** Both know from now on that they have this one. */
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

  /** Of what was used before, only a whole list is used again as it is: of another, what nobody asks for goes with time. */
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
    // The log does not know whose they are.
    for (const conversation of this.#started) this.#noteNear(conversation);
  }
}
