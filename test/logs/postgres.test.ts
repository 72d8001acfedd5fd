/** The rows that PostgreSQL gets are those that SQLite gets, and go from the one into the other. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { copyIn, copyOut, sharedTables } from "../../src/logs/postgres/copy.ts";
import type { Statement } from "../../src/logs/postgres/statements.ts";
import { PgRows } from "../../src/logs/postgres/write.ts";
import { inOrder, selectInOrder } from "../../src/logs/sqlite/in-order.ts";
import { SqliteLog } from "../../src/logs/sqlite/index.ts";
import { migrate as migrateSqlite } from "../../src/logs/sqlite/schema.ts";
import { apply } from "../../src/state/apply.ts";
import { State } from "../../src/state/state.ts";
import { twins } from "../simulator/nodes/twins.ts";
import { addUser, changes, peopled, picture, say, user } from "../state/contract.ts";
import { deed, does } from "../state/deeds.ts";
import { begun, picture as pictureOfTalk, query } from "../state/talk.ts";

import { differences, likenessOf } from "../support/likeness.ts";
import { newStore } from "../support/new-store.ts";
import { connected, emptied } from "../support/obrol-schema.ts";
import { freshDatabase } from "../support/started-engine.ts";
import { sqliteState } from "../support/state.ts";

const root = mkdtempSync(join(tmpdir(), "obrol-test-"));
const newFolder = (): string => mkdtempSync(join(root, "world-"));

let client: Client;
beforeAll(async () => {
  client = await connected(await freshDatabase());
}, 60_000);
afterAll(async () => {
  await client?.end();
  rmSync(root, { recursive: true, force: true });
});

/** A SQLite log which tells how each of its turns is written into PostgreSQL. */
class Doubled extends SqliteLog {
  readonly turns: (readonly Statement[])[] = [];
  readonly #rows = new PgRows();

