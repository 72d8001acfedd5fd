import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryFiles } from "../memory/files.ts";
import type { MemoryGroups } from "../memory/groups.ts";
import type { Party, Share, StoredFile, StoredMessage, UserStore } from "../ports.ts";

interface FileRow {
  id: string;
  name: string;
  stored: string;
  size: number;
  sha256: string;
  realm: string | null;
  originId: string | null;
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
  readonly #share: StatementSync;

  constructor(journal: Journal, db: DatabaseSync, users: UserStore, groups: MemoryGroups) {
    super(journal);
    this.#add = db.prepare(
      `INSERT INTO files (id, name, stored, size, sha256, owner, created, origin_realm, origin_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#arrive = db.prepare("UPDATE files SET stored = ? WHERE id = ?");
    this.#share = db.prepare("INSERT INTO shares (seq, file, sender, to_user, to_group) VALUES (?, ?, ?, ?, ?)");
    const files = db.prepare(
      "SELECT id, name, stored, size, sha256, origin_realm AS realm, origin_id AS originId FROM files",
    );
    for (const row of files.iterate()) {
      const { realm, originId, stored, ...info } = row as unknown as FileRow;
      const origin = realm === null || originId === null ? undefined : { realm, id: originId };
      this.insertFile({ ...info, stored: stored === "" ? undefined : stored, origin });
    }
    const shares = db.prepare("SELECT file, sender, to_user AS toUser, to_group AS toGroup FROM shares ORDER BY n");
    for (const row of shares.iterate()) {
      const { file: id, sender, toUser, toGroup } = row as unknown as ShareRow;
      const file = this.byId(id);
      const from = users.byId(sender);
      const to = toGroup === null ? users.byId(toUser as number) : groups.byId(toGroup);
      if (file && from && to) this.insert({ file, from, to });
    }
  }

  protected override onAdd({ id, name, stored, size, sha256, origin }: StoredFile, owner: Party, now: number): void {
    this.#add.run(id, name, stored ?? "", size, sha256, owner.id, now, origin?.realm ?? null, origin?.id ?? null);
  }

  protected override onArrive({ id, stored }: StoredFile): void {
    this.#arrive.run(stored ?? "", id);
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
}
