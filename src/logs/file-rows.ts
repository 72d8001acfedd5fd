/** Writes changes of files, and of whom they were sent to, as rows: see rows.ts. */
import type { ChangeOf } from "../state/changes.ts";
import type { Tables } from "./tables.ts";

type FileChange = ChangeOf<
  "file.added" | "file.arrived" | "file.lost" | "file.shared" | "file.unshared" | "file.fetched"
>;

export class FileRows {
  readonly #sql;

  constructor(tables: Tables) {
    const sql = (text: string) => tables.prepare(text);
    this.#sql = {
      file: sql(
        `INSERT INTO files (id, name, stored, size, sha256, owner, created, origin_realm, origin_id, gone)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      arrived: sql("UPDATE files SET stored = ? WHERE id = ?"),
      lost: sql("UPDATE files SET stored = '', gone = 1 WHERE id = ?"),
      shared: sql("INSERT INTO shares (seq, file, sender, to_user, to_group) VALUES (?, ?, ?, ?, ?)"),
      unshared: sql(`DELETE FROM shares WHERE file = ? AND sender = ?
         AND to_user IS NOT DISTINCT FROM ? AND to_group IS NOT DISTINCT FROM ?`),
      fetched: sql('INSERT INTO fetches (file, "user") VALUES (?, ?)'),
    };
  }

  /** @throws Error of the database */
  write(change: FileChange): unknown {
    const sql = this.#sql;
    switch (change.is) {
      case "file.added": {
        const { id, name, stored, size, sha256, owner, time, origin, gone } = change;
        const from = [origin?.realm ?? null, origin?.id ?? null] as const;
        return sql.file.run(id, name, stored ?? "", size, sha256, owner, time, ...from, gone ? 1 : 0);
      }
      case "file.arrived":
        return sql.arrived.run(change.stored, change.file);
      case "file.lost":
        return sql.lost.run(change.file);
      case "file.shared":
        return sql.shared.run(change.message ?? null, change.file, change.from, ...columnsOf(change.to));
      case "file.unshared":
        for (const to of change.to) sql.unshared.run(change.file, change.from, ...columnsOf(to));
        return undefined;
      case "file.fetched":
        return sql.fetched.run(change.file, change.by);
    }
    return change satisfies never;
  }
}

function columnsOf(to: ChangeOf<"file.shared">["to"]): readonly [user: number | null, group: number | null] {
  return "group" in to ? [null, to.group] : [to.user, null];
}
