/**
 * The tables in PostgreSQL, as migrations. They are those of SQLite's newest schema, with the same names and all messages as
 * rows; and some for the nodes themselves. A released step is never edited. A step only adds to what is there: during a rolling
 * upgrade, nodes of the former version go on working with the new tables.
 */
import { type ClientBase, types } from "pg";

/** The schema (in PostgreSQL's sense) that has all tables. It is the search_path of each connection. */
export const SCHEMA = "obrol";

interface Migration {
  readonly sql: string;
  /** How many steps a program must know at least to work with the tables as they are after this one. */
  readonly oldest: number;
}

// Deleted texts should soon be out of the files: each run of autovacuum cleans the table, however little there is.
const SOON = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0";
const SOON_WITH_LONG_TEXTS = `${SOON}, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 0`;
// A table whose rows come and go all the time, and that has few at once.
const OFTEN =
  "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0";
// Leaves room in each page, so that an updated row stays in its page and no index is touched (HOT).
const ROOM = "fillfactor = 80";

/** There are only the indexes that writing needs: what needs others is read from a node's replica. */
export const migrations: readonly Migration[] = [
  {
    oldest: 1,
    // Keys are compared by their bytes, and have one lower case, whatever language the database is of.
    sql: `
  CREATE TABLE facts (name TEXT COLLATE "C" PRIMARY KEY, value BYTEA NOT NULL);
  INSERT INTO facts VALUES ('salt', uuid_send(gen_random_uuid()));
  CREATE TABLE users (
    id BIGINT PRIMARY KEY, name TEXT NOT NULL, full_name TEXT NOT NULL, country TEXT NOT NULL, password TEXT NOT NULL,
    created BIGINT NOT NULL, realm TEXT, gone BIGINT NOT NULL DEFAULT 0, erasing BIGINT);
  CREATE TABLE former_names (key TEXT COLLATE "C" PRIMARY KEY, "user" BIGINT NOT NULL);
  CREATE TABLE sessions (
    id BIGINT PRIMARY KEY, hash TEXT NOT NULL, "user" BIGINT NOT NULL, created BIGINT NOT NULL, used BIGINT NOT NULL,
    address TEXT NOT NULL DEFAULT '', client TEXT NOT NULL DEFAULT '') WITH (${ROOM});
  CREATE TABLE settings (
    "user" BIGINT PRIMARY KEY, allow TEXT NOT NULL, refuse_groups BIGINT NOT NULL, presence BIGINT NOT NULL,
    away TEXT, status TEXT);
  CREATE TABLE seen ("user" BIGINT PRIMARY KEY, time BIGINT NOT NULL) WITH (${ROOM});
  CREATE TABLE online ("user" BIGINT NOT NULL, node BIGINT NOT NULL, PRIMARY KEY ("user", node)) WITH (${OFTEN});
  CREATE TABLE mutes (
    "user" BIGINT NOT NULL, other BIGINT NOT NULL, mode TEXT NOT NULL, time BIGINT NOT NULL,
    PRIMARY KEY ("user", other));
  CREATE TABLE hidings (
    reader BIGINT NOT NULL, sender BIGINT NOT NULL, after_seq BIGINT NOT NULL, up_to BIGINT, why TEXT NOT NULL,
    time BIGINT NOT NULL, PRIMARY KEY (reader, sender, after_seq));
  CREATE TABLE invitations (
    id BIGINT PRIMARY KEY, hash TEXT NOT NULL, uses BIGINT NOT NULL, until BIGINT NOT NULL, group_id BIGINT,
    made_by BIGINT, created BIGINT NOT NULL);
  CREATE TABLE bans (
    target TEXT COLLATE "C" PRIMARY KEY, reason TEXT NOT NULL, until BIGINT, by TEXT, time BIGINT NOT NULL);
  CREATE TABLE reports (
    id BIGINT PRIMARY KEY, made_by BIGINT NOT NULL, message TEXT NOT NULL, sender BIGINT NOT NULL, group_id BIGINT,
    text TEXT NOT NULL, file TEXT, sent BIGINT NOT NULL, why TEXT NOT NULL, time BIGINT NOT NULL)
    WITH (${SOON_WITH_LONG_TEXTS});
  CREATE TABLE acts (id BIGINT PRIMARY KEY, time BIGINT NOT NULL, by TEXT, what TEXT NOT NULL, target TEXT NOT NULL);
  CREATE TABLE errands (
    id BIGINT PRIMARY KEY, text TEXT, "user" BIGINT, head BIGINT NOT NULL, next BIGINT NOT NULL, floor BIGINT NOT NULL,
    done BIGINT NOT NULL);
  -- The highest number that was ever given where what has it may be deleted.
  CREATE TABLE last_ids (name TEXT COLLATE "C" PRIMARY KEY, seq BIGINT NOT NULL);
  INSERT INTO last_ids VALUES ('invitations', 0), ('reports', 0);

  CREATE TABLE groups (
    id BIGINT PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, owner BIGINT NOT NULL, posting TEXT NOT NULL,
    created BIGINT NOT NULL, realm TEXT, heard BIGINT NOT NULL DEFAULT 0, topic TEXT NOT NULL DEFAULT '',
    access TEXT NOT NULL DEFAULT 'open', history TEXT NOT NULL DEFAULT 'all', listed BIGINT NOT NULL DEFAULT 1,
    keep_days BIGINT NOT NULL DEFAULT 0, slow_seconds BIGINT NOT NULL DEFAULT 0, emptied BIGINT, home_id TEXT,
    gone BIGINT NOT NULL DEFAULT 0);
  CREATE TABLE members (
    group_id BIGINT NOT NULL, "user" BIGINT NOT NULL, since BIGINT NOT NULL, n BIGINT NOT NULL,
    moderator BIGINT NOT NULL DEFAULT 0, mute TEXT, mute_time BIGINT, PRIMARY KEY (group_id, "user"));
  CREATE TABLE group_invitations (
    group_id BIGINT NOT NULL, "user" BIGINT NOT NULL, made_by BIGINT NOT NULL, time BIGINT NOT NULL,
    PRIMARY KEY (group_id, "user"));
  CREATE TABLE group_sanctions (
    group_id BIGINT NOT NULL, "user" BIGINT NOT NULL, what TEXT NOT NULL, made_by BIGINT NOT NULL,
    time BIGINT NOT NULL, until BIGINT, PRIMARY KEY (group_id, "user", what));
  CREATE TABLE held_names (
    key TEXT COLLATE "C" PRIMARY KEY, name TEXT NOT NULL, owner BIGINT NOT NULL, until BIGINT NOT NULL);

  -- head: a number that the newest message has at least: see write-messages.ts.
  CREATE TABLE conversations (id BIGINT PRIMARY KEY, a BIGINT, b BIGINT, group_id BIGINT, head BIGINT NOT NULL);
  CREATE TABLE reads (
    conversation BIGINT NOT NULL, "user" BIGINT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (conversation, "user"))
    WITH (${ROOM});
  CREATE TABLE messages (
    seq BIGINT PRIMARY KEY, conversation BIGINT NOT NULL, prev BIGINT NOT NULL, sender BIGINT NOT NULL,
    time BIGINT NOT NULL, text TEXT NOT NULL, file TEXT, origin TEXT, more BIGINT) WITH (${SOON_WITH_LONG_TEXTS});
  CREATE TABLE extras (
    seq BIGINT PRIMARY KEY, reply BIGINT, what TEXT, target BIGINT, former BIGINT, last BIGINT, edited BIGINT,
    deleted BIGINT);
  CREATE TABLE reactions (
    message BIGINT NOT NULL, n BIGINT NOT NULL, emoji TEXT NOT NULL, "user" BIGINT NOT NULL,
    PRIMARY KEY (message, n));
  CREATE TABLE pins (message BIGINT PRIMARY KEY, conversation BIGINT NOT NULL);
  CREATE TABLE posts (
    n BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "user" BIGINT NOT NULL, client_id TEXT NOT NULL,
    seq BIGINT, id TEXT, time BIGINT, group_key TEXT) WITH (${OFTEN});

  CREATE TABLE files (
    id TEXT COLLATE "C" PRIMARY KEY, name TEXT NOT NULL, stored TEXT NOT NULL, size BIGINT NOT NULL,
    sha256 TEXT NOT NULL, owner BIGINT NOT NULL, created BIGINT NOT NULL, origin_realm TEXT, origin_id TEXT,
    gone BIGINT NOT NULL DEFAULT 0);
  CREATE TABLE shares (
    n BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, seq BIGINT, file TEXT COLLATE "C" NOT NULL,
    sender BIGINT NOT NULL, to_user BIGINT, to_group BIGINT);
  CREATE INDEX shares_by_file ON shares (file);
  CREATE TABLE fetches (
    n BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, file TEXT NOT NULL, "user" BIGINT NOT NULL);

  CREATE TABLE realms (
    key TEXT COLLATE "C" PRIMARY KEY, name TEXT NOT NULL, host TEXT, port BIGINT, given TEXT NOT NULL DEFAULT 'user',
    pinned TEXT, received BIGINT NOT NULL DEFAULT 0, results TEXT NOT NULL DEFAULT '[]', sent BIGINT NOT NULL DEFAULT 0,
    ended BIGINT NOT NULL DEFAULT 0, named BIGINT NOT NULL DEFAULT 0, encrypted BIGINT NOT NULL DEFAULT 0);
  CREATE TABLE outbox (
    realm TEXT COLLATE "C" NOT NULL, n BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (realm, n)) WITH (${OFTEN});

  -- What happened, a turn each, for as long as a node has not read it; messages: how many of it were said.
  CREATE TABLE log (
    place BIGINT PRIMARY KEY, nonce TEXT NOT NULL, node BIGINT NOT NULL, format INTEGER NOT NULL, messages BIGINT NOT NULL,
    time BIGINT NOT NULL, changes TEXT NOT NULL) WITH (${OFTEN});
  CREATE TABLE nodes (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
    format INTEGER NOT NULL, since BIGINT NOT NULL, place BIGINT NOT NULL, seen TIMESTAMPTZ NOT NULL)
    WITH (fillfactor = 10, ${OFTEN});
  CREATE TABLE leases (name TEXT COLLATE "C" PRIMARY KEY, node BIGINT NOT NULL, until TIMESTAMPTZ NOT NULL)
    WITH (fillfactor = 10, ${OFTEN});
  `,
  },
  {
    // A program that does not know the column would take such an errand for an announcement.
    oldest: 2,
    sql: "ALTER TABLE errands ADD COLUMN group_id BIGINT",
  },
  {
    oldest: 2,
    sql: "INSERT INTO last_ids SELECT 'sessions', coalesce(max(id), 0) FROM sessions",
  },
];

