import type { Journal } from "../journal.ts";
import type { OutboxItem, OutboxStore, Realm, Waiting } from "../ports.ts";

const NONE: Waiting = { items: 0, size: 0 };

export class MemoryOutbox implements OutboxStore {
  protected readonly journal: Journal;
  readonly #waiting = new Map<string, Waiting>();
  readonly #last = new Map<string, number>();
  /** Everything up to this number is out. */
  readonly #removed = new Map<string, number>();
  /** By realm; only of this adapter: the other's stand on disk. */
  readonly #items = new Map<string, OutboxItem[]>();

  constructor(journal: Journal) {
    this.journal = journal;
  }

  waiting({ key }: Realm): Waiting {
    return this.#waiting.get(key) ?? NONE;
  }

  raise({ key }: Realm, n: number): void {
    if (n > (this.#last.get(key) ?? 0)) this.#last.set(key, n);
  }

  add(realm: Realm, body: string, now: number): OutboxItem {
    const { key } = realm;
    const item: OutboxItem = { n: Math.max(now * 1000, (this.#last.get(key) ?? 0) + 1), body };
    this.#last.set(key, item.n);
    this.count(key, [item], 1);
    this.keep(realm, item);
    this.journal.stage({
      apply: () => this.onAdd(realm, item),
      undo: () => {
        this.count(key, [item], -1);
        this.#items.get(key)?.pop();
      },
    });
    return item;
  }

  after(realm: Realm, n: number, count: number, size: number): readonly OutboxItem[] {
    const items: OutboxItem[] = [];
    let taken = 0;
    for (const item of this.fetch(realm, n, count)) {
      taken += item.body.length;
      if (items.length > 0 && taken > size) break;
      items.push(item);
    }
    return items;
  }

  remove(realm: Realm, first: readonly OutboxItem[]): void {
    const { key } = realm;
    const removed = this.#removed.get(key) ?? 0;
    // What is taken out in this turn may have been read again before its commit.
    const items = first.filter(({ n }) => n > removed);
    const last = items.at(-1);
    if (!last) return;
    this.#removed.set(key, last.n);
    this.count(key, items, -1);
    const own = this.#items.get(key);
    own?.splice(0, items.length);
    this.journal.stage({
      apply: () => this.onRemove(realm, items),
      undo: () => {
        this.#removed.set(key, removed);
        this.count(key, items, 1);
        own?.unshift(...items);
      },
    });
  }

  protected load(key: string, last: number, waiting: Waiting): void {
    this.#last.set(key, last);
    this.#waiting.set(key, waiting);
  }

  protected count(key: string, items: readonly OutboxItem[], sign: 1 | -1): void {
    const before = this.#waiting.get(key) ?? NONE;
    const size = items.reduce((sum, { body }) => sum + body.length, 0);
    const left = before.items + sign * items.length;
    // What was counted by another measure (SQLite's characters) is right again when nothing waits.
    this.#waiting.set(key, { items: left, size: left === 0 ? 0 : Math.max(0, before.size + sign * size) });
  }

  protected keep({ key }: Realm, item: OutboxItem): void {
    const items = this.#items.get(key);
    if (items) items.push(item);
    else this.#items.set(key, [item]);
  }

  protected fetch({ key }: Realm, n: number, count: number): Iterable<OutboxItem> {
    const items = this.#items.get(key) ?? [];
    let low = 0;
    for (let high = items.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if ((items[middle] as OutboxItem).n <= n) low = middle + 1;
      else high = middle;
    }
    return items.slice(low, low + count);
  }

  protected onAdd(_realm: Realm, _item: OutboxItem): void {}
  protected onRemove(_realm: Realm, _items: readonly OutboxItem[]): void {}
}
