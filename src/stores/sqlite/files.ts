import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryFiles } from "../memory/files.ts";
import type { MemoryGroups } from "../memory/groups.ts";
import type { Share, StoredFile, StoredMessage, User, UserStore } from "../ports.ts";

interface ShareRow extends StoredFile {
  sender: number;
  toUser: number | null;
  toGroup: number | null;
}

export class SqliteFiles extends MemoryFiles {
  readonly #add: StatementSync;
  readonly #share: StatementSync;
  /** Every file somebody holds, by id. */
  readonly #byId = new Map<string, StoredFile>();

  constructor(journal: Journal, db: DatabaseSync, users: UserStore, groups: MemoryGroups) {
    super(journal);
    this.#add = db.prepare(
      "INSERT INTO files (id, name, stored, size, sha256, owner, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#share = db.prepare("INSERT INTO shares (seq, file, sender, to_user, to_group) VALUES (?, ?, ?, ?, ?)");
    const rows = db.prepare(
      `SELECT f.id, f.name, f.stored, f.size, f.sha256, s.sender, s.to_user AS toUser, s.to_group AS toGroup
       FROM shares s JOIN files f ON f.id = s.file ORDER BY s.seq`,
    );
    for (const row of rows.iterate()) {
      const { sender, toUser, toGroup, ...fields } = row as unknown as ShareRow;
      const file = this.#byId.get(fields.id) ?? fields;
      this.#byId.set(file.id, file);
      const from = users.byId(sender);
      const to = toGroup === null ? users.byId(toUser as number) : groups.byId(toGroup);
      if (from && to) this.insert({ file, from, to });
    }
  }

  byId(id: string): StoredFile | undefined {
    return this.#byId.get(id);
  }

  protected override onAdd(file: StoredFile, owner: User, now: number): void {
    this.#add.run(file.id, file.name, file.stored, file.size, file.sha256, owner.id, now);
    this.#byId.set(file.id, file);
  }

  protected override onShare(share: Share, message: StoredMessage): void {
    const toGroup = "members" in share.to;
    this.#share.run(
      message.seq,
      share.file.id,
      share.from.id,
      toGroup ? null : share.to.id,
      toGroup ? share.to.id : null,
    );
  }
}
