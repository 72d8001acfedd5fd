/** That somebody types changes nothing, and is told to those who may see it. */
import { beforeEach, expect, test } from "vitest";
import type { Event } from "../../../src/contract/event.ts";
import type { Typing } from "../../../src/contract/hints.ts";
import { follower } from "../../../src/operations/follow.ts";
import { typing } from "../../../src/operations/messages/typing.ts";
import type { Caller, Services } from "../../../src/operations/services/context.ts";
import { type Audience, Presence } from "../../../src/operations/services/presence.ts";
import { TypingPace } from "../../../src/operations/services/typing-pace.ts";
import { type Change, isPassing } from "../../../src/state/changes.ts";
import type { Group, User } from "../../../src/state/entities.ts";
import type { State } from "../../../src/state/state.ts";
import { Turn } from "../../../src/state/turn.ts";
import { machine } from "../../../src/world/world.ts";
import { memoryState } from "../../support/state.ts";

let state: State;
let services: Services;
let isUnderLoad: boolean;
/** What each was told, by name. */
let told: string[];
let users: Record<"alice" | "bob" | "carol", User>;
let kelas: Group;
let elapsed: number;
let changes: Change[];
/** Who was said to type, to other realms. */
let passedOn: string[];

beforeEach(() => {
  state = memoryState(1000);
  isUnderLoad = false;
  elapsed = 0;
  told = [];
  passedOn = [];
  const tellTyping = ({ from }: Typing): number => passedOn.push(from);
  const presence = new Presence(state, () => 1, new Turn(state, machine, () => {}), machine);
  const typingPace = new TypingPace({ elapsed: () => elapsed, isUnderLoad: () => isUnderLoad });
  const neighbours = { of: () => ({ tellTyping }) };
  services = { realm: "kampus", model: state, presence, typingPace, neighbours, now: () => 1 } as unknown as Services;
  state.follow(follower(services));
  const add = (name: string): User => {
    const user = state.users.add({ name, fullName: name, country: "id", password: "$", created: 1 });
    const tell = (event: Event): void => {
      if (event.kind === "typing") told.push(`${name}: ${event.with} ${event.user}`);
    };
    presence.setWatching(
      user,
      { tell, drop: () => {}, dialect: "native", remote: { address: "" } } satisfies Audience,
      true,
    );
    return user;
  };
  users = { alice: add("alice"), bob: add("bob"), carol: add("carol") };
  kelas = state.groups.add("kelas", users.alice, 1);
  for (const user of [users.bob, users.carol]) state.groups.join(kelas, user, 0);
  void state.commit();
  changes = [];
  state.follow({ onKept: (change) => changes.push(change) });
});

function types(by: User, to: string): unknown {
  return typing(services, { acting: { user: by } } as unknown as Caller, { with: to });
}

test("the members of a group are told, but the one who types; the other of two; and nothing is to be kept", () => {
  expect([types(users.bob, "#kelas"), types(users.bob, "alice"), types(users.bob, "bob")]).toEqual([{}, {}, {}]);
  expect(told).toEqual(["alice: #kelas bob", "carol: #kelas bob", "alice: bob bob"]);
  void state.commit();
  expect(changes.filter((change) => !isPassing(change))).toEqual([]);
});

test("once in three seconds in each conversation, however often one says it", () => {
  for (let i = 0; i < 5; i++) expect(types(users.bob, "alice")).toEqual({});
  elapsed = 3000;
  types(users.bob, "alice");
  expect(told).toHaveLength(2);
});

test("under load nobody is, and who types is answered as ever", () => {
  isUnderLoad = true;
  expect(types(users.bob, "#kelas")).toEqual({});
  expect(told).toEqual([]);
});

test("in a group neither of two of whom one has blocked the other sees the other type", () => {
  state.hidings.hide(users.alice, users.carol, "blocked", 0, 1);
  types(users.carol, "#kelas");
  types(users.alice, "#kelas");
  expect(told).toEqual(["bob: #kelas carol", "bob: #kelas alice"]);
});

test("who may say nothing in a group, or shows nobody that he is there, types unseen", () => {
  state.groups.set(kelas, { posting: "moderators" });
  expect(types(users.bob, "#kelas")).toEqual({});
  state.settings.set(users.alice, { presence: false });
  types(users.alice, "#kelas");
  types(users.alice, "bob");
  expect(told).toEqual([]);
});

test("in a group of more than 1,000 nobody is told who types, in one of 1,000 everybody", () => {
  const add = (name: string): User =>
    state.users.add({ name, fullName: name, country: "id", password: "$", created: 1 });
  while (kelas.members.size < 1000) state.groups.join(kelas, add(`u${kelas.members.size}`), 0, true);
  expect(types(users.bob, "#kelas")).toEqual({});
  expect(told).toEqual(["alice: #kelas bob", "carol: #kelas bob"]);
  state.groups.join(kelas, add("dewi"), 0, true);
  expect(types(users.carol, "#kelas")).toEqual({});
  expect(told).toHaveLength(2);
});

test("another realm is told once, though the turn is done again", () => {
  state.realms.add({ name: "rumah", host: undefined, port: undefined, given: "operator" });
  const dewi = state.users.addAt("dewi", "rumah", "Dewi");
  state.groups.join(kelas, dewi, 0);
  void state.commit();
  const mark = state.mark();
  for (const to of ["#kelas", "dewi@rumah"]) types(users.bob, to);
  state.revert(mark);
  expect(passedOn).toEqual([]);
  for (const to of ["#kelas", "dewi@rumah"]) types(users.bob, to);
  void state.commit();
  expect(passedOn).toEqual(["bob@kampus", "bob"]);
});
