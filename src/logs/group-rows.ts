/** Writes changes of groups and their members as rows: see rows.ts. */
import type { ChangeOf } from "../state/changes.ts";
import type { Mute } from "../state/entities.ts";
import type { Tables } from "./tables.ts";

type GroupChange = ChangeOf<
  | "group.made"
  | "group.changed"
  | "group.renamed"
  | "group.deleted"
  | "group.heard"
  | "role.changed"
  | "member.joined"
  | "member.left"
  | "member.invited"
  | "member.uninvited"
  | "member.banned"
  | "member.unbanned"
  | "member.silenced"
  | "member.unsilenced"
>;

export class GroupRows {
  readonly #sql;

  constructor(tables: Tables) {
    const sql = (text: string) => tables.prepare(text);
    this.#sql = {
      group: sql(
        "INSERT INTO groups (id, name, owner, posting, created, realm, heard) VALUES (?, ?, ?, 'open', ?, ?, ?)",
      ),
      rules: sql(
        `UPDATE groups SET topic = coalesce(?, topic), access = coalesce(?, access), history = coalesce(?, history),
           posting = coalesce(?, posting), listed = coalesce(?, listed), keep_days = coalesce(?, keep_days),
           slow_seconds = coalesce(?, slow_seconds), home_id = coalesce(?, home_id) WHERE id = ?`,
      ),
      emptied: sql("UPDATE groups SET emptied = ? WHERE id = ?"),
      // Names have ASCII letters only, so every database gives the same lower case.
      held: sql(
        `INSERT INTO held_names (key, name, owner, until)
         SELECT lower(name), name, owner, CAST(? AS BIGINT) FROM groups WHERE id = ?
         ON CONFLICT (key) DO UPDATE SET name = excluded.name, owner = excluded.owner, until = excluded.until`,
      ),
      renamed: sql("UPDATE groups SET name = ? WHERE id = ?"),
      gone: sql("UPDATE groups SET gone = 1 WHERE id = ?"),
      ofGroup: ["members", "group_invitations", "group_sanctions"].map((table) =>
        sql(`DELETE FROM ${table} WHERE group_id = ?`),
      ),
      heard: sql("UPDATE groups SET heard = ? WHERE id = ?"),
      owner: sql("UPDATE groups SET owner = ? WHERE id = ?"),
      moderator: sql('UPDATE members SET moderator = ? WHERE group_id = ? AND "user" = ?'),
      muted: sql('UPDATE members SET mute = ?, mute_time = ? WHERE group_id = ? AND "user" = ?'),
      joined: sql('INSERT INTO members (group_id, "user", since, n) VALUES (?, ?, ?, ?)'),
      left: sql('DELETE FROM members WHERE group_id = ? AND "user" = ?'),
      invited: sql('INSERT INTO group_invitations (group_id, "user", made_by, time) VALUES (?, ?, ?, ?)'),
      uninvited: sql('DELETE FROM group_invitations WHERE group_id = ? AND "user" = ?'),
      sanction: sql(
        'INSERT INTO group_sanctions (group_id, "user", what, made_by, time, until) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      noSanction: sql('DELETE FROM group_sanctions WHERE group_id = ? AND "user" = ? AND what = ?'),
    };
  }

  /** @throws Error of the database */
  write(change: GroupChange): unknown {
    const sql = this.#sql;
    switch (change.is) {
      case "group.made": {
        const { id, name, owner, time, realm, heard } = change;
        return sql.group.run(id, name, owner, time, realm ?? null, heard);
      }
      case "member.joined":
        return sql.joined.run(change.group, change.user, change.since, change.order);
      case "member.left":
        return sql.left.run(change.group, change.user);
      case "group.changed":
        return this.#writeRules(change);
      case "group.renamed":
        this.#hold(change);
        return sql.renamed.run(change.name, change.group);
      case "group.deleted":
        return this.#deleteGroup(change);
      case "role.changed":
        if (change.role === "owner") return sql.owner.run(change.user, change.group);
        return sql.moderator.run(change.role === "moderator" ? 1 : 0, change.group, change.user);
      case "member.invited":
        return sql.invited.run(change.group, change.user, change.by, change.time);
      case "member.uninvited":
        return sql.uninvited.run(change.group, change.user);
      case "member.banned":
        return this.#sanction(change, "ban");
      case "member.unbanned":
        return sql.noSanction.run(change.group, change.user, "ban");
      case "member.silenced":
        return this.#sanction(change, "silence");
      case "member.unsilenced":
        return sql.noSanction.run(change.group, change.user, "silence");
      case "group.heard":
        return sql.heard.run(change.seq, change.group);
    }
    return change satisfies never;
  }

  /** Mutes a group for a member; `mute` undefined: no longer. @throws Error of the database */
  mute(group: number, user: number, mute: Mute | undefined): void {
    this.#sql.muted.run(mute?.mode ?? null, mute?.time ?? null, group, user);
  }

  #writeRules({ group, values }: ChangeOf<"group.changed">): void {
    const { topic, access, history, posting, listed, keepDays, slowSeconds, homeId } = values;
    const shown = listed === undefined ? undefined : Number(listed);
    const columns = [topic, access, history, posting, shown, keepDays, slowSeconds, homeId];
    if (columns.some((one) => one !== undefined)) this.#sql.rules.run(...columns.map((one) => one ?? null), group);
    if ("emptied" in values) this.#sql.emptied.run(values.emptied ?? null, group);
  }

  /** Holds the name that a group has before it is renamed or deleted. */
  #hold({ group, heldUntil }: ChangeOf<"group.renamed" | "group.deleted">): void {
    if (heldUntil !== undefined) this.#sql.held.run(heldUntil, group);
  }

  #deleteGroup(change: ChangeOf<"group.deleted">): void {
    const { group } = change;
    const sql = this.#sql;
    this.#hold(change);
    for (const rows of sql.ofGroup) rows.run(group);
    sql.gone.run(group);
  }

  #sanction(
    { group, user, by, time, until }: ChangeOf<"member.banned" | "member.silenced">,
    what: "ban" | "silence",
  ): void {
    this.#sql.sanction.run(group, user, what, by, time, until ?? null);
  }
}
