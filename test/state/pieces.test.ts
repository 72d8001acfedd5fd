/** Messages that were said in one turn are kept together on the disk: nobody must be able to tell. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import type { Alteration } from "../../src/contract/shapes.ts";
import { Texts } from "../../src/logs/sqlite/texts.ts";
import { StorageError, type StoredMessage, type User } from "../../src/state/entities.ts";
import type { Cursor } from "../../src/state/gone.ts";
import type { State } from "../../src/state/state.ts";
import { damagePiece, lastPiece } from "../support/pieces.ts";
import { sqliteState } from "../support/state.ts";
import { user } from "./contract.ts";
import { begun, NOW, PEOPLE, picture, query, say } from "./talk.ts";

const root = mkdtempSync(join(tmpdir(), "obrol-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = (): string => mkdtempSync(join(root, "pieces-"));

const found = <T>(value: T | undefined): T => {
  expect(value).toBeDefined();
  return value as T;
};

/** The numbers of the messages that were said, each in its own words; in one turn. */
function sayMany(
  state: State,
  count: number,
  words: (i: number) => string,
  to: readonly string[] = ["kaka"],
): number[] {
  const said = Array.from({ length: count }, (_, i) => say(state, "messi", to[i % to.length] as string, words(i)).seq);
  void state.commit();
  return said;
}

const at = (state: State, seq: number): StoredMessage => found(state.messages.get(seq));

function alter(state: State, seq: number, by: string, what: Alteration, text?: string): StoredMessage {
  return state.messages.alter(at(state, seq), user(state, by), NOW, what, text);
}

const rows = (folder: string): unknown => query(folder, "SELECT count(*) AS n FROM messages")[0];

test("a lone message is a row, many of one turn are few rows", () => {
  const folder = newFolder();
  const state = begun(sqliteState(folder));
  sayMany(state, 1, () => "sendiri");
  expect(rows(folder)).toEqual({ n: 1 });
  sayMany(state, 500, (i) => `nomor ${i}`);
  expect(rows(folder)).toEqual({ n: 1 });
  expect(query(folder, "SELECT first FROM pieces").length).toBeLessThan(20);
  void state.close();
});

test("who reads behind the server has each message once, from and to any number", () => {
  const folder = newFolder();
  const state = begun(sqliteState(folder));
  const said = sayMany(state, 300, (i) => `nomor ${i}`, ["kaka", "kelas"]);
  alter(state, 150, "messi", "edited", "lain");
  alter(state, 151, "messi", "reacted", "👍");
  void state.commit();
  said.push(...sayMany(state, 300, (i) => `lagi ${i}`));
  void state.close();
  const texts = new Texts(join(folder, "obrol.db"));
  const numbers = (after: number, upTo: number): number[] => [...texts.after(after, upTo)].map(({ seq }) => seq);
  for (const [after, upTo] of [
    [0, 1000],
    [0, 1],
    [149, 151],
    [150, 150],
    [120, 290],
    [310, 330],
    [601, 9999],
  ] as const) {
    expect(numbers(after, upTo)).toEqual(said.filter((seq) => seq > after && seq <= upTo));
  }
  expect(texts.at(150)?.text).toBe("lain");
  expect([...texts.after(200, 201)]).toMatchObject([{ seq: 201, text: "nomor 200", group: null, a: 1, b: 2 }]);
  expect([texts.timeOf(10), texts.timeOf(150), texts.timeOf(303), texts.timeOf(900)]).toEqual([
    NOW,
    NOW,
    NOW,
    undefined,
  ]);
  texts.close();
});

test("who has come up to a message knows it again, also when it is too old to be kept", () => {
  const folder = newFolder();
  const state = begun(sqliteState(folder));
  sayMany(state, 20, (i) => `nomor ${i}`);
  const texts = new Texts(join(folder, "obrol.db"));
  expect([texts.knows(10, NOW), texts.knows(10, NOW + 1), texts.knows(900, NOW)]).toEqual([true, false, false]);
  state.messages.removeOld(at(state, 10).conversation, [10]);
  void state.commit();
  expect([texts.timeOf(10), texts.knows(10, NOW)]).toEqual([undefined, true]);
  texts.close();
  void state.close();
});

