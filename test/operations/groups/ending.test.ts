/** What time does to groups. */
import { beforeEach, expect, test } from "vitest";
import { endEmptyGroups, isNameFree } from "../../../src/operations/groups/ending.ts";
import { filesIn, reachOf } from "../../../src/operations/groups/reach.ts";
import type { Services } from "../../../src/operations/services/context.ts";
import type { Group, User } from "../../../src/state/entities.ts";
import type { State } from "../../../src/state/state.ts";
import { addUser } from "../../state/contract.ts";
import { memoryState } from "../../support/state.ts";

const DAY_MS = 24 * 3600_000;

let state: State;
let messi: User;
let kaka: User;
let kelas: Group;
let time: number;
let services: Services;

beforeEach(() => {
  state = memoryState(1000);
  [messi, kaka] = [addUser(state, "messi"), addUser(state, "kaka")];
  kelas = state.groups.add("kelas", messi, 1);
  time = 1000 * DAY_MS;
  services = { model: state, now: () => time } as unknown as Services;
});

/** Days pass, and it is looked what they have done. */
function days(count: number): void {
  time += count * DAY_MS;
  endEmptyGroups(services);
}

test("a group that nobody is in is gone after thirty days, and its name is another's ninety days later", () => {
  days(1000);
  expect(state.groups.find("kelas")).toBe(kelas);
  state.groups.leave(kelas, messi);
  days(0);
  days(29);
  expect(state.groups.find("kelas")).toBe(kelas);
  days(1);
  expect([state.groups.find("kelas"), kelas.gone]).toEqual([undefined, true]);
  expect([isNameFree(services, "Kelas", kaka), isNameFree(services, "kelas", messi)]).toEqual([false, true]);
  days(90);
  expect(isNameFree(services, "kelas", kaka)).toBe(true);
});

test("a group that somebody came back to stays", () => {
  state.groups.leave(kelas, messi);
  days(0);
  days(29);
  state.groups.join(kelas, kaka, 0);
  days(29);
  state.groups.leave(kelas, kaka);
  days(29);
  expect(state.groups.find("kelas")).toBe(kelas);
});

test("a group shows its messages and files as long as it keeps them", () => {
  state.groups.set(kelas, { keepDays: 7 });
  expect(reachOf(services, kelas, messi)).toEqual({ floor: 0, since: time - 7 * DAY_MS });
  for (const [id, age] of [
    ["old", 8],
    ["new", 6],
  ] as const) {
    const created = time - age * DAY_MS;
    const fields = { name: id, size: 1, sha256: "00", owner: messi, stored: id, gone: false, origin: undefined };
    const file = state.files.add({ id, created, ...fields });
    state.files.share({ file, from: messi, to: kelas });
  }
  expect(filesIn(services, kelas, messi).map(({ file }) => file.id)).toEqual(["new"]);
});
