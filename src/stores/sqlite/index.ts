/**
 * State in one SQLite file, `obrol.db`, loaded at start and written once a turn: write-ahead log,
 * synced at every commit.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Journal } from "../journal.ts";
import { type Lock, lockFolder } from "../lock.ts";
import type { Stores } from "../ports.ts";
import { SqliteFiles } from "./files.ts";
import { SqliteGroups } from "./groups.ts";
import { SqliteMessages } from "./messages.ts";
import { SqliteOutbox } from "./outbox.ts";
import { SqliteRealms } from "./realms.ts";
import { migrate } from "./schema.ts";
import { SqliteSessions } from "./sessions.ts";
import { SqliteUsers } from "./users.ts";

/** Pages of write-ahead log before SQLite copies them into the database: 16 MiB, so that few turns pay for it. */
const CHECKPOINT_PAGES = 4096;

/** How long a commit waits for somebody who looks into the file with another program. */
const BUSY_MS = 1000;

/**
 * @param folder made if it is missing, readable by its owner only.
 * @throws Error with one clear line: in use, newer, not a folder, not a database.
 */
export function sqliteStores(folder: string): Stores {
  const { lock, db } = open(folder);
  const journal = new Journal();
  const users = new SqliteUsers(journal, db);
  const groups = new SqliteGroups(journal, db, users);
  const files = new SqliteFiles(journal, db, users, groups);
  const messages = new SqliteMessages(journal, db, users, groups, files);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const end = db.prepare("COMMIT");

  function commit(): boolean {
    if (journal.length === 0) return false;
    try {
      begin.run();
      journal.apply();
      messages.writeHeads();
      end.run();
    } catch (error) {
      // A full disk may have rolled back already.
      try {
        if (db.isTransaction) db.exec("ROLLBACK");
      } finally {
        messages.forgetHeads();
        journal.revert(0);
      }
      throw error;
    }
    journal.settle();
    messages.settle();
    return true;
  }

  return {
    users,
    sessions: new SqliteSessions(journal, db, users),
    groups,
    messages,
    files,
    realms: new SqliteRealms(journal, db),
    outbox: new SqliteOutbox(journal, db),
    mark: () => journal.length,
    revert: (mark) => journal.revert(mark),
    commit,
    close() {
      commit();
      db.close();
      lock.close();
    },
  };
}

function open(folder: string): { lock: Lock; db: DatabaseSync } {
  let lock: Lock | undefined;
  try {
    lock = lockFolder(folder);
    const db = new DatabaseSync(join(folder, "obrol.db"), { timeout: BUSY_MS });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(db);
    db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return { lock, db };
  } catch (error) {
    lock?.close();
    throw new Error(`data folder ${folder}: ${(error as Error).message}`, { cause: error });
  }
}