describe("of a message that was said among many", () => {
  const secret = "rahasia ".repeat(30);
  const holding = (folder: string): string[] =>
    readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes("rahasia"));

  function keeping(before: (state: State, seq: number) => void): void {
    const folder = newFolder();
    const state = begun(sqliteState(folder));
    const said = sayMany(state, 200, (i) => (i === 77 ? secret : `biasa ${i}`));
    const seq = said[77] as number;
    before(state, seq);
    void state.commit();
    expect(holding(folder)).not.toEqual([]);
    alter(state, seq, "messi", "deleted");
    void state.commit();
    expect(holding(folder)).toEqual([]);
    for (const [i, each] of said.entries()) expect(at(state, each).text).toBe(i === 77 ? "" : `biasa ${i}`);
    void state.close();
    expect(holding(folder)).toEqual([]);
  }

  test("nothing stays on the disk when it is deleted", () => keeping(() => {}));

  test("nothing stays that was edited before", () =>
    keeping((state, seq) => void alter(state, seq, "messi", "edited", "lain")));

  test("nothing stays to which somebody had reacted, in an earlier turn", () =>
    keeping((state, seq) => {
      alter(state, seq, "kaka", "reacted", "👍");
      void state.commit();
      sayMany(state, 300, (i) => `lagi ${i}`);
    }));

  test("nothing stays that was said alone, when others have been said since", () => {
    const folder = newFolder();
    const state = begun(sqliteState(folder));
    for (let i = 0; i < 200; i++) sayMany(state, 1, () => (i === 5 ? secret : `sendiri ${i}`));
    alter(state, 6, "messi", "deleted");
    void state.commit();
    expect(holding(folder)).toEqual([]);
    void state.close();
  });

  test("nothing stays that is too old to be kept, and all of what is not", () => {
    const folder = newFolder();
    let state = begun(sqliteState(folder));
    const said = sayMany(state, 300, (i) => (i % 3 === 0 ? `${i} ${secret}` : `biasa ${i}`), ["kelas", "kaka", "klub"]);
    const old = said.filter((_, i) => i % 3 === 0);
    const altered = old.slice(0, 3);
    for (const seq of altered) alter(state, seq, "messi", "edited", secret);
    for (const seq of altered) alter(state, seq, "kaka", "reacted", "👍");
    alter(state, altered[0] as number, "messi", "pinned");
    void state.commit();
    const reader = new DatabaseSync(join(folder, "obrol.db"));
    reader.exec("BEGIN; SELECT count(*) FROM messages");
    const kelas = at(state, old[0] as number).conversation;
    for (const some of [old.slice(0, 60), old.slice(60)]) {
      state.messages.removeOld(kelas, some);
      void state.commit();
    }
    state.tidy();
    // While somebody reads what was there before, it must stay.
    expect(holding(folder)).not.toEqual([]);
    reader.close();
    state.tidy();
    for (let again = 0; again < 2; again++) {
      expect(holding(folder)).toEqual([]);
      for (const [i, seq] of said.entries()) {
        expect(state.messages.get(seq)?.text).toBe(i % 3 === 0 ? undefined : `biasa ${i}`);
      }
      expect([...state.messages.following(0)].filter(({ seq }) => old.includes(seq))).toEqual([]);
      expect(
        query(folder, "SELECT (SELECT count(*) FROM pins) AS pins, (SELECT count(*) FROM reactions) AS reactions"),
      ).toEqual([{ pins: 0, reactions: 0 }]);
      void state.close();
      state = sqliteState(folder);
    }
    void state.close();
  });

  test("nothing stays that has waited for another realm, or was reported, once that is over", () => {
    const folder = newFolder();
    const state = begun(sqliteState(folder));
    const realm = state.realms.add({ name: "barca", host: "h", port: 1, given: "user" });
    const [messi, kaka] = [user(state, "messi"), user(state, "kaka")];
    const about = {
      by: messi,
      message: "u",
      sender: kaka,
      group: undefined,
      file: undefined,
      sent: NOW,
      why: "",
      time: NOW,
    };
    for (let i = 0; i < 50; i++) state.outbox.add(realm, `{"text":"${secret.repeat(20)}"}`, NOW);
    const report = state.reports.add({ ...about, text: secret.repeat(40) });
    void state.commit();
    sayMany(state, 50, (i) => `biasa ${i}`);
    expect(holding(folder)).not.toEqual([]);
    state.outbox.remove(realm, state.outbox.after(realm, 0, 50, 2 ** 30));
    state.reports.end(report);
    void state.commit();
    state.tidy();
    expect(holding(folder)).toEqual([]);
    void state.close();
  });

  test("nothing stays of all that was said, but that the numbers are not given again, nor time goes back", () => {
    const folder = newFolder();
    let state = begun(sqliteState(folder));
    const said = sayMany(state, 100, () => secret);
    state.messages.removeOld(at(state, said[0] as number).conversation, said);
    void state.commit();
    state.tidy();
    expect(holding(folder)).toEqual([]);
    expect(rows(folder)).toEqual({ n: 1 });
    void state.close();
    state = sqliteState(folder);
    expect([state.messages.last, state.messages.lastTime]).toEqual([said.at(-1), NOW]);
    expect(say(state, "messi", "kaka", "lagi").seq).toBe((said.at(-1) as number) + 1);
    void state.close();
  });

  test("nothing stays of a group that has ended, of all that was said in it", () => {
    const folder = newFolder();
    const state = begun(sqliteState(folder));
    const kelas = found(state.groups.find("kelas"));
    sayMany(state, 300, (i) => (i % 3 === 0 ? `${i} ${secret}` : `biasa ${i}`), ["kelas", "kaka", "klub"]);
    sayMany(state, 1, () => secret, ["kelas"]);
    sayMany(state, 2, (i) => `lagi ${i}`, ["klub"]);
    say(state, "messi", "kelas", secret);
    state.groups.delete(kelas);
    let left: Cursor | undefined = { next: state.messages.last, isNamed: true };
    while (left) {
      left = state.messages.removeGone(kelas, left, 20);
      void state.commit();
    }
    state.tidy();
    expect(holding(folder)).toEqual([]);
    const texts = Array.from({ length: state.messages.last }, (_, i) => state.messages.get(i + 1)?.text);
    expect(texts.slice(0, 300)).toEqual(
      Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? undefined : `biasa ${i}`)),
    );
    void state.close();
  });
});

