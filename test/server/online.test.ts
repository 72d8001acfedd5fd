/** When a user is online, as others see it: who watches at once, who is logged in after a while. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import type { Services } from "../../src/operations/services/context.ts";
import { Presence } from "../../src/operations/services/presence.ts";
import { Attendance } from "../../src/server/attendance.ts";
import type { Session, User } from "../../src/state/entities.ts";
import type { Herald } from "../../src/state/participants.ts";
import type { State } from "../../src/state/state.ts";
import { machine } from "../../src/world/world.ts";
import { memoryState } from "../support/state.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const SECOND = 1000;

let state: State;
let presence: Presence;
let services: Services;
let ofTurn: Herald;
let said: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  state = memoryState(1000);
  const follow = (herald: Herald): void => {
    ofTurn = herald;
  };
  presence = new Presence(
    state,
    () => Date.now(),
    { admits: () => true, isTentative: false, schedule: () => {}, enter: (work) => work(), follow },
    machine,
  );
  services = { model: state, presence, now: () => Date.now(), world: machine } as unknown as Services;
  said = [];
  const alice = newUser("alice");
  state.messages.conversation(alice, newUser("bob"));
  state.messages.conversation(alice, newUser("carol"));
  connection((event) => {
    if (event.kind === "presence") said.push(`${event.user} ${event.online ? "comes" : "goes"}`);
  }).watch(sessionOf("alice"));
});
afterEach(() => void vi.useRealTimers());

const HERE = { address: "127.0.0.1", client: "basic" };

function newUser(name: string): User {
  return state.users.add({ name, fullName: name, country: "id", password: "$", created: NOW });
}

/** All that alice was told, up to the end of this turn. */
function told(): readonly string[] {
  ofTurn.conclude();
  ofTurn.kept(true);
  return said;
}

const user = (name: string): User => state.users.find(name) as User;
const sessionOf = (name: string): Session => state.sessions.add(user(name), `${name} ${Math.random()}`, NOW, HERE);

function connection(tell: (event: Event) => void = () => {}): Attendance {
  const audience = {
    tell,
    drop: () => {},
    dialect: "native",
    client: HERE.client,
    remote: { address: HERE.address, port: 1 },
  };
  return new Attendance(services, audience);
}

/** So much time passes; connections look at the clock every second, in a turn of its own. */
function pass(seconds: number, ...connections: readonly Attendance[]): void {
  for (let i = 0; i < seconds; i++) {
    vi.setSystemTime(Date.now() + SECOND);
    for (const one of connections) one.check(Date.now());
    told();
  }
}

