/** A turn and a log that takes its time: nothing is executed or said before the turn is kept, and a failed one undoes itself alone. */
import { hash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Result } from "../../src/contract/result.ts";
import type { Page } from "../../src/contract/shapes.ts";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import { history } from "../../src/operations/messages/history.ts";
import type { Caller, Services } from "../../src/operations/services/context.ts";
import { Attendance } from "../../src/server/attendance.ts";
import { Outdated, type User } from "../../src/state/entities.ts";
import type { Speaker } from "../../src/state/participants.ts";
import { State } from "../../src/state/state.ts";
import { Turn } from "../../src/state/turn.ts";
import { machine } from "../../src/world/world.ts";
import { until } from "../support/until.ts";

/** A state whose log answers when it is told to. */
function house() {
  const kept = new MemoryLog(1000);
  const asked: { keep(): Promise<void>; fail(): Promise<void> }[] = [];
  const state = new State({
    pages: kept.pages,
    load: (into) => kept.load(into),
    tidy: () => {},
    close: () => {},
    commit: (changes) =>
      new Promise((resolve, reject) => {
        const end = async (how: () => void): Promise<void> => {
          how();
          await nextTurn();
        };
        asked.push({
          keep: () =>
            end(() => {
              kept.commit(changes);
              resolve();
            }),
          fail: () => end(() => reject(new Error("the disk is full"))),
        });
      }),
  });
  const said: string[] = [];
  const faults: string[] = [];
  const turn = new Turn(state, machine, (event) => void faults.push(event));
  /** Says at the end of this turn what has become of it. */
  const speaker = (name: string): Speaker => ({
    speak: () => void said.push(`${name} kept`),
    restore: () => void said.push(`${name} back`),
    retract: () => void said.push(`${name} refused`),
  });
  const user = (name: string): User => state.users.add({ name, fullName: name, country: "", password: "", created: 1 });
  return { state, turn, asked, said, faults, speaker, user };
}

test("nothing is said before the log has kept the turn", async () => {
  const { turn, asked, said, speaker, user } = house();
  user("alice");
  turn.join(speaker("alice"));
  await nextTurn();
  expect([turn.admits("reading"), said]).toEqual([false, []]);
  await asked[0]?.keep();
  expect([turn.admits("order"), said]).toEqual([true, ["alice kept"]]);
});

test("a turn that has changed nothing asks nobody", async () => {
  const { turn, asked, said, speaker } = house();
  turn.join(speaker("alice"));
  await nextTurn();
  expect([asked.length, said]).toEqual([0, ["alice kept"]]);
});

test("who comes while a turn is being kept enters after all have spoken, in the order of coming, and has a turn of his own", async () => {
  const { turn, asked, said, speaker, user } = house();
  user("alice");
  turn.join(speaker("alice"));
  await nextTurn();
  for (const name of ["bob", "carol"]) {
    turn.enter(() => {
      said.push(`${name} in`);
      user(name);
      turn.join(speaker(name));
    });
  }
  await nextTurn();
  expect([asked.length, said]).toEqual([1, []]);
  await asked[0]?.keep();
  await nextTurn();
  expect([asked.length, said]).toEqual([2, ["alice kept", "bob in", "carol in"]]);
  await asked[1]?.keep();
  expect(said.slice(3)).toEqual(["bob kept", "carol kept"]);
});

test("a turn that could not be kept undoes itself, and nothing of those that come after it", async () => {
  const { state, turn, asked, said, faults, speaker, user } = house();
  user("alice");
  turn.join(speaker("alice"));
  await nextTurn();
  turn.enter(() => {
    user("bob");
    turn.join(speaker("bob"));
  });
  await asked[0]?.fail();
  expect(faults).toEqual(["commit-failed"]);
  await nextTurn();
  await asked[1]?.keep();
  expect(said).toEqual(["alice back", "alice refused", "bob kept"]);
  expect([...state.users.all()].map(({ name }) => name)).toEqual(["bob"]);
});

