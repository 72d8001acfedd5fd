/** The highest number that was ever given in a table of AUTOINCREMENT, whose rows may go: it is not given again. */
import type { Query } from "./load.ts";

/** @returns 0 if none was given. @throws Error of SQLite */
export function lastId(rows: Query, table: "sessions" | "invitations" | "reports"): number {
  const [found] = rows<{ last: number }>(`SELECT seq AS last FROM sqlite_sequence WHERE name = '${table}'`);
  return found?.last ?? 0;
}