/**
 * How long, in ms, a node that migrates may be idle in its transaction before PostgreSQL ends its session, and another node does
 * it.
 */
const IDLE_MS = 60_000;

/**
 * The key of the advisory lock that a migration holds. It is arbitrary, but must never change: nodes of another version must take
 * the same lock.
 */
const LOCK = "478694305644";

/**
 * Brings a database to the newest version. All steps are one transaction. If several nodes start at once, one does it while the
 * others wait. @throws Error of PostgreSQL; or one in one line if a program has written the database that is so much newer that
 * this one cannot share it
 */
export async function migrate(client: ClientBase): Promise<void> {
  // The timeout of turns is too short while a machine is busy with starting.
  await client.query(
    `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}; SELECT pg_advisory_xact_lock(${LOCK})`,
  );
  try {
    const version = await versionOf(client);
    const rest = migrations.slice(version);
    if (rest.length > 0) {
      const steps = rest.map(({ sql }) => sql).join(";");
      const { oldest } = rest.at(-1) as Migration;
      await client.query(
        `SET LOCAL search_path = ${SCHEMA}; ${steps};
         UPDATE schema_version SET version = ${migrations.length}, oldest = ${oldest}`,
      );
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/** @returns the version of the tables; undefined if there are none. @throws Error of PostgreSQL */
export async function versionThere(client: ClientBase): Promise<number | undefined> {
  if (!(await hasTables(client))) return undefined;
  const { rows } = await client.query<{ version: number }>(`SELECT version FROM ${SCHEMA}.schema_version`);
  return rows[0]?.version;
}

async function hasTables(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ is: string | null }>(
    `SELECT to_regclass('${SCHEMA}.schema_version')::text AS is`,
  );
  return rows[0]?.is !== null;
}

/**
 * The version of the tables, which it prepares if there are none. @throws Error in one line if this program is too old for them
 */
async function versionOf(client: ClientBase): Promise<number> {
  if (!(await hasTables(client))) {
    // The schema may be there already: an administrator may have made it for an account that is not allowed to.
    await client.query(
      `DO $$ BEGIN IF to_regnamespace('${SCHEMA}') IS NULL THEN CREATE SCHEMA ${SCHEMA}; END IF; END $$;
       CREATE TABLE ${SCHEMA}.schema_version (version INTEGER NOT NULL, oldest INTEGER NOT NULL);
       INSERT INTO ${SCHEMA}.schema_version VALUES (0, 0)`,
    );
  }
  const { rows } = await client.query<{ version: number; oldest: number }>(
    `SELECT version, oldest FROM ${SCHEMA}.schema_version`,
  );
  const { version = 0, oldest = 0 } = rows[0] ?? {};
  if (oldest > migrations.length) {
    throw new Error(
      `was written by a newer version of this program (its format is ${version}, this program knows ${migrations.length})`,
    );
  }
  return version;
}

/** The id of a store, which no other has, not even a copy of it on another server. */
export async function storeOf(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ store: string }>(
    `SELECT (SELECT system_identifier FROM pg_control_system()) || '/'
      || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/'
      || (SELECT encode(value, 'hex') FROM ${SCHEMA}.facts WHERE name = 'salt') AS store`,
  );
  return rows[0]?.store ?? "";
}

const INT8 = types.builtins.INT8;

/** How values are read on a connection (pg's option `types`): BIGINT as a number, because all of ours are below 2^53. */
export const typesOf: { getTypeParser: typeof types.getTypeParser } = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 && format !== "binary" ? Number : types.getTypeParser(oid, format as "text")) as never,
};
