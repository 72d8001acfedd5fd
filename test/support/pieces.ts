/** The pieces of messages in the database of a server that is not running, or that is only looked at. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DATABASE } from "../../src/logs/sqlite/index.ts";
import { FLIP } from "./flips.ts";

/** The number with which the last piece begins, if no message with a row of its own comes after it. */
export function lastPiece(data: string): number | undefined {
  const db = new DatabaseSync(join(data, DATABASE), { readOnly: true });
  const last = db.prepare(
    "SELECT max(first) AS first FROM pieces HAVING max(first) > coalesce((SELECT max(seq) FROM messages), 0)",
  );
  const found = last.get() as { readonly first: number } | undefined;
  db.close();
  return found?.first;
}

/** Changes one bit of a piece. @param first the number with which it begins */
export function damagePiece(data: string, first: number): void {
  const db = new DatabaseSync(join(data, DATABASE));
  const { bytes } = db.prepare("SELECT bytes FROM pieces WHERE first = ?").get(first) as { readonly bytes: Uint8Array };
  bytes[20] = Number(bytes[20]) ^ FLIP;
  db.prepare("UPDATE pieces SET bytes = ? WHERE first = ?").run(bytes, first);
  db.close();
}
