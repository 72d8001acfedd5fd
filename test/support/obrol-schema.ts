/** The tables of a server in PostgreSQL, as they are before anybody has used them. */
import { Client } from "pg";
import { migrate, SCHEMA, typesOf } from "../../src/logs/postgres/schema.ts";

/** As a server connects. */
export async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, types: typesOf, options: `-c search_path=${SCHEMA}` });
  await client.connect();
  return client;
}

export async function emptied(client: Client): Promise<void> {
  await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  await migrate(client);
}

/** From now on PostgreSQL waits at the commit of each turn, until that session lets go of its advisory lock 42, or ends. */
export async function holdCommits(client: Client): Promise<void> {
  await client.query(`
    CREATE FUNCTION ${SCHEMA}.gate() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON ${SCHEMA}.log
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.gate();
    SELECT pg_advisory_lock(42)`);
}

/** Whether a commit waits since `holdCommits`. */
export async function isCommitHeld(client: Client): Promise<boolean> {
  const waiting = await client.query(
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query = 'COMMIT'",
  );
  return waiting.rowCount === 1;
}
