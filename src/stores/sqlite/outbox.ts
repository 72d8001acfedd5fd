import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryOutbox } from "../memory/outbox.ts";
import type { OutboxItem, Realm } from "../ports.ts";

export class SqliteOutbox extends MemoryOutbox {
  readonly #add: StatementSync;
  readonly #after: StatementSync;
  readonly #remove: StatementSync;

  constructor(journal: Journal, db: DatabaseSync) {
    super(journal);
    this.#add = db.prepare("INSERT INTO outbox (realm, n, body) VALUES (?, ?, ?)");
    this.#after = db.prepare("SELECT n, body FROM outbox WHERE realm = ? AND n > ? ORDER BY n LIMIT ?");
    this.#remove = db.prepare("DELETE FROM outbox WHERE realm = ? AND n <= ?");
    const sums = db.prepare(
      "SELECT realm, max(n) AS last, count(*) AS items, sum(length(body)) AS size FROM outbox GROUP BY realm",
    );
    for (const row of sums.iterate()) {
      const { realm, last, items, size } = row as { realm: string; last: number; items: number; size: number };
      this.load(realm, last, { items, size });
    }
  }

  /** They are on disk. */
  protected override keep(): void {}

  protected override fetch(realm: Realm, n: number, count: number): Iterable<OutboxItem> {
    return this.#after.all(realm.key, n, count) as unknown as OutboxItem[];
  }

  protected override onAdd(realm: Realm, { n, body }: OutboxItem): void {
    this.#add.run(realm.key, n, body);
  }

  protected override onRemove(realm: Realm, items: readonly OutboxItem[]): void {
    const last = items.at(-1);
    if (last) this.#remove.run(realm.key, last.n);
  }
}
