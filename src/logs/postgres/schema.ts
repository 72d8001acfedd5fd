/**
 * The tables in PostgreSQL: those of SQLite's newest schema by the same names, all messages as rows; beside them what nodes share. As
 * numbered steps from nothing (version 0); a released step is never edited, and only adds to what is there: while nodes are replaced one
 * by one, those of the version before go on with it.
 */
import { type ClientBase, types } from "pg";

/** The schema, in PostgreSQL's sense, of all tables; connections have it as their search_path. */
export const SCHEMA = "obrol";

interface Step {
  readonly sql: string;
  /** How many steps a program must know at least to work with what this one leaves. */
  readonly oldest: number;
}

// What is gone should be out of the files soon: each round of the vacuum takes what there is.
const SOON = "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 0";
const SOON_WITH_LONG_TEXTS = `${SOON}, toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 0`;
// Rows come and go there all the time, and few are there at once.
const OFTEN =
  "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0";
// A row that is written again finds room beside itself, so that no index is touched.
const ROOM = "fillfactor = 80";

/** Indexes are those that writing needs: what is read by other ways is read from a node's replica. */
export const migrations: readonly Step[] = [
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
    // Who does not know of it would announce it.
    oldest: 2,
    sql: "ALTER TABLE errands ADD COLUMN group_id BIGINT",
  },
  {
    oldest: 2,
    sql: "INSERT INTO last_ids SELECT 'sessions', coalesce(max(id), 0) FROM sessions",
  },
];

/** How long, in ms, whoever migrates may stand still before another one does it. */
const IDLE_MS = 60_000;

/** For everybody who migrates in a database; the letters of `obrol`. */
const LOCK = "478694305644";

/**
 * Brings a database to the newest version; all steps are one transaction, and of many nodes one takes them, while the others wait.
 * @throws Error of PostgreSQL, or in one line when a program wrote it that is newer by more than can be shared
 */
export async function migrate(client: ClientBase): Promise<void> {
  // A turn's patience is too short for a machine that is busy with starting.
  await client.query(
    `BEGIN; SET LOCAL idle_in_transaction_session_timeout = ${IDLE_MS}; SELECT pg_advisory_xact_lock(${LOCK})`,
  );
  try {
    const version = await versionOf(client);
    const rest = migrations.slice(version);
    if (rest.length > 0) {
      const steps = rest.map(({ sql }) => sql).join(";");
      const { oldest } = rest.at(-1) as Step;
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

/** @returns the version of the tables that are there; undefined where there are none. @throws Error of PostgreSQL */
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

/** @throws Error in one line when this program is too old for it */
async function versionOf(client: ClientBase): Promise<number> {
  if (!(await hasTables(client))) {
    // Somebody else may have made the schema, for an account that may not.
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

/** What tells one database from every other, also from a copy that goes on by itself. */
export async function storeOf(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ store: string }>(
    `SELECT (SELECT system_identifier FROM pg_control_system()) || '/'
      || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/'
      || (SELECT encode(value, 'hex') FROM ${SCHEMA}.facts WHERE name = 'salt') AS store`,
  );
  return rows[0]?.store ?? "";
}

const INT8 = types.builtins.INT8;

/** How values are read on a connection: a BIGINT as a number, for all of ours are below 2^53. For the `types` of its options. */
export const typesOf: { getTypeParser: typeof types.getTypeParser } = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === INT8 && format !== "binary" ? Number : types.getTypeParser(oid, format as "text")) as never,
};
