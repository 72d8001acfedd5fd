import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keyAt, withoutMisleading } from "../../operations/names.ts";
import type { Journal } from "../journal.ts";
import { MemoryUsers } from "../memory/users.ts";
import type { Party, User } from "../ports.ts";

interface UserRow extends Omit<User, "key" | "realm"> {
  readonly realm: string | null;
}

export class SqliteUsers extends MemoryUsers {
  readonly #add: StatementSync;
  readonly #names: StatementSync;
  readonly #password: StatementSync;

  constructor(journal: Journal, db: DatabaseSync) {
    super(journal);
    this.#add = db.prepare(
      "INSERT INTO users (id, name, full_name, country, password, created, realm) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#names = db.prepare("UPDATE users SET name = ?, full_name = ? WHERE id = ?");
    this.#password = db.prepare("UPDATE users SET password = ? WHERE id = ?");
    const rows = db.prepare(
      "SELECT id, name, full_name AS fullName, country, password, created, realm FROM users ORDER BY id",
    );
    for (const row of rows.iterate()) {
      const { realm, ...user } = row as unknown as UserRow;
      const { id, name } = user;
      const fullName = withoutMisleading(user.fullName);
      const country = withoutMisleading(user.country);
      if (realm === null) this.insert({ ...user, fullName, country, key: name.toLowerCase(), realm: undefined });
      else this.insertAt({ id, name, fullName, key: keyAt(name, realm), realm });
    }
  }

  protected override onAdd(user: User): void {
    this.#add.run(user.id, user.name, user.fullName, user.country, user.password, user.created, null);
  }

  /** Of somebody elsewhere nothing else is known, and no password opens anything. */
  protected override onAddAt({ id, name, fullName, realm }: Party): void {
    this.#add.run(id, name, fullName, "", "", 0, realm ?? null);
  }

  protected override onNames(party: Party): void {
    this.#names.run(party.name, party.fullName, party.id);
  }

  protected override onPassword(user: User): void {
    this.#password.run(user.password, user.id);
  }
}
