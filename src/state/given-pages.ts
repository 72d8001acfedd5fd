/**
 * Replies with new messages that are on their way, where there are several nodes: on all nodes their messages count as read until
 * they are marked, or are new again because the reply could not leave. Kept nowhere.
 */
import type { Stage } from "./changes.ts";
import type { Conversation, Party, User } from "./entities.ts";

/** A reply on its way. */
export interface GivenPage {
  /** The node that sends it, and its number there. */
  readonly node: number;
  readonly n: number;
  readonly user: number;
  /** By conversation: the number of the newest message in it. */
  readonly upTo: readonly (readonly [conversation: number, seq: number])[];
}

export class GivenPages {
  readonly #stage: Stage;
  readonly #byUser = new Map<number, GivenPage[]>();
  #last = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  give({ id }: User, node: number, upTo: GivenPage["upTo"]): GivenPage {
    const page = { node, n: ++this.#last, user: id, upTo };
    this.#stage({ is: "page.given", ...page });
    return page;
  }

  /** The reply has left, or cannot leave. */
  end({ node, n, user }: GivenPage): void {
    if (this.#find(node, n, user)) this.#stage({ is: "page.ended", node, n, user });
  }

  /** Up to which number of a conversation replies to a reader are on their way; 0 for none. */
  upTo({ id }: Conversation, reader: Party): number {
    let highest = 0;
    for (const { upTo } of this.#byUser.get(reader.id) ?? []) {
      for (const [conversation, seq] of upTo) if (conversation === id && seq > highest) highest = seq;
    }
    return highest;
  }

  /** The replies of one node. */
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
