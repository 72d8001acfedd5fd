import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryRealms } from "../memory/realms.ts";
import type { Realm } from "../ports.ts";

export class SqliteRealms extends MemoryRealms {
  readonly #add: StatementSync;

  constructor(journal: Journal, db: DatabaseSync) {
    super(journal);
    this.#add = db.prepare("INSERT INTO realms (key, name, host, port) VALUES (?, ?, ?, ?)");
    for (const row of db.prepare("SELECT key, name, host, port FROM realms").iterate()) {
      const { key, name, host, port } = row as { key: string; name: string; host: string | null; port: number | null };
      this.insert({ key, name, host: host ?? undefined, port: port ?? undefined });
    }
  }

  protected override onAdd(realm: Realm): void {
    this.#add.run(realm.key, realm.name, realm.host ?? null, realm.port ?? null);
  }
}
