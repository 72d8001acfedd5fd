import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import type { Client, ClientBase } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sharedTables } from "../../src/logs/postgres/copy.ts";
import { migrate, migrations, SCHEMA } from "../../src/logs/postgres/schema.ts";
import { migrate as migrateSqlite } from "../../src/logs/sqlite/schema.ts";
import { connected, emptied } from "../support/obrol-schema.ts";
import { freshDatabase } from "../support/started-engine.ts";

let url: string;
let client: Client;
beforeAll(async () => {
  url = await freshDatabase();
  client = await connected(url);
}, 60_000);
afterAll(() => client?.end());

describe("the tables of PostgreSQL", () => {
  beforeEach(() => emptied(client));

  test("have the columns that SQLite's have", async () => {
    const db = new DatabaseSync(":memory:");
    migrateSqlite(db);
    const words = { INTEGER: "bigint", TEXT: "text", BLOB: "bytea" };
    const wanted = sharedTables(db).flatMap(({ name: table }) => {
      const columns = db.prepare(`SELECT name, type, "notnull" AS isThere, pk FROM pragma_table_info(?)`).all(table);
      return columns.map(({ name, type, isThere, pk }) => {
        return `${table}.${name} ${words[type as "TEXT"]} ${isThere || pk ? "NO" : "YES"}`;
      });
    });
    db.close();
    const { rows: found } = await client.query<{ line: string }>(
      `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line
       FROM information_schema.columns WHERE table_schema = $1
       AND table_name NOT IN ('log', 'nodes', 'leases', 'last_ids', 'schema_version')`,
      [SCHEMA],
    );
    expect(found.map(({ line }) => line).toSorted()).toEqual(wanted.toSorted());
  });

  test("are made once, also by many at once", async () => {
    await client.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
    const others = await Promise.all([1, 2, 3].map(() => connected(url)));
    await Promise.all(others.map(migrate));
    await Promise.all(others.map((one) => one.end()));
    const salt = async (): Promise<unknown> => (await client.query("SELECT value FROM facts")).rows;
    const made = await salt();
    await migrate(client);
    expect(await salt()).toEqual(made);
    expect(made).toHaveLength(1);
  });

  test("are made by a program that stands still for longer than a turn may", async () => {
    await client.query(`DROP SCHEMA ${SCHEMA} CASCADE`);
    const slow = await connected(url);
    await slow.query("SET idle_in_transaction_session_timeout = 50");
    const query = async (text: string): Promise<unknown> => {
      await pause(150);
      return slow.query(text);
    };
    await migrate({ query } as unknown as ClientBase);
    await slow.end();
    await client.query("SELECT 1 FROM facts");
  });

  test("that a newer program has added to are used by the one before, and by no older one", async () => {
    const next = migrations.length + 1;
    await client.query("UPDATE schema_version SET version = $1", [next]);
    await migrate(client);
    expect((await client.query("SELECT version FROM schema_version")).rows).toEqual([{ version: next }]);
    await client.query("UPDATE schema_version SET oldest = $1", [next]);
    await expect(migrate(client)).rejects.toThrow(/^was written by a newer version of this program [^\n]*$/);
    await client.query("SELECT 1 FROM facts");
  });
});
