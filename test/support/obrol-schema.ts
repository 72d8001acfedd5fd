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
