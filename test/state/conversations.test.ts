/** Conversations that nobody uses are not in memory: whoever asks for one has it as it was kept, and all have the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { SqliteLog } from "../../src/logs/sqlite/index.ts";
import type { Conversation, User } from "../../src/state/entities.ts";
import type { ChangeLog } from "../../src/state/log.ts";
import { State } from "../../src/state/state.ts";
import { newStore } from "../support/new-store.ts";
import { memoryState, sqliteState } from "../support/state.ts";
import { until } from "../support/until.ts";
import { addUser, say, storeContract, user } from "./contract.ts";

const root = mkdtempSync(join(tmpdir(), "obrol-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const newFolder = (): string => newStore(mkdtempSync(join(root, "conversations-")));

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const PEOPLE = ["messi", "kaka", "ronaldo", "pele", "xavi"];

function peopled(state: State): State {
  for (const name of PEOPLE) addUser(state, name);
  void state.commit();
  return state;
}

const folders = new Map<State, string>();
function openIn(folder: string): State {
  const state = sqliteState(folder, 1);
  folders.set(state, folder);
  return state;
}
function reopen(state: State): State {
  void state.close();
  return openIn(folders.get(state) as string);
}

storeContract("sqlite, where one conversation is kept in memory", { open: () => openIn(newFolder()), reopen });
storeContract("memory, where one conversation is kept by the state", { open: () => memoryState(2000, 1) });

const between = (state: State, a: string, b: string): Conversation | undefined =>
  state.messages.peek(user(state, a), user(state, b));

/** Everybody says something to everybody, and it is kept. */
function useOthers(state: State): void {
  for (const from of PEOPLE.slice(2)) for (const to of PEOPLE.slice(2)) say(state, from, to);
  void state.commit();
}

test("a conversation that nobody has touched since the start is found by its two, by its number, and with those of either", () => {
  let state = peopled(openIn(newFolder()));
  say(state, "messi", "kaka", "satu");
  say(state, "messi", "messi", "catatan");
  state = reopen(state);
  const [messi, kaka, pele] = ["messi", "kaka", "pele"].map((name) => user(state, name)) as [User, User, User];
  const found = between(state, "kaka", "messi") as Conversation;
  expect([found.head, found.last, [...found.read]]).toEqual([1, 1, [[messi, 1]]]);
  expect(state.messages.byId(found.id)).toBe(found);
  expect([...state.messages.privateOf(kaka)]).toEqual([found]);
  expect(new Set(state.messages.othersOf(messi))).toEqual(new Set([messi, kaka]));
  expect([...state.messages.othersOf(pele)]).toEqual([]);
  void state.close();
});

test("the next conversation has a new number, also when no other was touched since the start", () => {
  let state = peopled(openIn(newFolder()));
  say(state, "messi", "kaka");
  state = reopen(state);
  expect(say(state, "messi", "pele").conversation.id).toBe(2);
  void state.close();
});

test("who holds a conversation has the one that all others have, whatever was used since", () => {
  const state = peopled(openIn(newFolder()));
  const { conversation } = say(state, "messi", "kaka");
  void state.commit();
  for (let i = 0; i < 5; i++) {
    useOthers(state);
    collectGarbage();
  }
  expect(between(state, "kaka", "messi")).toBe(conversation);
  const { seq } = say(state, "kaka", "messi");
  expect([conversation.head, state.messages.get(1)?.conversation]).toEqual([seq, conversation]);
  void state.close();
});

test("one that nobody holds any more leaves the memory, and comes back as it was kept", async () => {
  const state = peopled(openIn(newFolder()));
  const gone = new WeakRef(say(state, "messi", "kaka").conversation);
  say(state, "kaka", "messi");
  void state.commit();
  useOthers(state);
  await until("it has left the memory", () => {
    useOthers(state);
    collectGarbage();
    return gone.deref() === undefined;
  });
  const back = between(state, "messi", "kaka") as Conversation;
  expect([back.id, back.head, [...back.read].map(([{ key }, seq]) => [key, seq])]).toEqual([1, 2, [["messi", 1]]]);
  void state.close();
});

test("somebody with very many conversations has each of them once, also of those that this turn has started", () => {
  const state = peopled(openIn(newFolder()));
  const messi = user(state, "messi");
  const others = Array.from({ length: 2500 }, (_, i) => addUser(state, `u${i}`));
  others.forEach((one, i) => {
    state.messages.conversation(i % 2 === 0 ? messi : one, i % 2 === 0 ? one : messi);
    if (i === 2400) void state.commit();
  });
  for (let i = 0; i < 2; i++) {
    const found = [...state.messages.othersOf(messi)];
    expect([found.length, new Set(found)]).toEqual([2500, new Set(others)]);
  }
  expect(new Set(state.messages.privateOf(messi)).size).toBe(2500);
  void state.close();
});

