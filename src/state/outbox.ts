/** The outboxes: for each other realm, how much waits to be sent to it. The items themselves are read from the log. */

import type { ItemResult } from "../contract/items.ts";
import type { Stage } from "./changes.ts";
import type { Awaited, Backlog, OutboxItem, Realm } from "./entities.ts";
import type { Pages } from "./log.ts";

const NONE: Backlog = { items: 0, size: 0 };

/** An item for whose result a request waits. */
interface AwaitedItem {
  readonly realm: string;
  readonly n: number;
}

export class Outbox {
  readonly #stage: Stage;
  readonly #pages: Pages;
  readonly #waiting = new Map<string, Backlog>();
  /** By realm: the highest number of an item that was given, or that the realm has had. */
  readonly #last = new Map<string, number>();
  /** By realm: items up to this number have left the outbox. */
  readonly #removed = new Map<string, number>();
  readonly #awaited = new Map<string, Map<number, Awaited>>();
  /** The items of these, by the user's number and the user's own id for what was sent. */
  readonly #byClientId = new Map<string, AwaitedItem>();

  constructor(stage: Stage, pages: Pages) {
    this.#stage = stage;
    this.#pages = pages;
  }

  waiting({ key }: Realm): Backlog {
    return this.#waiting.get(key) ?? NONE;
  }

  /** What waits, for all realms together. */
  get all(): Backlog {
    let [items, size] = [0, 0];
    for (const one of this.#waiting.values()) {
      items += one.items;
      size += one.size;
    }
    return { items, size };
  }

  /**
   * The number of the next item: microseconds since 1970, or one more than the last, if the clock has gone back. @param now ms
   * since 1970
   */
  next(key: string, now: number): number {
    return Math.max(now * 1000, (this.#last.get(key) ?? 0) + 1);
  }

  /** Stages an item. @param body JSON without the number. @param now milliseconds since 1970 */
  add({ key }: Realm, body: string, now: number): OutboxItem {
    const n = this.next(key, now);
    this.#stage({ is: "item.queued", realm: key, n, body });
    return { n, body };
  }

  /**
   * The items after a number, as of the last commit. At most `count`, and at most `size` UTF-16 units together, but at least one.
   */
  after({ key }: Realm, n: number, count: number, size: number): readonly OutboxItem[] {
    const items: OutboxItem[] = [];
    let taken = 0;
    for (const item of this.#pages.queued(key, n, count)) {
      taken += item.body.length;
      if (items.length > 0 && taken > size) break;
      items.push(item);
    }
    return items;
  }

  /** Removes items from the front of the outbox. @param first as `after` has given them. @returns those that were still there */
  remove({ key }: Realm, first: readonly OutboxItem[]): readonly OutboxItem[] {
    const removed = this.#removed.get(key) ?? 0;
    // `after` reads what was last committed, so `first` may hold items that this turn has removed already, or that another node
    // has.
    const items = first.filter(({ n }) => n > removed);
    const last = items.at(-1);
    if (!last) return items;
    const size = items.reduce((sum, { body }) => sum + body.length, 0);
    this.#stage({ is: "items.delivered", realm: key, upTo: last.n, items: items.length, size });
    return items;
  }

  /** Notes that a request waits for the result of an item, or tells it again for a node that has just started. */
  await({ key }: Realm, n: number, awaited: Awaited): void {
    this.#stage({ is: "item.awaited", realm: key, n, ...awaited });
  }

  /** The request that waits for the result of an item, if one does. */
  awaited({ key }: Realm, n: number): Awaited | undefined {
    return this.#awaited.get(key)?.get(n);
  }

  /** The item for whose result a user's request waits, by the user's own id for what was sent. */
  awaitedBy(user: number, clientId: string): AwaitedItem | undefined {
    return this.#byClientId.get(`${user} ${clientId}`);
  }

  /** Ends the waiting of a request. @param result of the item; undefined: none has come */
  answer(realm: Realm, n: number, result: ItemResult | undefined): void {
    if (this.awaited(realm, n)) this.#stage({ is: "item.answered", realm: realm.key, n, result });
  }

  /** Notes that a realm has items of this server up to number `n`, as it says: higher numbers are given from now on. */
  has({ key }: Realm, n: number): void {
    if (n > (this.#last.get(key) ?? 0)) this.#stage({ is: "outbox.raised", realm: key, n });
  }

  // From here on only `apply.ts`, and a log's `load`, call the methods.

  /** Counts items that were added, or left (then both numbers are negative). @param size UTF-16 units */
  count(key: string, items: number, size: number): void {
    const before = this.#waiting.get(key) ?? NONE;
    const left = before.items + items;
    // At a start the size is read from SQLite, which counts characters, not UTF-16 units. It is right again once nothing waits.
    this.#waiting.set(key, { items: left, size: left === 0 ? 0 : Math.max(0, before.size + size) });
  }

  /** The next item for a realm gets a number higher than `n`. */
  raise(key: string, n: number): void {
    if (n > (this.#last.get(key) ?? 0)) this.#last.set(key, n);
  }

  /** Items up to `upTo` have left. @returns the number up to which they had before */
  delivered(key: string, upTo: number): number {
    const before = this.#removed.get(key) ?? 0;
    this.#removed.set(key, upTo);
    return before;
  }

  /** @returns the request that was waiting before, if any */
  wait(key: string, n: number, awaited: Awaited): Awaited | undefined {
    const of = this.#awaited.get(key) ?? new Map<number, Awaited>();
    const before = of.get(n);
    this.#awaited.set(key, of.set(n, awaited));
    for (const id of awaited.clientIds) this.#byClientId.set(`${awaited.user} ${id}`, { realm: key, n });
    return before;
  }

  /** @returns the request that was waiting, if any */
  endWait(key: string, n: number): Awaited | undefined {
    const of = this.#awaited.get(key);
    const awaited = of?.get(n);
    of?.delete(n);
    for (const id of awaited?.clientIds ?? []) this.#byClientId.delete(`${awaited?.user} ${id}`);
    if (of?.size === 0) this.#awaited.delete(key);
    return awaited;
  }

  /** Gives the outbox of a realm the realm's new key. */
  move(from: string, to: string): void {
    for (const map of [this.#waiting, this.#last, this.#removed, this.#awaited] as readonly Map<string, unknown>[]) {
      const value = map.get(from);
      map.delete(from);
      if (value !== undefined) map.set(to, value);
    }
    for (const [n, awaited] of this.#awaited.get(to) ?? []) this.wait(to, n, awaited);
  }
}
