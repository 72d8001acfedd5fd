import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryUsers } from "../memory/users.ts";
import type { User } from "../ports.ts";

export class SqliteUsers extends MemoryUsers {
  readonly #add: StatementSync;
  readonly #password: StatementSync;

  constructor(journal: Journal, db: DatabaseSync) {
    super(journal);
    this.#add = db.prepare(
      "INSERT INTO users (id, name, full_name, country, password, created) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#password = db.prepare("UPDATE users SET password = ? WHERE id = ?");
    const rows = db.prepare(
      "SELECT id, name, full_name AS fullName, country, password, created FROM users ORDER BY id",
    );
    for (const row of rows.iterate()) {
      const user = row as unknown as Omit<User, "key">;
      this.insert({ ...user, key: user.name.toLowerCase() });
    }
  }

  protected override onAdd(user: User): void {
    this.#add.run(user.id, user.name, user.fullName, user.country, user.password, user.created);
  }

  protected override onPassword(user: User): void {
    this.#password.run(user.password, user.id);
  }
}
