/**
 * Given pages: replies with a user's new messages that are on their way to a client. Where there are several nodes, all of them
 * count these messages as read already, so that no other connection is given them, too. When the reply has left they are marked
 * as read; if it could not leave they are new again. Not kept.
 */
import type { Stage } from "./changes.ts";
import type { Conversation, Party, User } from "./entities.ts";

/** A reply that is on its way. */
export interface GivenPage {
  /** The number of the node that sends it, and the reply's own number on that node. */
  readonly node: number;
  readonly n: number;
  readonly user: number;
  /** For each conversation, the number of its newest message in the reply. */
  readonly upTo: readonly (readonly [conversation: number, seq: number])[];
}

export class GivenPages {
  readonly #stage: Stage;
  readonly #byUser = new Map<number, GivenPage[]>();
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Notes that a reply is on its way. */
  give({ id }: User, node: number, upTo: GivenPage["upTo"]): GivenPage {
    const page = { node, n: ++this.#last, user: id, upTo };
    this.#stage({ is: "page.given", ...page });
    return page;
  }

  /** Notes that the reply has left, or cannot leave. */
  end({ node, n, user }: GivenPage): void {
    if (this.#find(node, n, user)) this.#stage({ is: "page.ended", node, n, user });
  }

  /** The number of the newest message of a conversation that is on its way to a reader; 0 if none is. */
  upTo({ id }: Conversation, reader: Party): number {
    let highest = 0;
    for (const { upTo } of this.#byUser.get(reader.id) ?? []) {
      for (const [conversation, seq] of upTo) if (conversation === id && seq > highest) highest = seq;
    }
    return highest;
  }

  /** The replies that a node is sending. */
  of(node: number): readonly GivenPage[] {
    return [...this.#byUser.values()].flat().filter((one) => one.node === node);
  }

  // From here on only `apply.ts` calls the methods.

  put(page: GivenPage): void {
    const others = this.#byUser.get(page.user) ?? [];
    this.#byUser.set(page.user, [...others, page]);
  }

  /** @returns the reply, if it was there */
  take(node: number, n: number, user: number): GivenPage | undefined {
    const found = this.#find(node, n, user);
    const others = this.#byUser.get(user)?.filter((one) => one !== found) ?? [];
    if (others.length > 0) this.#byUser.set(user, others);
    else this.#byUser.delete(user);
    return found;
  }

  #find(node: number, n: number, user: number): GivenPage | undefined {
    return this.#byUser.get(user)?.find((one) => one.node === node && one.n === n);
  }
}