describe("a turn that could not be kept", () => {
  function failing() {
    const log = new SqliteLog(newFolder());
    let fails = false;
    const state = new State(
      {
        pages: log.pages,
        load: (into) => log.load(into),
        commit: (changes) => {
          if (fails) throw new Error("the disk is full");
          log.commit(changes);
        },
        tidy: () => log.tidy(),
        close: () => log.close(),
      } satisfies ChangeLog,
      1,
    );
    const setFailing = (on: boolean): void => {
      fails = on;
    };
    return { state: peopled(state), setFailing };
  }

  test("leaves no conversation that it had started, and its number is another's then", () => {
    const { state, setFailing } = failing();
    setFailing(true);
    const { conversation } = say(state, "messi", "kaka");
    for (const to of PEOPLE.slice(2)) say(state, "pele", to);
    expect(() => state.commit()).toThrow("the disk is full");
    expect([between(state, "messi", "kaka"), state.messages.byId(conversation.id)]).toEqual([undefined, undefined]);
    expect([...state.messages.privateOf(user(state, "messi"))]).toEqual([]);
    setFailing(false);
    const other = say(state, "xavi", "messi").conversation;
    void state.commit();
    expect([other.id, state.messages.byId(other.id) === other, between(state, "messi", "kaka")]).toEqual([
      conversation.id,
      true,
      undefined,
    ]);
    void state.close();
  });

  test("leaves one that it had changed as it was kept", () => {
    const { state, setFailing } = failing();
    say(state, "messi", "kaka");
    void state.commit();
    useOthers(state);
    setFailing(true);
    say(state, "kaka", "messi");
    state.messages.setRead(between(state, "messi", "kaka") as Conversation, user(state, "kaka"), 1);
    for (const to of PEOPLE) say(state, "pele", to);
    expect(() => state.commit()).toThrow("the disk is full");
    const { head, last, read } = between(state, "messi", "kaka") as Conversation;
    expect([head, last, [...read].map(([{ key }, seq]) => [key, seq])]).toEqual([1, 1, [["messi", 1]]]);
    void state.close();
  });
});

const deed = fc.record({
  is: fc.constantFrom("say", "say", "say", "start", "read", "withdraw", "revert"),
  a: fc.nat(PEOPLE.length - 1),
  b: fc.nat(PEOPLE.length - 1),
});

/** @param mark where a revert goes back to */
function does(state: State, { is, a, b }: typeof deed extends fc.Arbitrary<infer D> ? D : never, mark: number): void {
  const { messages } = state;
  const [one, other] = [user(state, PEOPLE[a] as string), user(state, PEOPLE[b] as string)];
  const conversation = messages.peek(one, other);
  if (is === "say") say(state, one.name, other.name);
  else if (is === "start") messages.conversation(one, other);
  else if (is === "revert") state.revert(mark);
  else if (conversation && is === "read") messages.setRead(conversation, one, conversation.head);
  else if (conversation) {
    const head = messages.get(conversation.head);
    if (head) messages.withdraw(head);
  }
}

function picture(state: State): unknown {
  const shown = ({ id, head, last, read }: Conversation): unknown => [
    ...[id, head, last],
    [...read].map(([{ key }, seq]) => `${key} ${seq}`).toSorted(),
  ];
  const people = PEOPLE.map((name) => user(state, name));
  return people.map((one) => [
    people.map((other) => {
      const found = state.messages.peek(one, other);
      return (
        found && [shown(found), state.messages.peek(other, one) === found, state.messages.byId(found.id) === found]
      );
    }),
    [...state.messages.othersOf(one)].map(({ key }) => key).toSorted(),
    [...state.messages.privateOf(one)].toSorted((x, y) => x.id - y.id).map(shown),
  ]);
}

test("whatever is said, undone and kept, and however little is kept in memory, nobody sees a difference", () => {
  const turns = fc.array(fc.array(deed, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(turns, fc.integer({ min: 1, max: 30 }), (all, kept) => {
      const folder = newFolder();
      const plain = peopled(memoryState(1_000_000));
      let state = peopled(sqliteState(folder, kept));
      const small = peopled(memoryState(1_000_000, kept));
      for (const [nth, turn] of all.entries()) {
        for (const one of turn) for (const each of [plain, state, small]) does(each, one, 0);
        if (nth % 2 === 0) expect([picture(state), picture(small)]).toEqual([picture(plain), picture(plain)]);
        for (const each of [plain, state, small]) void each.commit();
        if (nth % 3 === 2) {
          void state.close();
          state = sqliteState(folder, kept);
        }
        expect([picture(state), picture(small)]).toEqual([picture(plain), picture(plain)]);
      }
      void state.close();
    }),
    { numRuns: 50 },
  );
});
