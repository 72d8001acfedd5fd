/** Finds settings of PostgreSQL with which it may lose what it has acknowledged. */
import { withClient } from "./transfer.ts";

/** A line for the server's log. */
type Doubt = readonly [event: "no-standby" | "not-synced", facts: Readonly<Record<string, string>>];

/** @returns nothing if nothing is wrong, or if PostgreSQL cannot be asked now, which others report */
export async function doubtsOf(url: string): Promise<readonly Doubt[]> {
  const names = ["synchronous_standby_names", "fsync", "synchronous_commit"] as const;
  let standbys: string, fsync: string, commit: string;
  try {
    [standbys, fsync, commit] = await withClient(url, async (client) => {
      const shown = await client.run(...names.map((name) => ({ text: `SELECT current_setting('${name}') AS is` })));
      return shown.map(({ rows }) => String(rows[0]?.["is"])) as [string, string, string];
    });
  } catch {
    return [];
  }
  const doubts: Doubt[] = [];
  if (standbys.trim() === "" || commit === "local" || commit === "off") {
    const setting = standbys.trim() === "" ? "synchronous_standby_names" : "synchronous_commit";
    doubts.push(["no-standby", { setting, about: "what is acknowledged is on one machine only" }]);
  }
  const about = "what is acknowledged may be lost when PostgreSQL's machine stops";
  if (fsync === "off") doubts.push(["not-synced", { setting: "fsync", about }]);
  if (commit === "off") doubts.push(["not-synced", { setting: "synchronous_commit", about }]);
  return doubts;
}
