/** The conversations of one person: what is new where, what was being written there, which is open. */

/** With a user, or in a group. */
export interface Conversation {
  /** A user, `user@realm`, or `#group`; a group may get another. */
  name: string;
  /** Messages since it was open last. */
  unread: number;
  /** One of them is private, or names the reader. */
  calls: boolean;
  /** What was being written when it was left. */
  draft: string;
  /** Grows with each message in any conversation: the highest has the newest. */
  at: number;
}

export class Conversations {
  readonly #all = new Map<string, Conversation>();
  #open: Conversation | undefined;
  /** What was being written while none was open. */
  #draft = "";
  #clock = 0;

  get open(): Conversation | undefined {
    return this.#open;
  }

  find(name: string): Conversation | undefined {
    return this.#all.get(name.toLowerCase());
  }

  isOpen(name: string): boolean {
    return this.#open?.name.toLowerCase() === name.toLowerCase();
  }

  /** The one of that name, in any case of letters; made if there is none yet. */
  of(name: string): Conversation {
    const one = this.find(name) ?? { name, unread: 0, calls: false, draft: "", at: 0 };
    this.#all.set(name.toLowerCase(), one);
    return one;
  }

  /** A group has another name now. */
  rename(from: string, to: string): void {
    const one = this.find(from);
    if (!one) return;
    this.#all.delete(from.toLowerCase());
    one.name = to;
    this.#all.set(to.toLowerCase(), one);
  }

  /** Something was said in it. */
  touch(one: Conversation): void {
    one.at = ++this.#clock;
  }

  /** Opens one, or none. @param draft what was being written in the one that was open. @returns what was here. */
  enter(one: Conversation | undefined, draft: string): string {
    if (this.#open) this.#open.draft = draft;
    else this.#draft = draft;
    this.#open = one;
    if (!one) return this.#draft;
    one.unread = 0;
    one.calls = false;
    return one.draft;
  }

  /** Those with something new; those that call first, then the newest. */
  get unread(): readonly Conversation[] {
    return [...this.#all.values()]
      .filter(({ unread }) => unread > 0)
      .sort((a, b) => Number(b.calls) - Number(a.calls) || b.at - a.at);
  }

  /** In the order in which they were first spoken in or opened. */
  get all(): readonly Conversation[] {
    return [...this.#all.values()];
  }

  /** The one after (1) or before (-1) the one that is open, going round. */
  neighbour(by: 1 | -1): Conversation | undefined {
    const all = this.all;
    const at = this.#open ? all.indexOf(this.#open) : by > 0 ? -1 : all.length;
    return all[(at + by + all.length) % Math.max(1, all.length)];
  }

  /** Everything has been read. */
  readAll(): void {
    for (const one of this.#all.values()) {
      one.unread = 0;
      one.calls = false;
    }
  }

  /** Somebody else has logged in. */
  forget(): void {
    this.#all.clear();
    this.#open = undefined;
    this.#draft = "";
  }
}
