/**
 * Writes changes as rows, in SQL that both SQLite and PostgreSQL take, without reading any. A kind of change that is missing here
 * does not compile: a restart would lose it.
 */
import { MOST_ACTS } from "../state/audit.ts";
import type { Change, ChangeOf } from "../state/changes.ts";
import { FileRows } from "./file-rows.ts";
import { GroupRows } from "./group-rows.ts";
import { RealmRows } from "./realm-rows.ts";
import type { MessageRows, Tables } from "./tables.ts";

/**
 * How many of the newest rows of `posts` are searched for the one to delete: a post is forgotten moments after it was remembered.
 */
const POSTS_RECENT = 10_000;

/** A column whose name is a keyword in PostgreSQL. */
const USER = '"user"';

export class RowWriter {
  readonly #sql;
  readonly #messages: MessageRows;
  readonly #groups: GroupRows;
  readonly #files: FileRows;
  readonly #realms: RealmRows;

  constructor(tables: Tables, messages: MessageRows) {
    this.#messages = messages;
    this.#groups = new GroupRows(tables);
    this.#files = new FileRows(tables);
    this.#realms = new RealmRows(tables);
    const sql = (text: string) => tables.prepare(text);
    this.#sql = {
      user: sql(
        "INSERT INTO users (id, name, full_name, country, password, created, realm) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ),
      names: sql("UPDATE users SET name = ?, full_name = ? WHERE id = ?"),
      name: sql("UPDATE users SET name = ? WHERE id = ?"),
      former: sql(putting("former_names", ["key"], [USER])),
      notFormer: sql("DELETE FROM former_names WHERE key = ?"),
      erasing: sql("UPDATE users SET erasing = ? WHERE id = ?"),
      noUser: sql("UPDATE users SET gone = 1, password = '', erasing = NULL WHERE id = ?"),
      nameOnly: sql("UPDATE users SET full_name = name, country = '' WHERE id = ?"),
      ofUser: [
        'settings WHERE "user"',
        'seen WHERE "user"',
        'online WHERE "user"',
        'mutes WHERE "user"',
        "hidings WHERE reader",
        'posts WHERE "user"',
      ].map((rows) => sql(`DELETE FROM ${rows} = ?`)),
      password: sql("UPDATE users SET password = ? WHERE id = ?"),
      session: sql(
        'INSERT INTO sessions (id, hash, "user", created, used, address, client) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ),
      used: sql("UPDATE sessions SET used = ?, address = ?, client = ? WHERE id = ?"),
      ended: sql("DELETE FROM sessions WHERE id = ?"),
      invitation: sql(
        "INSERT INTO invitations (id, hash, uses, until, group_id, made_by, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ),
      invitationUsed: sql("UPDATE invitations SET uses = uses - 1 WHERE id = ?"),
      noInvitation: sql("DELETE FROM invitations WHERE id = ?"),
      banned: sql(putting("bans", ["target"], ["reason", "until", "by", "time"])),
      unbanned: sql("DELETE FROM bans WHERE target = ?"),
      report: sql(
        `INSERT INTO reports (id, made_by, message, sender, group_id, text, file, sent, why, time)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      reportEmptied: sql("UPDATE reports SET why = '' WHERE id = ?"),
      noReport: sql("DELETE FROM reports WHERE id = ?"),
      act: sql("INSERT INTO acts (id, time, by, what, target) VALUES (?, ?, ?, ?, ?)"),
      oldActs: sql("DELETE FROM acts WHERE id <= ?"),
      errand: sql(
        'INSERT INTO errands (id, text, "user", group_id, head, next, floor, done) VALUES (?, ?, ?, ?, ?, ?, ?, 0)',
      ),
      errandReached: sql("UPDATE errands SET head = ?, next = ?, floor = ?, done = ? WHERE id = ?"),
      noErrand: sql("DELETE FROM errands WHERE id = ?"),
      settings: sql(putting("settings", [USER], ["allow", "refuse_groups", "presence", "away", "status"])),
      seen: sql(putting("seen", [USER], ["time"])),
      came: sql('INSERT INTO online ("user", node) VALUES (?, ?) ON CONFLICT DO NOTHING'),
      went: sql('DELETE FROM online WHERE "user" = ? AND node = ?'),
      endedNode: sql("DELETE FROM online WHERE node = ?"),
      muted: sql(putting("mutes", [USER, "other"], ["mode", "time"])),
      unmuted: sql('DELETE FROM mutes WHERE "user" = ? AND other = ?'),
      hidden: sql(putting("hidings", ["reader", "sender", "after_seq"], ["up_to", "why", "time"])),
      shown: sql("UPDATE hidings SET up_to = ? WHERE reader = ? AND sender = ? AND after_seq = ?"),
      neverHidden: sql("DELETE FROM hidings WHERE reader = ? AND sender = ? AND after_seq = ?"),
      post: sql('INSERT INTO posts ("user", client_id, seq, id, time, group_key) VALUES (?, ?, ?, ?, ?, ?)'),
      forget: sql(
        `DELETE FROM posts WHERE n > (SELECT max(n) FROM posts) - ${POSTS_RECENT} AND "user" = ? AND client_id = ?`,
      ),
      probed: sql(putting("facts", ["name"], ["value"])),
    };
  }

  /** Writes all changes of a turn, in a transaction of the caller's. @throws Error of the database */
  write(changes: readonly Change[]): void {
    this.#messages.begin();
    for (const change of changes) this.put(change);
    this.#messages.end();
  }

  /** Writes one change of a turn; the caller tells the messages when the turn begins and ends. @throws Error of the database */
  put(change: Change): unknown {
    const sql = this.#sql;
    switch (change.is) {
      case "message.appended":
        return this.#messages.append(change);
      case "message.altered":
        return this.#messages.alter(change);
      case "message.withdrawn":
        return this.#messages.withdraw(change);
      case "messages.removed":
        return this.#messages.remove(change);
      case "conversation.started":
        return this.#messages.start(change);
      case "conversation.read":
        return this.#messages.hasRead(change.conversation, change.user, change.seq);
      case "post.remembered":
        return this.#remember(change);
      case "post.forgotten":
        return sql.forget.run(change.user, change.clientId);
      case "user.added": {
        const { id, name, fullName, country, password, time } = change;
        return sql.user.run(id, name, fullName, country, password, time, null);
      }
      case "party.added":
        // A user of another realm has no password here, and no password fits an empty one.
        return sql.user.run(change.id, change.name, change.fullName, "", "", 0, change.realm);
      case "party.renamed":
        return sql.names.run(change.name, change.fullName, change.id);
      case "password.changed":
        return sql.password.run(change.password, change.user);
      case "session.opened": {
        const { id, hash, user, time, address, client } = change;
        return sql.session.run(id, hash, user, time, time, address, client);
      }
      case "session.used":
        return sql.used.run(change.time, change.address, change.client, change.id);
      case "session.ended":
        return sql.ended.run(change.id);
      case "invitation.made": {
        const { id, hash, uses, until, group, by, time } = change;
        return sql.invitation.run(id, hash, uses, until, group ?? null, by ?? null, time);
      }
      case "invitation.used":
        return sql.invitationUsed.run(change.id);
      case "invitation.ended":
        return sql.noInvitation.run(change.id);
      case "ban.added": {
        const { target, reason, until, by, time } = change;
        return sql.banned.run(target, reason, until ?? null, by ?? null, time);
      }
      case "ban.lifted":
        return sql.unbanned.run(change.target);
      case "report.made": {
        const { id, by, message, sender, group, text, file, sent, why, time } = change;
        return sql.report.run(id, by, message, sender, group ?? null, text, file ?? null, sent, why, time);
      }
      case "report.emptied":
        return sql.reportEmptied.run(change.id);
      case "report.ended":
        return sql.noReport.run(change.id);
      case "act.noted":
        sql.act.run(change.id, change.time, change.by ?? null, change.what, change.target);
        return sql.oldActs.run(change.id - MOST_ACTS);
      case "errand.begun": {
        const { id, text, user, group, head, next, floor } = change;
        return sql.errand.run(id, text ?? null, user ?? null, group ?? null, head, next, floor);
      }
      case "errand.reached":
        return sql.errandReached.run(change.head, change.next, change.floor, change.done, change.id);
      case "errand.ended":
        return sql.noErrand.run(change.id);
      case "settings.changed": {
        const { user, allow, refuseGroups, presence, away, status } = change;
        return sql.settings.run(user, allow, refuseGroups ? 1 : 0, presence ? 1 : 0, away ?? null, status ?? null);
      }
      case "conversation.muted":
        return this.#mute(change);
      case "user.seen":
        return sql.seen.run(change.user, change.time);
      case "user.came":
        return sql.came.run(change.user, change.node);
      case "user.went":
        return sql.went.run(change.user, change.node);
      case "node.ended":
        return sql.endedNode.run(change.node);
      case "sender.hidden":
        return sql.hidden.run(change.reader, change.sender, change.after, null, change.why, change.time);
      case "sender.shown": {
        const { reader, sender, after, upTo } = change;
        if (upTo > after) return sql.shown.run(upTo, reader, sender, after);
        return sql.neverHidden.run(reader, sender, after);
      }
      case "group.made":
      case "group.changed":
      case "group.renamed":
      case "group.deleted":
      case "group.heard":
      case "role.changed":
      case "member.joined":
      case "member.left":
      case "member.invited":
      case "member.uninvited":
      case "member.banned":
      case "member.unbanned":
      case "member.silenced":
      case "member.unsilenced":
        return this.#groups.write(change);
      case "file.added":
      case "file.arrived":
      case "file.lost":
      case "file.shared":
      case "file.unshared":
      case "file.fetched":
        return this.#files.write(change);
      case "realm.added":
      case "realm.changed":
      case "realm.removed":
      case "realm.ended":
      case "item.queued":
      case "items.delivered":
      case "outbox.raised":
        return this.#realms.write(change);
      case "realm.linked":
      case "names.told":
      case "names.asked":
      case "shown.asked":
      case "shown.told":
      case "heads.asked":
      case "gap.filled":
      case "gap.refused":
      case "item.awaited":
      case "item.answered":
        // A restart asks the realm anew.
        return undefined;
      case "user.renamed":
        sql.name.run(change.name, change.user);
        sql.former.run(change.was.toLowerCase(), change.user);
        return sql.notFormer.run(change.name.toLowerCase());
      case "user.deleted":
        for (const rows of sql.ofUser) rows.run(change.user);
        if (change.erased) sql.nameOnly.run(change.user);
        return sql.noUser.run(change.user);
      case "user.erasing":
        return sql.erasing.run(change.at ?? null, change.user);
      case "user.expelled":
      case "password.tried":
      case "account.asked":
      case "typing.told":
      case "fate.told":
      case "part.claimed":
      case "page.given":
      case "page.ended":
        // Nobody is connected after a restart.
        return undefined;
      case "log.probed":
        return sql.probed.run("probed", Buffer.from(String(change.time)));
    }
    return change satisfies never;
  }

  #mute({ user, of, mute }: ChangeOf<"conversation.muted">): unknown {
    const sql = this.#sql;
    if ("group" in of) return this.#groups.mute(of.group, user, mute);
    return mute ? sql.muted.run(user, of.user, mute.mode, mute.time) : sql.unmuted.run(user, of.user);
  }

  #remember({ user, clientId, posted }: ChangeOf<"post.remembered">): void {
    if ("seq" in posted) this.#sql.post.run(user, clientId, posted.seq, null, null, null);
    else this.#sql.post.run(user, clientId, null, posted.id, posted.time, posted.group ?? null);
  }
}

/** A statement that inserts a row, or replaces the one with its key; it takes a value for each column, the key's first. */
function putting(table: string, key: readonly string[], others: readonly string[]): string {
  const columns = [...key, ...others];
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(", ")}`;
}
