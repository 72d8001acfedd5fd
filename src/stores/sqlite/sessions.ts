import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemorySessions } from "../memory/sessions.ts";
import { isUser, type Session, type UserStore } from "../ports.ts";

export class SqliteSessions extends MemorySessions {
  readonly #add: StatementSync;
  readonly #touch: StatementSync;
  readonly #close: StatementSync;

  constructor(journal: Journal, db: DatabaseSync, users: UserStore) {
    super(journal);
    this.#add = db.prepare("INSERT INTO sessions (id, hash, user, created, used) VALUES (?, ?, ?, ?, ?)");
    this.#touch = db.prepare("UPDATE sessions SET used = ? WHERE id = ?");
    this.#close = db.prepare("DELETE FROM sessions WHERE id = ?");
    for (const row of db.prepare("SELECT id, hash, user, created, used FROM sessions ORDER BY id").iterate()) {
      const { user, ...rest } = row as { id: number; hash: string; user: number; created: number; used: number };
      const owner = users.byId(user);
      if (isUser(owner)) this.insert({ ...rest, user: owner, closed: false });
    }
  }

  protected override onAdd(session: Session): void {
    this.#add.run(session.id, session.hash, session.user.id, session.created, session.used);
  }

  protected override onTouch(session: Session): void {
    this.#touch.run(session.used, session.id);
  }

  protected override onClose(session: Session): void {
    this.#close.run(session.id);
  }
}