test("what a turn has come to is told with it, and anew once all are what they were if it could not be kept", async () => {
  const { turn, asked, said, speaker, user } = house();
  turn.follow({
    conclude: () => {
      said.push("concluded");
      turn.join(speaker("told"));
    },
    kept: () => void said.push("kept"),
    undone: () => void said.push("undone"),
  });
  user("alice");
  turn.join(speaker("alice"));
  await nextTurn();
  expect([asked.length, said]).toEqual([1, ["concluded"]]);
  await asked[0]?.keep();
  expect(said.splice(0)).toEqual(["concluded", "kept", "alice kept", "told kept"]);
  user("bob");
  turn.join(speaker("bob"));
  await nextTurn();
  await asked[1]?.fail();
  expect(said).toEqual(["concluded", "bob back", "told back", "undone", "bob refused", "told refused"]);
});

test("whoever joins while a turn is being kept has no part in its failure", async () => {
  const { turn, asked, said, speaker, user } = house();
  user("alice");
  turn.join(speaker("alice"));
  await nextTurn();
  turn.join(speaker("closing"));
  await asked[0]?.fail();
  await nextTurn();
  expect(said).toEqual(["alice back", "alice refused", "closing kept"]);
});

test("a change that has not come in by the door is a fault, and not one of the turn that is being kept", async () => {
  const { state, turn, asked, user } = house();
  user("alice");
  turn.schedule();
  await nextTurn();
  expect(() => user("bob")).toThrow("user.added while a turn is being kept");
  await asked[0]?.keep();
  expect([...state.users.all()].map(({ name }) => name)).toEqual(["alice"]);
});

test("what is done every so often and throws is undone and reported, and is done again", async () => {
  const { state, turn, asked, faults, user } = house();
  let times = 0;
  const timer = turn.every(1, () => {
    if (++times > 2) return;
    user(`u${times}`);
    throw new Error("something is wrong");
  });
  await until("it was done again", () => times > 2);
  machine.cancel(timer);
  expect([faults, [...state.users.all()], asked.length]).toEqual([["fault", "fault"], [], 0]);
});

test("a state that is closed waits for the turn that is being kept, and keeps what came after it", async () => {
  const { state, turn, asked, user } = house();
  user("alice");
  turn.schedule();
  await nextTurn();
  turn.enter(() => user("bob"));
  const closed = state.close();
  await asked[0]?.keep();
  await asked[1]?.keep();
  await closed;
  expect(asked.length).toBe(2);
});

test("the token of a request that arrives while a turn is being kept is looked up, and ends no session that has outlived itself", async () => {
  const { state, turn, asked, user } = house();
  const token = "2b1f0a52-9d55-4c0e-8f6a-3f1f8f2f6f10";
  state.sessions.add(user("alice"), hash("sha256", token, "base64"), 1, { address: "", client: "" });
  turn.schedule();
  await nextTurn();
  const later = (days: number): Attendance =>
    new Attendance({ model: state, now: () => days * 24 * 3600_000 } as unknown as Services, {} as Caller);
  expect([29, 31].map((days) => later(days).isShown(`sendfile ${token} bob a.txt`))).toEqual([true, false]);
  await asked[0]?.keep();
});

test("what was read over several turns of which one could not be kept must be read again: it may never have been", async () => {
  const { state, turn, asked, user } = house();
  const [alice, bob] = [user("alice"), user("bob")];
  turn.schedule();
  await nextTurn();
  await asked[0]?.keep();
  const services = { model: state, realm: "here", presence: { isOnline: () => false } } as unknown as Services;
  const caller = { acting: { user: alice } } as unknown as Caller;
  const read = async (): Promise<Result<Page>> => (await history(services, caller, { with: "bob" }))() as Result<Page>;
  state.messages.append(state.messages.conversation(alice, bob), alice, 1, "halo", undefined);
  const found = history(services, caller, { with: "bob" });
  turn.schedule();
  await nextTurn();
  await asked[1]?.fail();
  expect(await found).toThrow(Outdated);
  expect(await read()).toMatchObject({ messages: [] });
});
