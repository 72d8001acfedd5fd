import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { SqliteLog } from "../../src/logs/sqlite/index.ts";
import { migrate, migrations } from "../../src/logs/sqlite/schema.ts";
import { StorageError, type StoredMessage } from "../../src/state/entities.ts";
import type { Pages } from "../../src/state/log.ts";
import { State } from "../../src/state/state.ts";
import { newStore } from "../support/new-store.ts";
import { sqliteState } from "../support/state.ts";
import { addUser, changes, peopled, picture, say, storeContract, user } from "./contract.ts";

const root = mkdtempSync(join(tmpdir(), "obrol-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const newFolder = (): string => join(mkdtempSync(join(root, "store-")), "data");
const folders = new Map<State, string>();

function openIn(folder: string): State {
  const stores = sqliteState(folder);
  folders.set(stores, folder);
  return stores;
}

function reopen(stores: State): State {
  void stores.close();
  return openIn(folders.get(stores) as string);
}

storeContract("sqlite", { open: () => openIn(newStore(newFolder())), reopen });

/** Somebody else's hands on the database. */
function meddle<T>(folder: string, deed: (db: DatabaseSync) => T): T {
  mkdirSync(folder, { recursive: true });
  const db = new DatabaseSync(join(folder, "obrol.db"));
  try {
    return deed(db);
  } finally {
    db.close();
  }
}

const tables = (db: DatabaseSync): string[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map((row) => String(row["name"]));

/** From now on every write to these tables fails as `how` says, until `heal`. */
function breakTables(folder: string, how: "ABORT" | "ROLLBACK", only?: readonly string[]): void {
  meddle(folder, (db) => {
    const triggers = (only ?? tables(db)).flatMap((table) =>
      ["INSERT", "UPDATE", "DELETE"].map(
        (deed) =>
          `CREATE TRIGGER broken_${table}_${deed} BEFORE ${deed} ON ${table} BEGIN SELECT RAISE(${how}, 'broken'); END;`,
      ),
    );
    db.exec(`BEGIN; ${triggers.join("\n")} COMMIT`);
  });
}

function heal(folder: string): void {
  meddle(folder, (db) => {
    const triggers = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
    db.exec(`BEGIN; ${triggers.map(({ name }) => `DROP TRIGGER ${name};`).join("\n")} COMMIT`);
  });
}

test("of what was deleted nothing stays on the disk, of its edits neither", () => {
  const folder = newFolder();
  const stores = peopled(openIn(folder));
  const secret = "rahasia ".repeat(2000);
  const now = (): StoredMessage => stores.messages.get(message.seq) as StoredMessage;
  const message = say(stores, "messi", "kaka", `pertama ${secret}`);
  stores.messages.alter(message, user(stores, "messi"), 1, "edited", `kedua ${secret}`);
  void stores.commit();
  stores.messages.alter(now(), user(stores, "messi"), 2, "edited", "ketiga rahasia");
  void stores.commit();
  const holding = (): string[] =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes("rahasia"));
  expect(holding()).not.toEqual([]);
  stores.messages.alter(now(), user(stores, "messi"), 3, "deleted");
  void stores.commit();
  expect(holding()).toEqual([]);
  void stores.close();
});

describe("a commit that fails undoes everything, and the store goes on", () => {
  function broken(breakIt: (folder: string) => void, change: (stores: State) => void): void {
    const folder = newStore(newFolder());
    let stores = peopled(openIn(folder));
    const before = picture(stores);
    breakIt(folder);
    change(stores);
    const after = picture(stores);
    expect(() => stores.commit()).toThrow();
    expect(picture(stores)).toEqual(before);
    expect(stores.commit()).toBe(false);
    heal(folder);
    stores = reopen(stores);
    expect(picture(stores)).toEqual(before);
    breakIt(folder);
    change(stores);
    expect(() => stores.commit()).toThrow();
    heal(folder);
    change(stores);
    expect(stores.commit()).toBe(true);
    expect(picture(stores)).toEqual(after);
    stores = reopen(stores);
    expect(picture(stores)).toEqual(after);
    void stores.close();
  }

  test.each(changes)("of %s", (_, change) => broken((folder) => breakTables(folder, "ABORT"), change));

  const all = (stores: State): void => {
    for (const [, change] of changes) change(stores);
  };

  test.each(["users", "messages", "shares", "conversations", "realms"])(
    "of all changes, at the table %s only",
    (table) => {
      broken((folder) => breakTables(folder, "ABORT", [table]), all);
    },
  );

  test("of all changes, when SQLite has rolled back by itself, as it does on a full disk", () => {
    broken((folder) => breakTables(folder, "ROLLBACK", ["realms"]), all);
  });

  test("while somebody else is writing to the database", () => {
    const folder = newFolder();
    const stores = peopled(openIn(folder));
    const before = picture(stores);
    meddle(folder, (db) => {
      db.exec("BEGIN IMMEDIATE");
      say(stores, "messi", "kaka");
      expect(() => stores.commit()).toThrow();
      expect(picture(stores)).toEqual(before);
      db.exec("ROLLBACK");
    });
    expect(say(stores, "messi", "kaka").seq).toBe(14);
    expect(stores.commit()).toBe(true);
    void stores.close();
  });

  test("what is only told asks nothing of the disk", () => {
    const folder = newFolder();
    const stores = peopled(openIn(folder));
    meddle(folder, (db) => {
      db.exec("BEGIN IMMEDIATE");
      stores.passing.types(user(stores, "messi"), user(stores, "kaka"));
      expect(() => stores.commit()).not.toThrow();
      db.exec("ROLLBACK");
    });
    void stores.close();
  });

  test("what cannot be read is said to be the storage's fault, of whatever is read", () => {
    const folder = newFolder();
    const log = new SqliteLog(folder);
    const stores = new State(log);
    void peopled(stores).commit();
    meddle(folder, (db) => {
      for (const table of ["messages", "pieces", "conversations", "outbox"]) db.exec(`DROP TABLE ${table}`);
    });
    const { pages } = log;
    const reads: Readonly<Record<keyof Pages, () => unknown>> = {
      message: () => pages.message(1),
      following: () => [...pages.following(0)],
      byOrigin: () => pages.byOrigin(1, "x"),
      conversation: () => pages.conversation(1),
      conversationBetween: () => pages.conversationBetween(1, 2),
      conversationsOf: () => [...pages.conversationsOf(1)],
      queued: () => [...pages.queued("real", 0, 1)],
    };
    for (const [name, read] of Object.entries(reads)) expect(read, name).toThrow(StorageError);
    void stores.close();
  });

  test("a table that is gone fails what needs it and nothing else", () => {
    const folder = newFolder();
    const stores = peopled(openIn(folder));
    meddle(folder, (db) => db.exec("DROP TABLE realms"));
    say(stores, "messi", "kaka");
    stores.realms.add({ name: "Real", host: undefined, port: undefined, given: "user" });
    expect(() => stores.commit()).toThrow("realms");
    expect([stores.messages.get(14), stores.realms.find("real")]).toEqual([undefined, undefined]);
    addUser(stores, "pele");
    expect([say(stores, "pele", "kaka").seq, stores.commit()]).toEqual([14, true]);
    expect(meddle(folder, (db) => db.prepare("SELECT max(seq) AS last FROM messages").get())).toEqual({ last: 14 });
    void stores.close();
  });
});

test("what was committed is on disk without a close, and what was not is not", () => {
  const folder = newFolder();
  const stores = peopled(openIn(folder));
  const before = picture(stores);
  say(stores, "messi", "kaka");
  const copy = newFolder();
  cpSync(folder, copy, { recursive: true });
  const found = openIn(copy);
  expect(picture(found)).toEqual(before);
  for (const each of [stores, found]) void each.close();
});

test("however often the log is probed it keeps one row, and a start finds all as it was", () => {
  const folder = newFolder();
  const stores = openIn(folder);
  addUser(stores, "messi");
  for (let i = 1; i <= 100; i++) {
    stores.probe(i);
    void stores.commit();
  }
  const facts = meddle(folder, (db) => db.prepare("SELECT name FROM facts ORDER BY name").all());
  expect(facts).toEqual([{ name: "probed" }, { name: "salt" }]);
  expect(user(reopen(stores), "messi").name).toBe("messi");
});

test("an item for a realm has a higher number than any before, also after a restart with the clock put back", () => {
  const folder = newFolder();
  const stores = openIn(folder);
  const barca = stores.realms.add({ name: "barca", host: "h", port: 1, given: "operator" });
  const item = stores.outbox.add(barca, "{}", 5000);
  void stores.commit();
  stores.outbox.remove(barca, [item]);
  void stores.close();
  const found = openIn(folder);
  expect(found.outbox.next("barca", 4000)).toBe(item.n + 1);
  void found.close();
});

describe("a data folder", () => {
  test("in use is refused with one clear line, and its holder goes on", () => {
    const folder = newFolder();
    const stores = peopled(openIn(folder));
    expect(() => sqliteState(folder)).toThrow(/^data folder \S+: is in use by another server$/);
    say(stores, "messi", "kaka");
    expect(stores.commit()).toBe(true);
    void stores.close();
    void openIn(folder).close();
  });

  test("is made for its owner's eyes only", () => {
    const folder = newFolder();
    void openIn(folder).close();
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  test("that a newer program wrote is refused, left as it is, and let go of", () => {
    const folder = newFolder();
    const stores = peopled(openIn(folder));
    const before = picture(stores);
    void stores.close();
    meddle(folder, (db) => db.exec(`PRAGMA user_version = ${migrations.length + 1}`));
    expect(() => sqliteState(folder)).toThrow(/^data folder \S+: was written by a newer version.*$/);
    meddle(folder, (db) => db.exec(`PRAGMA user_version = ${migrations.length}`));
    const again = openIn(folder);
    expect(picture(again)).toEqual(before);
    void again.close();
  });

  test("that is a file, or holds something else than a database, is refused with one clear line", () => {
    const file = newFolder();
    writeFileSync(file, "halo");
    expect(() => sqliteState(file)).toThrow(/^data folder .+$/);
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, "obrol.db"), "halo ".repeat(1000));
    expect(() => sqliteState(folder)).toThrow(/^data folder \S+: .*not a database$/);
  });
});

describe("migrations", () => {
  const version = (db: DatabaseSync): unknown => db.prepare("PRAGMA user_version").get()?.["user_version"];

  test.each([...migrations.keys(), migrations.length])(
    "a database of version %d becomes the newest and works",
    (from) => {
      const folder = newFolder();
      meddle(folder, (db) => migrate(db, from));
      expect(meddle(folder, version)).toBe(from);
      let stores = peopled(openIn(folder));
      const before = picture(stores);
      stores = reopen(stores);
      expect(picture(stores)).toEqual(before);
      void stores.close();
      expect(meddle(folder, version)).toBe(migrations.length);
    },
  );

  test("one is taken once", () => {
    meddle(newFolder(), (db) => {
      migrate(db);
      const salt = db.prepare("SELECT value FROM facts").get();
      migrate(db);
      expect(db.prepare("SELECT value FROM facts").get()).toEqual(salt);
    });
  });

  test("of what an older program sent elsewhere it is not known which group that was", () => {
    const folder = newFolder();
    meddle(folder, (db) => {
      migrate(db, migrations.length - 1);
      db.exec(`
        INSERT INTO users (id, name, full_name, country, password, created) VALUES (1, 'Messi', 'messi', 'ar', '$m', 1);
        INSERT INTO posts (user, client_id, seq, id, time) VALUES (1, 'mine', NULL, 'u', 5);`);
    });
    let stores = openIn(folder);
    for (let i = 0; i < 2; i++) {
      expect(stores.messages.posted(user(stores, "messi"), "mine")).toEqual({ id: "u", time: 5 });
      stores = reopen(stores);
    }
    void stores.close();
  });

  test("names that would turn a line around are shown without what does it, and only shown", () => {
    const folder = newFolder();
    const stores = openIn(folder);
    addUser(stores, "messi");
    stores.users.addAt("Xavi", "barca", "Xavi");
    void stores.commit();
    void stores.close();
    const said = "a\u202eb\u2066c\u2028d\ufeff";
    meddle(folder, (db) => db.prepare("UPDATE users SET full_name = ?, country = ?").run(said, said));
    const found = openIn(folder);
    expect(user(found, "messi")).toMatchObject({ fullName: "abcd", country: "abcd" });
    expect(found.users.findAt("xavi", "barca")).toMatchObject({ fullName: "abcd" });
    void found.close();
    expect(meddle(folder, (db) => db.prepare("SELECT DISTINCT full_name AS said FROM users").all())).toEqual([
      { said },
    ]);
  });

  test("what version 1 wrote is all there", () => {
    const folder = newFolder();
    meddle(folder, (db) => {
      migrate(db, 1);
      db.exec(`
        UPDATE facts SET value = x'000102030405060708090a0b0c0d0e0f' WHERE name = 'salt';
        INSERT INTO users VALUES (1, 'Messi', 'lionel messi', 'argentina', '$m', 1), (2, 'kaka', 'kaka', 'brasil', '$k', 2);
        INSERT INTO sessions VALUES (1, 'hash1', 1, 3, 4);
        INSERT INTO groups VALUES (1, 'Kelas', 2, 'members', 5);
        INSERT INTO members VALUES (1, 2, 0), (1, 1, 1);
        INSERT INTO realms VALUES ('barca', 'Barca', 'h', 9), ('milan', 'milan', NULL, NULL);
        INSERT INTO conversations VALUES (1, 1, 2, NULL, 2), (2, NULL, NULL, 1, 3);
        INSERT INTO reads VALUES (1, 2, 1);
        INSERT INTO files VALUES ('f1', 'a.txt', 's_a.txt', 3, '00ff', 2, 6);
        INSERT INTO shares VALUES (3, 'f1', 2, NULL, 1);
        INSERT INTO messages VALUES (1, 1, 0, 1, 7, 'satu', NULL), (2, 1, 1, 2, 8, 'dua', NULL), (3, 2, 0, 2, 9, '', 'f1');
        INSERT INTO posts VALUES (1, 1, 'mine');`);
    });
    const stores = openIn(folder);
    const [messi, kaka] = [user(stores, "messi"), user(stores, "kaka")];
    const kelas = stores.groups.find("kelas");
    const file = {
      id: "f1",
      name: "a.txt",
      stored: "s_a.txt",
      size: 3,
      sha256: "00ff",
      owner: kaka,
      created: 6,
      gone: false,
    };
    expect(messi).toEqual({
      id: 1,
      name: "Messi",
      key: "messi",
      fullName: "lionel messi",
      country: "argentina",
      password: "$m",
      created: 1,
      realm: undefined,
    });
    expect(stores.sessions.find("hash1")).toEqual({
      id: 1,
      hash: "hash1",
      user: messi,
      created: 3,
      used: 4,
      at: { address: "", client: "" },
      closed: false,
    });
    expect(kelas).toMatchObject({ name: "Kelas", owner: kaka, posting: "members", created: 5 });
    expect([kelas?.members.get(messi), kelas?.members.get(kaka)]).toMatchObject([{ since: 1 }, { since: 0 }]);
    expect([...stores.realms.all()].map(({ name, host, port }) => [name, host, port])).toEqual([
      ["Barca", "h", 9],
      ["milan", undefined, undefined],
    ]);
    const conversation = stores.messages.peek(messi, kaka);
    expect([conversation?.head, conversation?.read.get(kaka)]).toEqual([2, 1]);
    expect(stores.messages.get(2)).toEqual({
      seq: 2,
      conversation,
      prev: 1,
      sender: kaka,
      time: 8,
      text: "dua",
      file: undefined,
      origin: undefined,
      reply: 0,
      alters: undefined,
      altered: undefined,
    });
    expect(stores.messages.get(3)).toMatchObject({ prev: 0, sender: kaka, time: 9, text: "", file });
    expect(stores.messages.posted(messi, "mine")).toMatchObject({ seq: 1 });
    expect(stores.files.of(kaka)).toEqual([{ file, from: kaka, to: kelas, message: 3, order: 1 }]);
    expect([...stores.messages.salt]).toEqual(Array.from({ length: 16 }, (_, i) => i));
    void stores.close();
  });
});

test("a message is written in place: its log has had room since the start, and soon has it again where it was emptied", () => {
  const folder = newFolder();
  const state = openIn(folder);
  const logged = (): number => statSync(join(folder, "obrol.db-wal")).size;
  const [ani, budi] = [addUser(state, "ani"), addUser(state, "budi")];
  const room = logged();
  const say = (times: number): void => {
    for (let n = 0; n < times; n++) {
      state.messages.append(state.messages.conversation(ani, budi), ani, n, `pesan ${n}`, undefined);
      void state.commit();
    }
  };
  say(16);
  expect(logged()).toBe(room);
  meddle(folder, (db) => db.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  expect(logged()).toBe(0);
  say(16);
  expect(logged()).toBeGreaterThan(2 ** 20);
  const again = reopen(state);
  expect(again.messages.get(32)?.text).toBe("pesan 15");
  expect(again.messages.last).toBe(32);
  void again.close();
});
