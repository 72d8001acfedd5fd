/** The names that another realm has told, as a node knows them that was told all, or only some. */
import { beforeEach, expect, test } from "vitest";
import { MemoryLog } from "../../src/logs/memory/index.ts";
import type { NamesTold } from "../../src/state/changes.ts";
import type { Realm } from "../../src/state/entities.ts";
import { State } from "../../src/state/state.ts";

let model: State;
let realm: Realm;

beforeEach(() => {
  model = new State(new MemoryLog(10));
  realm = model.realms.add({ name: "jauh", host: undefined, port: undefined, given: "peer" });
});

function tell(at: number, users: readonly string[], more: Partial<NamesTold> = {}): void {
  model.realms.tellNames(realm, { salt: "s", from: { users: at, groups: 0 }, users, groups: [], ...more });
}

test("names that are told again, or twice in part, are there once", () => {
  tell(0, ["a", "b"]);
  tell(0, ["a", "b"]);
  tell(1, ["b", "c"]);
  expect(realm.names.users).toEqual(["a", "b", "c"]);
  expect(model.realms.namesCount).toBe(3);
});

test("a node that has missed names knows none behind them, until it is told all", () => {
  tell(1, ["b"]);
  tell(0, ["a"]);
  tell(2, ["c"]);
  expect(realm.names.users).toEqual(["a"]);
  tell(0, ["a", "b", "c"]);
  expect(realm.names.users).toEqual(["a", "b", "c"]);
});

test("another list takes the place of the one before, and the rest of an older one is not heard", () => {
  tell(0, ["a", "b"], { groups: ["Kelas"] });
  tell(0, ["b"], { salt: "t" });
  tell(2, ["c"]);
  expect(realm.names.users).toEqual(["b"]);
  expect(realm.names.hasGroup("kelas")).toBe(false);
});

test("what is undone was not told", () => {
  tell(0, ["a"], { groups: ["Kelas"] });
  const mark = model.mark();
  tell(1, ["b"], { from: { users: 1, groups: 1 }, groups: ["Klub"] });
  tell(0, ["x"], { salt: "t", groups: ["Lain"] });
  model.revert(mark);
  expect(realm.names.users).toEqual(["a"]);
  expect(["kelas", "klub", "lain"].filter((name) => realm.names.hasGroup(name))).toEqual(["kelas"]);
});
