/** Copies all tables from PostgreSQL into a SQLite database (such as a replica), and from a SQLite database into PostgreSQL. */
import type { DatabaseSync } from "node:sqlite";
import type { ClientBase, QueryArrayResult } from "pg";
import { inOrder, selectInOrder } from "../sqlite/in-order.ts";
import { isPlain, type PlainMessage } from "../sqlite/piece.ts";
import { Pieces } from "../sqlite/pieces.ts";
import { agreedFacts } from "./agreed.ts";
import { arrayOf, unnest } from "./statements.ts";

/** How many rows are in memory at a time. */
const ROWS = 10_000;

type Cell = string | number | Uint8Array | null;
type Row = readonly Cell[];

interface Column {
  readonly name: string;
  readonly type: "INTEGER" | "TEXT" | "BLOB";
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
}

/** PostgreSQL's types, by SQLite's. */
const TYPES = { INTEGER: "bigint", TEXT: "text", BLOB: "bytea" } as const;

/**
 * The tables that both databases have: those of SQLite but `pieces`, whose messages are rows in PostgreSQL. @throws Error of
 * SQLite
 */
export function sharedTables(db: DatabaseSync): readonly Table[] {
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> 'pieces'")
    .all() as unknown as readonly { name: string }[];
  return tables.map(({ name }) => {
    return {
      name,
      columns: db.prepare(`SELECT name, type FROM pragma_table_info(?)`).all(name) as unknown as Column[],
    };
  });
}

/**
 * Copies from PostgreSQL into SQLite.
 * @param client within a transaction of one snapshot (REPEATABLE READ), its values read as `typesOf` says
 * @param db migrated and otherwise empty, within a transaction
 * @throws Error of PostgreSQL or of SQLite
 */
export async function copyOut(client: ClientBase, db: DatabaseSync): Promise<void> {
  // The migration has made a salt, which the copied one replaces.
  db.exec("DELETE FROM facts");
  for (const table of sharedTables(db)) {
    const add = adder(db, table);
    const batches = selected(
      client,
      `copied_${table.name}`,
      SELECTS[table.name] ?? `SELECT ${listed(table)} FROM ${table.name}`,
    );
    if (table.name === "messages") await copyMessages(batches, db, add);
    else for await (const rows of batches) for (const row of rows) add(row);
  }
  await copyLastIds(client, db);
}

/**
 * SELECTs of tables that are not copied as they are, with their columns in the order of SQLite's: facts without those of the
 * nodes, conversations with their heads, and messages by rising number, which pieces need.
 */
const SELECTS: Readonly<Record<string, string>> = {
  facts: `SELECT name, value FROM facts WHERE name NOT IN (${agreedFacts.map((one) => `'${one}'`).join(", ")})`,
  conversations: `SELECT id, a, b, group_id, greatest(head, newest) FROM conversations
    LEFT JOIN (SELECT conversation, max(seq) AS newest FROM messages GROUP BY conversation) said ON conversation = id`,
  messages: "SELECT seq, conversation, prev, sender, time, text, file, origin, more FROM messages ORDER BY seq",
};

/** Copies the messages, the plain ones as pieces. */
async function copyMessages(
  batches: AsyncIterable<readonly Row[]>,
  db: DatabaseSync,
  add: (row: Row) => void,
): Promise<void> {
  const pieces = new Pieces(db);
  let plain: readonly PlainMessage[] = [];
  for await (const rows of batches) {
    const next = [...plain];
    for (const row of rows) {
      const message = plainOf(row);
      if (message) next.push(message);
      else add(row);
    }
    plain = pieces.add(next);
  }
  for (const { seq, conversation, prev, sender, time, text } of plain) {
    add([seq, conversation, prev, sender, time, text, null, null, null]);
  }
}

/** @returns undefined for a message that must be a row */
function plainOf(row: Row): PlainMessage | undefined {
  const [seq, conversation, prev, sender, time, text, file, origin, more] = row as unknown as readonly [
    ...[seq: number, conversation: number, prev: number, sender: number, time: number, text: string],
    ...[file: string | null, origin: string | null, more: number | null],
  ];
  const about = { text, file: file ?? undefined, origin: origin ?? undefined, reply: 0, alters: undefined };
  if (conversation === 0 || more !== null || !isPlain(about)) return undefined;
  return { seq, conversation, prev, sender, time, text };
}

