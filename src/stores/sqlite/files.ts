import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryFiles } from "../memory/files.ts";
import type { MemoryGroups } from "../memory/groups.ts";
import { type Party, SERVER, type Share, type StoredFile, type StoredMessage, type UserStore } from "../ports.ts";

interface FileRow {
  id: string;
  name: string;
  stored: string;
  size: number;
  sha256: string;
  owner: number;
  created: number;
  realm: string | null;
  originId: string | null;
  gone: number;
}

interface ShareRow {
  file: string;
  sender: number;
  toUser: number | null;
  toGroup: number | null;
}

export class SqliteFiles extends MemoryFiles {
  readonly #add: StatementSync;
  readonly #arrive: StatementSync;
  readonly #lose: StatementSync;
  readonly #share: StatementSync;
  readonly #unshare: StatementSync;
  readonly #fetched: StatementSync;

  constructor(journal: Journal, db: DatabaseSync, users: UserStore, groups: MemoryGroups) {
    super(journal);
    this.#add = db.prepare(
      `INSERT INTO files (id, name, stored, size, sha256, owner, created, origin_realm, origin_id, gone)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#arrive = db.prepare("UPDATE files SET stored = ? WHERE id = ?");
    this.#lose = db.prepare("UPDATE files SET stored = '', gone = 1 WHERE id = ?");
    this.#share = db.prepare("INSERT INTO shares (seq, file, sender, to_user, to_group) VALUES (?, ?, ?, ?, ?)");
    this.#unshare = db.prepare("DELETE FROM shares WHERE file = ? AND sender = ? AND to_user IS ? AND to_group IS ?");
    this.#fetched = db.prepare("INSERT INTO fetches (file, user) VALUES (?, ?)");
    const files = db.prepare(
      `SELECT id, name, stored, size, sha256, owner, created, origin_realm AS realm, origin_id AS originId, gone
       FROM files ORDER BY created`,
    );
    for (const row of files.iterate()) {
      const { realm, originId, stored, owner: ownerId, gone, ...info } = row as unknown as FileRow;
      const origin = realm === null || originId === null ? undefined : { realm, id: originId };
      const owner = users.byId(ownerId) ?? SERVER;
      this.insertFile({ ...info, owner, origin, gone: gone === 1, stored: stored === "" ? undefined : stored });
    }
    const shares = db.prepare("SELECT file, sender, to_user AS toUser, to_group AS toGroup FROM shares ORDER BY n");
    for (const row of shares.iterate()) {
      const { file: id, sender, toUser, toGroup } = row as unknown as ShareRow;
      const file = this.byId(id);
      const from = users.byId(sender);
      const to = toGroup === null ? users.byId(toUser as number) : groups.byId(toGroup);
      if (file && from && to) this.insert({ file, from, to });
    }
    for (const row of db.prepare("SELECT file, user FROM fetches ORDER BY n").iterate()) {
      const { file: id, user } = row as unknown as { file: string; user: number };
      const file = this.byId(id);
      const by = users.byId(user);
      if (file && by) this.insertFetcher(file, by);
    }
  }

  protected override onAdd({ id, name, stored, size, sha256, owner, created, origin, gone }: StoredFile): void {
    const from = [origin?.realm ?? null, origin?.id ?? null] as const;
    this.#add.run(id, name, stored ?? "", size, sha256, owner.id, created, ...from, gone ? 1 : 0);
  }

  protected override onArrive({ id, stored }: StoredFile): void {
    this.#arrive.run(stored ?? "", id);
  }

  protected override onLose({ id }: StoredFile): void {
    this.#lose.run(id);
  }

  protected override onShare(share: Share, message: StoredMessage | undefined): void {
    const toGroup = "members" in share.to;
    this.#share.run(
      message?.seq ?? null,
      share.file.id,
      share.from.id,
      toGroup ? null : share.to.id,
      toGroup ? share.to.id : null,
    );
  }

  protected override onUnshare({ file, from, to }: Share): void {
    const toGroup = "members" in to;
    this.#unshare.run(file.id, from.id, toGroup ? null : to.id, toGroup ? to.id : null);
  }

  protected override onFetched({ id }: StoredFile, by: Party): void {
    this.#fetched.run(id, by.id);
  }
}
