/** Who is told that somebody comes and goes: those who share a conversation with him or a group that is no crowd. */
import { beforeEach, expect, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { follower } from "../../src/operations/follow.ts";
import type { Services } from "../../src/operations/services/context.ts";
import { type Audience, Presence } from "../../src/operations/services/presence.ts";
import type { Group, User } from "../../src/state/entities.ts";
import type { Herald } from "../../src/state/participants.ts";
import type { State } from "../../src/state/state.ts";
import { machine, type Timer, type World } from "../../src/world/world.ts";
import { memoryState } from "../support/state.ts";

/** A group of more members is a crowd. */
const CROWD = 1000;

let state: State;
let presence: Presence;
let turn: Herald;
let users: Record<"alice" | "bob" | "carol", User>;
let kelas: Group;
/** What each was told, by name, and the events. */
let told: string[];
let events: Event[];
let elapsed: number;
let timers: { readonly at: number; then(): void }[];
const connections = new Map<User, Audience>();

beforeEach(() => {
  state = memoryState(1000);
  connections.clear();
  told = [];
  events = [];
  timers = [];
  elapsed = 0;
  const follow = (herald: Herald): void => {
    turn = herald;
  };
  const after: World["after"] = (ms, then) => {
    timers.push({ at: elapsed + ms, then });
    return { unref: () => {} } as Timer;
  };
  const world = { ...machine, elapsed: () => elapsed, after };
  presence = new Presence(
    state,
    () => 1,
    { schedule: () => {}, enter: (work) => work(), follow, admits: () => true, isTentative: false },
    world,
  );
  state.follow(follower({ model: state, presence } as unknown as Services));
  users = { alice: add("alice"), bob: add("bob"), carol: add("carol") };
  kelas = state.groups.add("kelas", users.alice, 1);
  for (const user of [users.bob, users.carol]) state.groups.join(kelas, user, 0, true);
  for (const user of Object.values(users)) come(user);
  endTurn();
  told = [];
  events = [];
});

function add(name: string): User {
  const user = state.users.add({ name, fullName: name, country: "id", password: "$", created: 1 });
  const tell = (event: Event): void => {
    if (event.kind !== "presence") return;
    events.push(event);
    const { away } = event;
    told.push(
      `${name}: ${event.user} ${event.online ? "is there" : "is gone"}${away === undefined ? "" : `, ${away}`}`,
    );
  };
  connections.set(user, { tell, drop: () => {}, dialect: "native", remote: { address: "" } });
  return user;
}

function come(user: User): void {
  presence.setWatching(user, connections.get(user) as Audience, true);
  presence.setOnline(user, connections.get(user) as Audience, true);
}

function go(user: User): void {
  presence.depart(user, connections.get(user) as Audience);
}

function endTurn(): void {
  turn.conclude();
  void state.commit();
  turn.kept(true);
}

/** The time comes that something waits for. */
function nextTimer(): void {
  const timer = timers.shift();
  elapsed = timer?.at ?? elapsed;
  timer?.then();
  endTurn();
}

function fill(group: Group, members: number): void {
  while (group.members.size < members) state.groups.join(group, add(`u${group.members.size}`), 0, true);
}

test("the members of a group are told at the end of the turn, each by the same event", () => {
  go(users.carol);
  expect(told).toEqual([]);
  endTurn();
  expect(told).toEqual(["alice: carol is gone", "bob: carol is gone"]);
  expect(new Set(events).size).toBe(1);
});

test("many who come in one turn are told of each other, once whatever they share", () => {
  go(users.bob);
  go(users.carol);
  endTurn();
  told = [];
  state.messages.conversation(users.bob, users.carol);
  state.groups.join(state.groups.add("klub", users.bob, 1), users.carol, 0, true);
  come(users.bob);
  come(users.carol);
  endTurn();
  expect(told.toSorted()).toEqual([
    "alice: bob is there",
    "alice: carol is there",
    "bob: carol is there",
    "carol: bob is there",
  ]);
});

test("in a group of 1,000 they are, in one of 1,001 nobody is but who shares something else", () => {
  fill(kelas, CROWD);
  go(users.carol);
  endTurn();
  expect(told).toEqual(["alice: carol is gone", "bob: carol is gone"]);
  fill(kelas, CROWD + 1);
  come(users.carol);
  endTurn();
  expect(told).toHaveLength(2);
  state.messages.conversation(users.alice, users.carol);
  state.groups.join(state.groups.add("klub", users.bob, 1), users.carol, 0, true);
  go(users.carol);
  endTurn();
  expect(told.slice(2).toSorted()).toEqual(["alice: carol is gone", "bob: carol is gone"]);
});

test("nor is who is blocked by a member of a crowd, or says something of himself there, any news in it", () => {
  fill(kelas, CROWD + 1);
  state.settings.set(users.carol, { away: "makan" });
  state.hidings.hide(users.carol, users.bob, "blocked", 0, 1);
  endTurn();
  state.hidings.forget(users.carol, users.bob);
  endTurn();
  expect(told).toEqual([]);
});

test("what somebody says of himself and takes back in one turn is no news, nor is that he hid himself for a moment", () => {
  state.settings.set(users.carol, { away: "makan" });
  state.settings.set(users.carol, { away: undefined });
  state.settings.set(users.carol, { presence: false });
  state.settings.set(users.carol, { presence: true });
  endTurn();
  expect(told).toEqual([]);
});

test("who is blocked sees the other go, whether that one is still there or goes in the same turn, and sees him come once", () => {
  state.hidings.hide(users.carol, users.bob, "blocked", 0, 1);
  go(users.carol);
  endTurn();
  expect(told.toSorted()).toEqual(["alice: carol is gone", "bob: carol is gone"]);
  told = [];
  come(users.carol);
  endTurn();
  expect(told).toEqual(["alice: carol is there"]);
  go(users.carol);
  endTurn();
  told = [];
  come(users.carol);
  state.hidings.forget(users.carol, users.bob);
  endTurn();
  expect(told.toSorted()).toEqual(["alice: carol is there", "bob: carol is there"]);
});

test("who is blocked no more in the turn in which the other does not show himself any more is told nothing, for he did not see him", () => {
  state.hidings.hide(users.carol, users.bob, "blocked", 0, 1);
  endTurn();
  told = [];
  state.settings.set(users.carol, { presence: false });
  state.hidings.forget(users.carol, users.bob);
  endTurn();
  expect(told).toEqual(["alice: carol is gone"]);
  told = [];
  state.settings.set(users.carol, { presence: true });
  endTurn();
  expect(told.toSorted()).toEqual(["alice: carol is there", "bob: carol is there"]);
});

test("of a turn that could not be kept only that is told which holds: who went has gone, who said something has not", () => {
  const mark = state.mark();
  state.settings.set(users.bob, { away: "makan" });
  go(users.carol);
  turn.conclude();
  told = [];
  state.revert(mark);
  turn.undone("");
  expect(told).toEqual(["alice: carol is gone", "bob: carol is gone"]);
  told = [];
  endTurn();
  expect(told).toEqual([]);
});

test("who has more conversations than there are who watch is found to be near as well", () => {
  for (let i = 0; i < 10; i++) state.messages.conversation(users.carol, add(`v${i}`));
  state.messages.conversation(users.carol, users.bob);
  fill(kelas, CROWD + 1);
  go(users.carol);
  endTurn();
  expect(told).toEqual(["bob: carol is gone"]);
});

test("where many are told, those who come within the next moment are told of together, and nobody is forgotten", () => {
  fill(kelas, CROWD);
  const members = [...kelas.members.keys()] as User[];
  for (const user of members) come(user);
  endTurn();
  while (timers.length > 0) nextTimer();
  elapsed += 1000;
  told = [];
  const [first, second, third] = members.slice(-3) as [User, User, User];
  go(first);
  endTurn();
  expect(told).toHaveLength(CROWD - 1);
  go(second);
  endTurn();
  go(third);
  come(third);
  endTurn();
  expect(told).toHaveLength(CROWD - 1);
  expect(timers).toHaveLength(1);
  nextTimer();
  expect(told.slice(CROWD - 1)).toHaveLength(CROWD - 2);
  expect(told.at(-1)).toBe(`${third.name}: ${second.name} is gone`);
});
