import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ItemResult } from "../../operations/contract.ts";
import type { Journal } from "../journal.ts";
import { MemoryRealms } from "../memory/realms.ts";
import type { Realm } from "../ports.ts";

interface RealmRow {
  key: string;
  name: string;
  host: string | null;
  port: number | null;
  given: Realm["given"];
  pinned: string | null;
  received: number;
  results: string;
}

export class SqliteRealms extends MemoryRealms {
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(journal: Journal, db: DatabaseSync) {
    super(journal);
    this.#remove = db.prepare("DELETE FROM realms WHERE key = ?");
    this.#put = db.prepare(
      `INSERT OR REPLACE INTO realms (key, name, host, port, given, pinned, received, results)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    for (const row of db.prepare("SELECT * FROM realms ORDER BY key").iterate()) {
      const { key, name, host, port, given, pinned, received, results } = row as unknown as RealmRow;
      this.insert({
        key,
        name,
        host: host ?? undefined,
        port: port ?? undefined,
        given,
        pinned: pinned ?? undefined,
        received,
        results: new Map(JSON.parse(results) as [number, ItemResult][]),
      });
    }
  }

  protected override onAdd(realm: Realm): void {
    this.onChange(realm);
  }

  protected override onRemove({ key }: Realm): void {
    this.#remove.run(key);
  }

  protected override onChange({ key, name, host, port, given, pinned, received, results }: Realm): void {
    const told = JSON.stringify([...results]);
    this.#put.run(key, name, host ?? null, port ?? null, given, pinned ?? null, received, told);
  }
}
