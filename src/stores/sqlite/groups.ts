import type { DatabaseSync, StatementSync } from "node:sqlite";
import { keyAt } from "../../operations/names.ts";
import type { Journal } from "../journal.ts";
import { MemoryGroups } from "../memory/groups.ts";
import type { Group, Membership, Party, UserStore } from "../ports.ts";

interface GroupRow {
  id: number;
  name: string;
  owner: number;
  posting: Group["posting"];
  created: number;
  realm: string | null;
  heard: number;
}

export class SqliteGroups extends MemoryGroups {
  readonly #add: StatementSync;
  readonly #join: StatementSync;
  readonly #leave: StatementSync;
  readonly #posting: StatementSync;
  readonly #heard: StatementSync;

  constructor(journal: Journal, db: DatabaseSync, users: UserStore) {
    super(journal);
    this.#add = db.prepare(
      "INSERT INTO groups (id, name, owner, posting, created, realm, heard) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#join = db.prepare("INSERT INTO members (group_id, user, since) VALUES (?, ?, ?)");
    this.#leave = db.prepare("DELETE FROM members WHERE group_id = ? AND user = ?");
    this.#posting = db.prepare("UPDATE groups SET posting = ? WHERE id = ?");
    this.#heard = db.prepare("UPDATE groups SET heard = ? WHERE id = ?");
    for (const row of db.prepare("SELECT * FROM groups ORDER BY id").iterate()) {
      const { owner: ownerId, realm: home, ...rest } = row as unknown as GroupRow;
      const owner = users.byId(ownerId);
      const realm = home ?? undefined;
      const key = realm === undefined ? rest.name.toLowerCase() : keyAt(rest.name, realm);
      if (owner) this.insert({ ...rest, realm, owner, key, members: new Map(), realms: new Map() });
    }
    for (const row of db.prepare("SELECT group_id, user, since FROM members").iterate()) {
      const { group_id, user, since } = row as { group_id: number; user: number; since: number };
      const group = this.byId(group_id);
      const member = users.byId(user);
      if (group && member) this.insertMember(group, member, { since });
    }
  }

  protected override onAdd({ id, name, owner, posting, created, realm, heard }: Group): void {
    this.#add.run(id, name, owner.id, posting, created, realm ?? null, heard);
  }

  protected override onJoin(group: Group, user: Party, membership: Membership): void {
    this.#join.run(group.id, user.id, membership.since);
  }

  protected override onLeave(group: Group, user: Party): void {
    this.#leave.run(group.id, user.id);
  }

  protected override onPosting(group: Group): void {
    this.#posting.run(group.posting, group.id);
  }

  protected override onHeard(group: Group): void {
    this.#heard.run(group.heard, group.id);
  }
}