test("of a group that has ended nothing stays but what is damaged, though its newest messages are", () => {
  const folder = newFolder();
  let state = begun(sqliteState(folder));
  const before = sayMany(state, 50, (i) => `rahasia ${i}`, ["kelas", "kaka"]);
  sayMany(state, 50, (i) => `rusak ${i}`, ["kelas", "kaka"]);
  const last = found(lastPiece(folder));
  sayMany(state, 1, () => "rahasia", ["kelas"]);
  void state.close();
  damagePiece(folder, last);
  state = sqliteState(folder);
  const kelas = found(state.groups.find("kelas"));
  state.groups.delete(kelas);
  let left: Cursor | undefined = { next: state.messages.last, isNamed: true };
  while (left) {
    left = state.messages.removeGone(kelas, left, 7);
    void state.commit();
  }
  const texts = before.map((seq) => state.messages.get(seq)?.text);
  expect(texts).toEqual(Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? undefined : `rahasia ${i}`)));
  expect(query(folder, "SELECT text FROM messages")).toEqual([{ text: "" }]);
  void state.close();
});

test("of a turn that could not be kept nothing is read, also if it has altered what was said before", () => {
  const folder = newFolder();
  const state = begun(sqliteState(folder));
  const [first = 0] = sayMany(state, 100, (i) => `nomor ${i}`);
  const before = picture(state);
  const breaks = "CREATE TRIGGER broken BEFORE INSERT ON reads BEGIN SELECT RAISE(ABORT, 'broken'); END";
  query(folder, breaks);
  alter(state, first, "messi", "deleted");
  alter(state, first + 1, "kaka", "reacted", "👍");
  for (let i = 0; i < 50; i++) say(state, "kaka", "ronaldo", `tidak ${i}`);
  expect(() => state.commit()).toThrow("broken");
  expect(picture(state)).toEqual(before);
  query(folder, "DROP TRIGGER broken");
  sayMany(state, 100, (i) => `lagi ${i}`);
  expect(at(state, 101).text).toBe("lagi 0");
  void state.close();
});

test("when everything was taken out of a piece, the piece is gone", () => {
  const folder = newFolder();
  const state = begun(sqliteState(folder));
  const said = sayMany(state, 5, (i) => `nomor ${i}`);
  for (const seq of said) {
    alter(state, seq, "kaka", "reacted", "👍");
    void state.commit();
  }
  expect(query(folder, "SELECT first FROM pieces")).toEqual([]);
  expect(said.map((seq) => at(state, seq).text)).toEqual(said.map((_, i) => `nomor ${i}`));
  void state.close();
});

test("a piece that is damaged on the disk is named, and gives no wrong text; others are read", () => {
  const folder = newFolder();
  let state = begun(sqliteState(folder));
  const [first = 0] = sayMany(state, 50, (i) => `nomor ${i}`);
  const [second = 0] = sayMany(state, 50, (i) => `lagi ${i}`);
  void state.close();
  const db = new DatabaseSync(join(folder, "obrol.db"));
  const { bytes } = db.prepare("SELECT bytes FROM pieces WHERE first = ?").get(first) as { bytes: Uint8Array };
  bytes[100] = (bytes[100] as number) ^ 4;
  db.prepare("UPDATE pieces SET bytes = ? WHERE first = ?").run(bytes, first);
  db.close();
  state = sqliteState(folder);
  const read = (): unknown => state.messages.get(first + 10);
  expect(read).toThrow(StorageError);
  expect(read).toThrow(`the piece of messages that begins with number ${first} is damaged: its checksum does not fit`);
  expect(at(state, second + 10).text).toBe("lagi 10");
  const [messi, kaka] = PEOPLE.map((name) => user(state, name)) as [User, User];
  expect(state.messages.append(state.messages.conversation(messi, kaka), messi, NOW, "terus", undefined).seq).toBe(101);
  expect(state.commit()).toBe(true);
  void state.close();
});

test("more pieces than are kept in memory are read as well, in any order", () => {
  const state = begun(sqliteState(newFolder()));
  const text = (i: number): string => `${i} ${"kata ".repeat(150)}`;
  const said = sayMany(state, 8000, text);
  for (let i = 0; i < said.length; i++) {
    const k = (i * 4001) % said.length;
    expect(at(state, said[k] as number).text === text(k)).toBe(true);
  }
  void state.close();
});