async function copyLastIds(client: ClientBase, db: DatabaseSync): Promise<void> {
  const { rows } = await client.query<[name: string, seq: number]>({
    text: "SELECT name, seq FROM last_ids WHERE seq > 0",
    rowMode: "array",
  });
  db.exec("DELETE FROM sqlite_sequence");
  const add = db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)");
  for (const row of rows) add.run(...row);
}

/** A table of up to `ROWS` rows takes one round trip. @param cursor a name for what is left open until the transaction ends */
async function* selected(client: ClientBase, cursor: string, select: string): AsyncIterable<readonly Row[]> {
  const fetch = `FETCH ${ROWS} FROM ${cursor}`;
  let text = `DECLARE ${cursor} NO SCROLL CURSOR FOR ${select}; ${fetch}`;
  for (;;) {
    const results = await client.query<Cell[]>({ text, rowMode: "array" });
    // Of several statements there are several results.
    const { rows } = [results].flat().at(-1) as QueryArrayResult<Cell[]>;
    if (rows.length > 0) yield rows;
    if (rows.length < ROWS) return;
    text = fetch;
  }
}

function adder(db: DatabaseSync, table: Table): (row: Row) => void {
  const places = table.columns.map(() => "?").join(", ");
  const insert = db.prepare(`INSERT INTO ${table.name} (${listed(table)}) VALUES (${places})`);
  return (row) => void insert.run(...row);
}

/**
 * Copies from SQLite into PostgreSQL.
 * @param db of this version; nobody else must write it
 * @param client within a transaction, its tables those of `migrate` and otherwise empty
 * @throws Error of PostgreSQL or of SQLite; one in one line if a table is not empty, or a piece is damaged
 */
export async function copyIn(db: DatabaseSync, client: ClientBase): Promise<void> {
  // The migration has made a salt, which the copied one replaces.
  await client.query("DELETE FROM facts");
  for (const table of sharedTables(db)) {
    await refuseFull(client, table.name);
    const { text, values } = inserting(table);
    for (const rows of batchesOf(table.name === "messages" ? messages(db, table) : allOf(db, table))) {
      await client.query({ name: `copy_${table.name}`, text, values: values(rows) });
    }
  }
  const ids = db.prepare("SELECT seq, name FROM sqlite_sequence").all() as unknown as { seq: number; name: string }[];
  for (const { seq, name } of ids) await client.query("UPDATE last_ids SET seq = $1 WHERE name = $2", [seq, name]);
  for (const table of ["posts", "shares", "fetches"]) {
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table}', 'n'), coalesce(max(n), 0) + 1, false) FROM ${table}`,
    );
  }
  // The planner has no statistics of the new rows yet.
  await client.query("ANALYZE");
}

async function refuseFull(client: ClientBase, table: string): Promise<void> {
  const { rows } = await client.query(`SELECT FROM ${table} LIMIT 1`);
  if (rows.length > 0) throw new Error(`there is something in the table ${table} already`);
}

function inserting(table: Table): { text: string; values: (rows: readonly Row[]) => string[] } {
  let n = 0;
  const from = unnest(...table.columns.map(({ type }) => TYPES[type])).replaceAll("?", () => `$${++n}`);
  return {
    text: `INSERT INTO ${table.name} (${listed(table)}) ${from}`,
    values: (rows) => table.columns.map((_, i) => arrayOf(rows.map((row) => written(row[i] as Cell)))),
  };
}

function written(cell: Cell): string | number | null {
  return cell instanceof Uint8Array ? `\\x${Buffer.from(cell).toString("hex")}` : cell;
}

function* allOf(db: DatabaseSync, table: Table): Iterable<Row> {
  const select = db.prepare(`SELECT ${listed(table)} FROM ${table.name}`);
  select.setReturnArrays(true);
  yield* select.iterate() as unknown as Iterable<Row>;
}

/** All messages, those in pieces included, as rows. */
function* messages(db: DatabaseSync, { columns }: Table): Iterable<Row> {
  const names = columns.map(({ name }) => name);
  const others = Object.fromEntries(names.filter((name) => name !== "seq").map((name) => [name, `m.${name}`]));
  const [after, upTo] = [-1, Number.MAX_SAFE_INTEGER];
  const rows = db.prepare(selectInOrder(others, "messages m WHERE true")).iterate(after, upTo);
  for (const message of inOrder<Record<string, Cell> & { seq: number }>(rows, after, upTo)) {
    yield names.map((name) => (message as Readonly<Record<string, Cell>>)[name] ?? null);
  }
}

function* batchesOf(rows: Iterable<Row>): Iterable<readonly Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function listed({ columns }: Table): string {
  return columns.map(({ name }) => `"${name}"`).join(", ");
}
