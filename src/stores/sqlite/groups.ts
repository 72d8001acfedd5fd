import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Journal } from "../journal.ts";
import { MemoryGroups } from "../memory/groups.ts";
import type { Group, Membership, User, UserStore } from "../ports.ts";

interface GroupRow {
  id: number;
  name: string;
  owner: number;
  posting: Group["posting"];
  created: number;
}

export class SqliteGroups extends MemoryGroups {
  readonly #add: StatementSync;
  readonly #join: StatementSync;
  readonly #leave: StatementSync;
  readonly #posting: StatementSync;

  constructor(journal: Journal, db: DatabaseSync, users: UserStore) {
    super(journal);
    this.#add = db.prepare("INSERT INTO groups (id, name, owner, posting, created) VALUES (?, ?, ?, ?, ?)");
    this.#join = db.prepare("INSERT INTO members (group_id, user, since) VALUES (?, ?, ?)");
    this.#leave = db.prepare("DELETE FROM members WHERE group_id = ? AND user = ?");
    this.#posting = db.prepare("UPDATE groups SET posting = ? WHERE id = ?");
    for (const row of db.prepare("SELECT id, name, owner, posting, created FROM groups ORDER BY id").iterate()) {
      const { owner: ownerId, ...rest } = row as unknown as GroupRow;
      const owner = users.byId(ownerId);
      if (owner) this.insert({ ...rest, owner, key: rest.name.toLowerCase(), members: new Map() });
    }
    for (const row of db.prepare("SELECT group_id, user, since FROM members").iterate()) {
      const { group_id, user, since } = row as { group_id: number; user: number; since: number };
      const group = this.byId(group_id);
      const member = users.byId(user);
      if (group && member) this.insertMember(group, member, { since });
    }
  }

  protected override onAdd(group: Group): void {
    this.#add.run(group.id, group.name, group.owner.id, group.posting, group.created);
  }

  protected override onJoin(group: Group, user: User, membership: Membership): void {
    this.#join.run(group.id, user.id, membership.since);
  }

  protected override onLeave(group: Group, user: User): void {
    this.#leave.run(group.id, user.id);
  }

  protected override onPosting(group: Group): void {
    this.#posting.run(group.posting, group.id);
  }
}
