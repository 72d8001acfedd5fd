/**
 * The tables, as migrations: numbered steps from an empty file (version 0). `PRAGMA user_version` is the number of steps that
 * were taken. A released step is never edited; whatever changes is a new step.
 */
import type { DatabaseSync } from "node:sqlite";

/** Messages have no index but the one by number: state/messages.ts says how a page is found. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO facts VALUES ('salt', randomblob(16));
  CREATE TABLE users (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, full_name TEXT NOT NULL, country TEXT NOT NULL,
    password TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, hash TEXT NOT NULL, user INTEGER NOT NULL,
    created INTEGER NOT NULL, used INTEGER NOT NULL) STRICT;
  CREATE TABLE groups (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner INTEGER NOT NULL,
    posting TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
  CREATE TABLE members (
    group_id INTEGER NOT NULL, user INTEGER NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (group_id, user)) STRICT, WITHOUT ROWID;
  CREATE TABLE realms (key TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT, port INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE conversations (
    id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, group_id INTEGER, head INTEGER NOT NULL) STRICT;
  CREATE TABLE reads (
    conversation INTEGER NOT NULL, user INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)) STRICT, WITHOUT ROWID;
  CREATE TABLE files (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, stored TEXT NOT NULL, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, owner INTEGER NOT NULL, created INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE shares (
    seq INTEGER PRIMARY KEY, file TEXT NOT NULL, sender INTEGER NOT NULL,
    to_user INTEGER, to_group INTEGER) STRICT;
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, prev INTEGER NOT NULL,
    sender INTEGER NOT NULL, time INTEGER NOT NULL, text TEXT NOT NULL, file TEXT) STRICT;
  CREATE TABLE posts (seq INTEGER PRIMARY KEY, user INTEGER NOT NULL, client_id TEXT NOT NULL) STRICT;
  `,
  // Realms: users, groups and files of other servers beside our own (with their realm), and the outbox of items for them.
  `
  ALTER TABLE users ADD COLUMN realm TEXT;
  ALTER TABLE groups ADD COLUMN realm TEXT;
  ALTER TABLE groups ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE messages ADD COLUMN origin TEXT;
  ALTER TABLE realms ADD COLUMN given TEXT NOT NULL DEFAULT 'user';
  UPDATE realms SET given = 'operator';
  ALTER TABLE realms ADD COLUMN pinned TEXT;
  ALTER TABLE realms ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE realms ADD COLUMN results TEXT NOT NULL DEFAULT '[]';
  ALTER TABLE files ADD COLUMN origin_realm TEXT;
  ALTER TABLE files ADD COLUMN origin_id TEXT;
  CREATE TABLE outbox (
    realm TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (realm, n)) STRICT, WITHOUT ROWID;
  ALTER TABLE posts RENAME TO old_posts;
  CREATE TABLE posts (
    n INTEGER PRIMARY KEY, user INTEGER NOT NULL, client_id TEXT NOT NULL,
    seq INTEGER, id TEXT, time INTEGER) STRICT;
  INSERT INTO posts (n, user, client_id, seq) SELECT seq, user, client_id, seq FROM old_posts;
  DROP TABLE old_posts;
  ALTER TABLE shares RENAME TO old_shares;
  CREATE TABLE shares (
    n INTEGER PRIMARY KEY, seq INTEGER, file TEXT NOT NULL, sender INTEGER NOT NULL,
    to_user INTEGER, to_group INTEGER) STRICT;
  INSERT INTO shares (seq, file, sender, to_user, to_group)
    SELECT seq, file, sender, to_user, to_group FROM old_shares ORDER BY seq;
  DROP TABLE old_shares;
  `,
  // Files of any size: contents that are gone for good, and who has fetched what.
  `
  ALTER TABLE files ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE fetches (
    n INTEGER PRIMARY KEY, file TEXT NOT NULL, user INTEGER NOT NULL) STRICT;
  `,
  // Which group elsewhere a client's own id stands for.
  `
  ALTER TABLE posts ADD COLUMN group_key TEXT;
  `,
  // The highest number of an item that a realm has confirmed: the next is higher, also if the clock was put back.
  `
  ALTER TABLE realms ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
  `,
  // Realms that have been removed, whose name another may have.
  `
  ALTER TABLE realms ADD COLUMN ended INTEGER NOT NULL DEFAULT 0;
  `,
  // Invitations. AUTOINCREMENT: a number is never given again.
  `
  CREATE TABLE invitations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL, uses INTEGER NOT NULL, until INTEGER NOT NULL,
    group_id INTEGER, made_by INTEGER, created INTEGER NOT NULL) STRICT;
  `,
  // Bans; `until` and `by` are NULL where there is none.
  `
  CREATE TABLE bans (
    target TEXT PRIMARY KEY, reason TEXT NOT NULL, until INTEGER, by TEXT,
    time INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Realms that the operator has named, and those that have linked over an encrypted channel.
  `
  ALTER TABLE realms ADD COLUMN named INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE realms ADD COLUMN encrypted INTEGER NOT NULL DEFAULT 0;
  UPDATE realms SET named = 1 WHERE given = 'operator';
  `,
  // Roles and rules of groups. `n`: the order in which members have joined; for older ones it is derived from `since`. A group
  // whose owner had left gets its oldest member as its owner. A group that is gone keeps its number.
  `
  ALTER TABLE groups ADD COLUMN topic TEXT NOT NULL DEFAULT '';
  ALTER TABLE groups ADD COLUMN access TEXT NOT NULL DEFAULT 'open';
  ALTER TABLE groups ADD COLUMN history TEXT NOT NULL DEFAULT 'all';
  ALTER TABLE groups ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE groups ADD COLUMN keep_days INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE groups ADD COLUMN slow_seconds INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE groups ADD COLUMN emptied INTEGER;
  ALTER TABLE groups ADD COLUMN home_id TEXT;
  ALTER TABLE groups ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE members RENAME TO old_members;
  CREATE TABLE members (
    group_id INTEGER NOT NULL, user INTEGER NOT NULL, since INTEGER NOT NULL, n INTEGER NOT NULL,
    moderator INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (group_id, user)) STRICT, WITHOUT ROWID;
  INSERT INTO members (group_id, user, since, n)
    SELECT group_id, user, since, row_number() OVER (ORDER BY since, user) FROM old_members;
  DROP TABLE old_members;
  UPDATE groups SET owner = coalesce(
    (SELECT user FROM members WHERE group_id = groups.id ORDER BY n LIMIT 1), owner)
    WHERE realm IS NULL AND NOT EXISTS (SELECT 1 FROM members WHERE group_id = groups.id AND user = owner);
  CREATE TABLE group_invitations (
    group_id INTEGER NOT NULL, user INTEGER NOT NULL, made_by INTEGER NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (group_id, user)) STRICT, WITHOUT ROWID;
  CREATE TABLE group_sanctions (
    group_id INTEGER NOT NULL, user INTEGER NOT NULL, what TEXT NOT NULL, made_by INTEGER NOT NULL,
    time INTEGER NOT NULL, until INTEGER,
    PRIMARY KEY (group_id, user, what)) STRICT, WITHOUT ROWID;
  CREATE TABLE held_names (
    key TEXT PRIMARY KEY, name TEXT NOT NULL, owner INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Alterations of messages, and answers. A message whose `more` is null has neither, which most have not.
  `
  ALTER TABLE messages ADD COLUMN more INTEGER;
  CREATE TABLE extras (
    seq INTEGER PRIMARY KEY, reply INTEGER, what TEXT, target INTEGER, former INTEGER, last INTEGER,
    edited INTEGER, deleted INTEGER) STRICT;
  CREATE TABLE reactions (
    message INTEGER NOT NULL, n INTEGER NOT NULL, emoji TEXT NOT NULL, user INTEGER NOT NULL,
    PRIMARY KEY (message, n)) STRICT, WITHOUT ROWID;
  CREATE TABLE pins (message INTEGER PRIMARY KEY, conversation INTEGER NOT NULL) STRICT;
  CREATE INDEX messages_by_origin ON messages (origin) WHERE origin IS NOT NULL;
  `,
  // Hidings: messages of `sender` after `after_seq` are hidden from `reader`, up to `up_to` if the hiding has ended.
  `
  CREATE TABLE hidings (
    reader INTEGER NOT NULL, sender INTEGER NOT NULL, after_seq INTEGER NOT NULL, up_to INTEGER,
    why TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (reader, sender, after_seq)) STRICT, WITHOUT ROWID;
  `,
  // What users have set for themselves.
  `
  CREATE TABLE settings (
    user INTEGER PRIMARY KEY, allow TEXT NOT NULL, refuse_groups INTEGER NOT NULL, presence INTEGER NOT NULL) STRICT;
  `,
  // Messages that were reported to the operator. AUTOINCREMENT as of invitations.
  `
  CREATE TABLE reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT, made_by INTEGER NOT NULL, message TEXT NOT NULL, sender INTEGER NOT NULL,
    group_id INTEGER, text TEXT NOT NULL, file TEXT, sent INTEGER NOT NULL, why TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
  `,
  // What users have muted: others, and groups that they are in.
  `
  CREATE TABLE mutes (
    user INTEGER NOT NULL, other INTEGER NOT NULL, mode TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (user, other)) STRICT, WITHOUT ROWID;
  ALTER TABLE members ADD COLUMN mute TEXT;
  ALTER TABLE members ADD COLUMN mute_time INTEGER;
  `,
  // What users say of themselves, and when they were seen last: a narrow table of its own, of which many rows change at once.
  `
  ALTER TABLE settings ADD COLUMN away TEXT;
  ALTER TABLE settings ADD COLUMN status TEXT;
  CREATE TABLE seen (user INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;
  `,
  // Messages of a turn, packed: see piece.ts. Older messages stay rows. New messages are rows, too, if they have more than a
  // text, or if their turn has few.
  `
  CREATE TABLE pieces (first INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
  `,
  // Private conversations are no longer read at the start, so they must be found by their parties.
  `
  CREATE INDEX conversations_by_first ON conversations (a, b) WHERE a IS NOT NULL;
  CREATE INDEX conversations_by_second ON conversations (b, a) WHERE b IS NOT NULL;
  CREATE INDEX conversations_by_group ON conversations (group_id) WHERE group_id IS NOT NULL;
  `,
  // What operators have done.
  `
  CREATE TABLE acts (
    id INTEGER PRIMARY KEY, time INTEGER NOT NULL, by TEXT, what TEXT NOT NULL, target TEXT NOT NULL) STRICT;
  `,
  // Names that users had, and accounts that were deleted: their names stay theirs.
  `
  ALTER TABLE users ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE former_names (key TEXT PRIMARY KEY, user INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  // Where sessions were used last.
  `
  ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
  ALTER TABLE sessions ADD COLUMN client TEXT NOT NULL DEFAULT '';
  `,
  // From when on a user is erased.
  `
  ALTER TABLE users ADD COLUMN erasing INTEGER;
  `,
  // Errands: work that takes many turns.
  `
  CREATE TABLE errands (
    id INTEGER PRIMARY KEY, text TEXT, user INTEGER, head INTEGER NOT NULL, next INTEGER NOT NULL, floor INTEGER NOT NULL,
    done INTEGER NOT NULL) STRICT;
  `,
  // Who is online on which node, where there are several.
  `
  CREATE TABLE online (
    user INTEGER NOT NULL, node INTEGER NOT NULL, PRIMARY KEY (user, node)) STRICT, WITHOUT ROWID;
  `,
  // Errands that remove the messages of a group that was deleted.
  `
  ALTER TABLE errands ADD COLUMN group_id INTEGER;
  `,
  // Sessions with AUTOINCREMENT, as of invitations: whoever remembers the number of one that has ended must not end another by it.
  `
  ALTER TABLE sessions RENAME TO old_sessions;
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL, user INTEGER NOT NULL, created INTEGER NOT NULL,
    used INTEGER NOT NULL, address TEXT NOT NULL DEFAULT '', client TEXT NOT NULL DEFAULT '') STRICT;
  INSERT INTO sessions (id, hash, user, created, used, address, client)
    SELECT id, hash, user, created, used, address, client FROM old_sessions;
  DROP TABLE old_sessions;
  `,
];

/**
 * Brings a database to the newest version, or to `target`. Each step is a transaction. In a new database there is nothing that
 * could make a step take long, so all steps are one transaction, which waits for the disk once.
 * @throws Error if a newer program has written it
 */
export function migrate(db: DatabaseSync, target = migrations.length): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  if (version > migrations.length) {
    throw new Error(
      `was written by a newer version of this program (its format is ${version}, this program knows ${migrations.length})`,
    );
  }
  const atOnce = version === 0 ? target : 1;
  for (let step = version; step < target; step += atOnce) {
    const steps = migrations.slice(step, step + atOnce);
    db.exec(`BEGIN IMMEDIATE; ${steps.join(";")}; PRAGMA user_version = ${step + steps.length}; COMMIT`);
  }
}