  override commit(all: Parameters<SqliteLog["commit"]>[0]): void {
    super.commit(all);
    this.turns.push(this.#rows.write(all));
  }
}

interface World {
  readonly folder: string;
  readonly state: State;
  readonly log: Doubled;
}

function world(folder = newStore(newFolder())): World {
  const log = new Doubled(folder);
  return { folder, log, state: new State(log) };
}

/** Writes what PostgreSQL has not got yet. */
async function caughtUp({ log }: World): Promise<void> {
  for (const turn of log.turns.splice(0)) {
    await client.query("BEGIN");
    for (const { name, text, values } of turn) await client.query({ name, text, values: [...values] });
    await client.query("COMMIT");
  }
}

async function saltOf({ state }: World): Promise<void> {
  await client.query("UPDATE facts SET value = $1 WHERE name = 'salt'", [Buffer.from(state.messages.salt)]);
}

/** A database without anything in it: to migrate one takes longer than to copy it. */
const EMPTY = join(root, "empty.db");

/** Puts all that PostgreSQL has into a new database. */
async function copyInto(path: string): Promise<DatabaseSync> {
  if (!existsSync(EMPTY)) {
    const empty = new DatabaseSync(EMPTY);
    migrateSqlite(empty);
    empty.close();
  }
  copyFileSync(EMPTY, path);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA synchronous = OFF");
  db.exec("BEGIN");
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await copyOut(client, db);
  await client.query("COMMIT");
  db.exec("COMMIT");
  return db;
}

/** @returns the folder of a database with all that PostgreSQL has */
async function copiedOut(): Promise<string> {
  const folder = newFolder();
  const db = await copyInto(join(folder, "obrol.db"));
  db.close();
  return folder;
}

/** What is in all tables; the order in which something was put in, but not by which numbers it is in order. */
function rowsOf(db: DatabaseSync): Record<string, unknown> {
  const tables = sharedTables(db).map(({ name, columns }) => {
    const names = columns.map((column) => `"${column.name}"`);
    if (name === "messages") return [name, messagesOf(db)];
    const isCounted = ["posts", "shares", "fetches"].includes(name);
    const shown = isCounted ? names.filter((one) => one !== '"n"') : names;
    const order = isCounted ? "n" : names.join(", ");
    return [name, db.prepare(`SELECT ${shown.join(", ")} FROM ${name} ORDER BY ${order}`).all()];
  });
  const ids = db.prepare("SELECT name, seq FROM sqlite_sequence WHERE seq > 0 ORDER BY name").all();
  db.close();
  return { ...Object.fromEntries(tables), ids };
}

/** In pieces or not. */
function messagesOf(db: DatabaseSync): unknown[] {
  const names = ["conversation", "prev", "sender", "time", "text", "file", "origin", "more"];
  const select = selectInOrder(Object.fromEntries(names.map((one) => [one, `m.${one}`])), "messages m WHERE true");
  const all = inOrder<{ seq: number }>(db.prepare(select).iterate(-1, 1e9), -1, 1e9);
  return [...all].map((row) => ({ file: null, origin: null, more: null, bytes: null, ...row }));
}

function rowsIn(folder: string): Record<string, unknown> {
  return rowsOf(new DatabaseSync(join(folder, "obrol.db"), { readOnly: true }));
}

async function rowsThere(): Promise<Record<string, unknown>> {
  return rowsOf(await copyInto(join(root, "there.db")));
}

function pictureIn<T>(folder: string, tell: (state: State) => T): T {
  const state = sqliteState(folder);
  const told = tell(state);
  void state.close();
  return told;
}

/** Both hold the same; `tell` is what their models have to have in common. */
async function expectEqual(one: World, tell: (state: State) => unknown): Promise<void> {
  await caughtUp(one);
  const copy = await copiedOut();
  expect(rowsIn(copy)).toEqual(rowsIn(one.folder));
  await one.state.close();
  expect(pictureIn(copy, tell)).toEqual(pictureIn(one.folder, tell));
}

describe("what is written into PostgreSQL is what SQLite has", () => {
  beforeEach(() => emptied(client));

  test("after each kind of change, a turn each", async () => {
    const one = world();
    await saltOf(one);
    peopled(one.state);
    for (const [what, change] of changes) {
      change(one.state);
      void one.state.commit();
      await caughtUp(one);
      expect(await rowsThere(), what).toEqual(rowsIn(one.folder));
    }
    await expectEqual(one, picture);
  });

  test("after all kinds of changes, in turns of any length", async () => {
    const turns = fc.array(fc.boolean(), { minLength: changes.length, maxLength: changes.length });
    await fc.assert(
      fc.asyncProperty(turns, async (ends) => {
        await emptied(client);
        const one = world();
        await saltOf(one);
        peopled(one.state);
        for (const [i, [, change]] of changes.entries()) {
          change(one.state);
          if (ends[i] === true) void one.state.commit();
        }
        void one.state.commit();
        await expectEqual(one, picture);
      }),
      { numRuns: 5, examples: [[changes.map(() => false)]] },
    );
  });

  test("whatever is said and becomes of it", async () => {
    const turns = fc.array(fc.array(deed, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(turns, async (all) => {
        await emptied(client);
        const one = world();
        await saltOf(one);
        begun(one.state);
        let nth = 0;
        for (const turn of all) {
          for (const each of turn) does(one.state, each, nth++);
          void one.state.commit();
        }
        await expectEqual(one, pictureOfTalk);
      }),
      { numRuns: 15 },
    );
  });
});

async function broughtIn(folder: string): Promise<void> {
  const db = new DatabaseSync(join(folder, "obrol.db"), { readOnly: true });
  await client.query("BEGIN");
  try {
    await copyIn(db, client);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    db.close();
  }
}

test.each([1, 3])(
  "what people and operators ask several nodes for is the same in both, and when it is brought in, in the world of seed %i",
  async (seed) => {
    const { turns } = await twins(seed, 150);
    await emptied(client);
    const one = world();
    await saltOf(one);
    for (const turn of turns) {
      for (const change of turn) apply(one.state, change);
      one.log.commit(turn);
      one.state.messages.settle();
    }
    await expectEqual(one, (state) => differences(likenessOf(state, "kept"), new Map()));
    await emptied(client);
    await broughtIn(one.folder);
    expect(await rowsThere()).toEqual(rowsIn(one.folder));
  },
);

describe("a SQLite database that is brought into PostgreSQL", () => {
  beforeEach(() => emptied(client));

  test("comes out as it was, and goes on from where it was", async () => {
    const one = world();
    peopled(one.state);
    for (const [, change] of changes.slice(0, changes.length / 2)) change(one.state);
    void one.state.commit();
    await broughtIn(one.folder);
    one.log.turns.length = 0;
    expect(await rowsThere()).toEqual(rowsIn(one.folder));
    for (const [, change] of changes.slice(changes.length / 2)) change(one.state);
    void one.state.commit();
    await expectEqual(one, picture);
  });

  test("with texts that are hard to write, and with very many of them", async () => {
    const { state, folder } = world();
    for (const name of ["messi", "kaka"]) addUser(state, name);
    for (const text of ["", "NULL", '"', "\\", "{a,b}", "\\x00", "é😀", "'", "\n\t ", '\\"'])
      for (let i = 0; i < 1200; i++) say(state, "messi", "kaka", i % 2 ? text : `${text} ${i}`);
    void state.commit();
    await broughtIn(folder);
    const copy = await copiedOut();
    expect(rowsIn(copy)).toEqual(rowsIn(folder));
    expect(query(copy, "SELECT count(*) AS n FROM messages")).toEqual([{ n: 0 }]);
    await state.close();
  });

  test("whose newest message is taken back has the one before as its newest", async () => {
    const one = world();
    for (const name of ["messi", "kaka"]) addUser(one.state, name);
    for (const text of ["satu", "dua"]) say(one.state, "messi", "kaka", text);
    void one.state.commit();
    await broughtIn(one.folder);
    one.log.turns.length = 0;
    const conversation = one.state.messages.conversation(user(one.state, "messi"), user(one.state, "kaka"));
    one.state.messages.withdraw(one.state.messages.get(conversation.head) ?? expect.unreachable());
    void one.state.commit();
    await expectEqual(one, pictureOfTalk);
  });

  test("is refused where there is something already, and nothing is changed", async () => {
    const { state, folder } = world();
    addUser(state, "messi");
    void state.commit();
    await broughtIn(folder);
    const before = await rowsThere();
    addUser(state, "kaka");
    void state.commit();
    await expect(broughtIn(folder)).rejects.toThrow("there is something in the table users already");
    expect(await rowsThere()).toEqual(before);
    await state.close();
  });
});