describe("a user", () => {
  test("who is logged in comes online after 10 seconds, once", () => {
    const bob = connection();
    bob.logIn(sessionOf("bob"));
    pass(9, bob);
    expect([presence.isOnline(user("bob")), told()]).toEqual([false, []]);
    pass(60, bob);
    expect([presence.isOnline(user("bob")), told()]).toEqual([true, ["bob comes"]]);
    bob.leave();
    expect([presence.isOnline(user("bob")), told()]).toEqual([false, ["bob comes", "bob goes"]]);
  });

  test("who says one thing and goes is no news", () => {
    for (let i = 0; i < 5; i++) {
      const bob = connection();
      bob.logIn(sessionOf("bob"));
      pass(5, bob);
      bob.leave();
    }
    expect(told()).toEqual([]);
  });

  test("who watches is online at once, and stays so when he watches no longer but has been here for long", () => {
    const bob = connection();
    const session = sessionOf("bob");
    bob.logIn(session);
    bob.watch(session);
    expect(told()).toEqual(["bob comes"]);
    pass(20, bob);
    bob.watch(undefined);
    expect(told()).toEqual(["bob comes"]);
  });

  test("who shows a token for one request is not online", () => {
    const bob = connection();
    const session = sessionOf("bob");
    bob.sessionOf("0f8fad5b-d9cb-469f-a165-70867728950e");
    pass(60, bob);
    expect([session.closed, presence.isOnline(user("bob")), told()]).toEqual([false, false, []]);
  });

  test("has come with his first connection and gone with his last", () => {
    const [one, other] = [connection(), connection()];
    one.logIn(sessionOf("bob"));
    pass(10, one, other);
    other.logIn(sessionOf("bob"));
    pass(10, one, other);
    one.leave();
    expect(told()).toEqual(["bob comes"]);
    other.leave();
    expect(told()).toEqual(["bob comes", "bob goes"]);
  });

  test("whose other connection is new still is online by the old one alone", () => {
    const [one, other] = [connection(), connection()];
    one.logIn(sessionOf("bob"));
    pass(10, one, other);
    other.logIn(sessionOf("bob"));
    one.leave();
    expect(told()).toEqual(["bob comes", "bob goes"]);
    pass(10, other);
    expect(told()).toEqual(["bob comes", "bob goes", "bob comes"]);
  });

  test("who logs in again where he is, is not away meanwhile", () => {
    const bob = connection();
    bob.logIn(sessionOf("bob"));
    pass(10, bob);
    bob.logIn(sessionOf("bob"));
    pass(10, bob);
    expect(told()).toEqual(["bob comes"]);
  });

  test("who logs in where somebody else was comes after 10 seconds of his own", () => {
    const one = connection();
    one.logIn(sessionOf("bob"));
    pass(10, one);
    one.logIn(sessionOf("carol"));
    expect(told()).toEqual(["bob comes", "bob goes"]);
    pass(9, one);
    expect(told()).toEqual(["bob comes", "bob goes"]);
    pass(1, one);
    expect(told()).toEqual(["bob comes", "bob goes", "carol comes"]);
  });

  test("who goes and is back in one turn, or comes and goes, is no news; who does both and is gone has gone once", () => {
    const [bob, carol, again] = [connection(), connection(), connection()];
    bob.watch(sessionOf("bob"));
    expect(told()).toEqual(["bob comes"]);
    bob.leave();
    again.watch(sessionOf("bob"));
    carol.watch(sessionOf("carol"));
    carol.leave();
    expect(told()).toEqual(["bob comes"]);
    again.leave();
    const last = connection();
    last.watch(sessionOf("bob"));
    last.leave();
    expect(told()).toEqual(["bob comes", "bob goes"]);
  });

  test("whose coming could not be kept has not come, and whose connection is gone has gone all the same", () => {
    const [bob, carol] = [connection(), connection()];
    bob.watch(sessionOf("bob"));
    expect(told()).toEqual(["bob comes"]);
    carol.settle();
    carol.watch(sessionOf("carol"));
    bob.leave();
    carol.restore();
    ofTurn.undone("");
    expect(told()).toEqual(["bob comes", "bob goes"]);
  });

  test("is as long here as before when somebody else's login could not be kept", () => {
    const one = connection();
    one.logIn(sessionOf("bob"));
    pass(10, one);
    one.settle();
    one.logIn(sessionOf("carol"));
    one.restore();
    expect(presence.isOnline(user("bob"))).toBe(true);
  });
});

describe("when somebody was there last", () => {
  function visit(name: string): void {
    const one = connection();
    const session = sessionOf(name);
    one.logIn(session);
    one.watch(session);
    one.leave();
  }

  test("is known at once, costs nothing to be kept for each who goes, and is kept together", () => {
    visit("bob");
    const gone = Date.now();
    const mark = state.mark();
    expect(presence.lastSeen(user("bob"))).toBe(gone);
    expect(state.lastSeen.of(user("bob"))).toBeUndefined();
    pass(30);
    const carol = connection();
    carol.watch(sessionOf("carol"));
    presence.keepSeen();
    expect([state.lastSeen.of(user("bob")), state.lastSeen.of(user("carol"))]).toEqual([gone, Date.now()]);
    expect(state.mark()).toBeGreaterThan(mark);
  });

  test("is kept by the next turn where one could not be", () => {
    visit("bob");
    const gone = Date.now();
    const mark = state.mark();
    presence.keepSeen();
    state.revert(mark);
    expect([presence.lastSeen(user("bob")), state.lastSeen.of(user("bob"))]).toEqual([gone, undefined]);
    presence.keepSeen();
    presence.keepSeen();
    expect([presence.lastSeen(user("bob")), state.lastSeen.of(user("bob"))]).toEqual([gone, gone]);
  });

  test("is what it was before he was there without showing it", () => {
    visit("bob");
    const gone = Date.now();
    pass(60);
    state.settings.set(user("bob"), { presence: false });
    visit("bob");
    const bob = connection();
    bob.watch(sessionOf("bob"));
    presence.keepSeen();
    bob.leave();
    expect(presence.lastSeen(user("bob"))).toBe(gone);
  });

  test("is not asked of somebody whose account could not be kept", () => {
    const mark = state.mark();
    newUser("dewi");
    const dewi = connection();
    const session = sessionOf("dewi");
    dewi.logIn(session);
    dewi.watch(session);
    state.revert(mark);
    dewi.restore();
    newUser("edi");
    presence.keepSeen();
    expect(state.lastSeen.of(user("edi"))).toBeUndefined();
  });
});
