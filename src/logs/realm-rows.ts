/** Writes changes of other realms, and of the items that wait for them, as rows: see rows.ts. */
import type { ChangeOf, RealmValues } from "../state/changes.ts";
import type { Tables } from "./tables.ts";

type RealmChange = ChangeOf<
  | "realm.added"
  | "realm.changed"
  | "realm.removed"
  | "realm.ended"
  | "item.queued"
  | "items.delivered"
  | "outbox.raised"
>;

export class RealmRows {
  readonly #sql;

  constructor(tables: Tables) {
    const sql = (text: string) => tables.prepare(text);
    this.#sql = {
      realm: sql(
        `INSERT INTO realms (key, name, host, port, given, named, encrypted, pinned, received, results)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      realmValues: sql(
        "UPDATE realms SET host = ?, port = ?, given = ?, named = ?, encrypted = ?, pinned = ?, received = ?, results = ? WHERE key = ?",
      ),
      endedRealm: sql(
        "UPDATE realms SET key = ?, name = ?, ended = 1, host = NULL, port = NULL, pinned = NULL WHERE key = ?",
      ),
      movedUsers: sql("UPDATE users SET realm = ? WHERE realm = ?"),
      movedGroups: sql("UPDATE groups SET realm = ? WHERE realm = ?"),
      movedItems: sql("UPDATE outbox SET realm = ? WHERE realm = ?"),
      noRealm: sql("DELETE FROM realms WHERE key = ?"),
      queued: sql("INSERT INTO outbox (realm, n, body) VALUES (?, ?, ?)"),
      delivered: sql("DELETE FROM outbox WHERE realm = ? AND n <= ?"),
      sent: sql("UPDATE realms SET sent = ? WHERE key = ? AND sent < ?"),
    };
  }

  /** @throws Error of the database */
  write(change: RealmChange): unknown {
    const sql = this.#sql;
    switch (change.is) {
      case "realm.added":
        return sql.realm.run(change.name.toLowerCase(), change.name, ...valuesOf(change.values));
      case "realm.changed":
        return sql.realmValues.run(...valuesOf(change.values), change.realm);
      case "realm.removed":
        return sql.noRealm.run(change.realm);
      case "realm.ended":
        return this.#end(change);
      case "item.queued":
        return sql.queued.run(change.realm, change.n, change.body);
      case "outbox.raised":
        return sql.sent.run(change.n, change.realm, change.n);
      case "items.delivered":
        sql.sent.run(change.upTo, change.realm, change.upTo);
        return sql.delivered.run(change.realm, change.upTo);
    }
    return change satisfies never;
  }

  #end({ realm, as }: ChangeOf<"realm.ended">): void {
    const key = as.toLowerCase();
    this.#sql.endedRealm.run(key, as, realm);
    for (const moved of [this.#sql.movedUsers, this.#sql.movedGroups, this.#sql.movedItems]) moved.run(key, realm);
  }
}

function valuesOf({ host, port, given, named, encrypted, pinned, received, results }: RealmValues) {
  const flags = [named ? 1 : 0, encrypted ? 1 : 0] as const;
  return [host ?? null, port ?? null, given, ...flags, pinned ?? null, received, JSON.stringify(results)] as const;
}
