/** What a turn keeps to undo its changes: all that was there before, and no more than each change has overwritten. */
import { describe, expect, test } from "vitest";
import { missed } from "../../src/operations/outbox.ts";
import type { Services } from "../../src/operations/services/context.ts";
import type { RealmsContext } from "../../src/realms/context.ts";
import { Pump } from "../../src/realms/pump.ts";
import { apply } from "../../src/state/apply.ts";
import type { Change } from "../../src/state/changes.ts";
import type {
  Ban,
  Group,
  OutboxItem,
  Realm,
  Session,
  StoredFile,
  StoredMessage,
  User,
} from "../../src/state/entities.ts";
import { gapOf } from "../../src/state/realms.ts";
import type { State } from "../../src/state/state.ts";
import { memoryState } from "../support/state.ts";
import { until } from "../support/until.ts";
import { addUser } from "./contract.ts";

interface World {
  readonly state: State;
  readonly realm: Realm;
  readonly messi: User;
  readonly kelas: Group;
}

function world(): World {
  const state = memoryState(1000);
  const messi = addUser(state, "messi");
  const kelas = state.groups.add("kelas", messi, 1);
  const realm = state.realms.add({ name: "barca", host: "h", port: 1, given: "user" });
  const xavi = state.users.addAt("xavi", "barca", "xavi");
  state.groups.join(kelas, xavi, 0);
  void state.commit();
  return { state, realm, messi, kelas };
}

describe("what a realm has missed", () => {
  test("is as it was when a turn is undone", () => {
    const { state, realm, kelas } = world();
    state.realms.refused(realm, kelas, 1);
    state.realms.filled(realm, kelas, 5);
    void state.commit();
    state.realms.refused(realm, kelas, 1);
    state.realms.refused(realm, kelas, 2);
    state.realms.filled(realm, kelas, 9);
    state.revert(0);
    expect(gapOf(realm, kelas)).toEqual({ n: 5, refused: new Set([1]) });
  });

  test("is nothing again when its first turn is undone", () => {
    const { state, realm, kelas } = world();
    state.realms.filled(realm, kelas, 9);
    state.realms.refused(realm, kelas, 2);
    state.revert(0);
    expect(realm.gaps.size).toBe(0);
  });

  test("is not copied by a change, however much of it there is", () => {
    const { state, realm, kelas } = world();
    for (let seq = 1; seq <= 1000; seq++) state.realms.refused(realm, kelas, seq);
    const changes: Change[] = [
      { is: "gap.refused", realm: "barca", group: kelas.id, seq: 1001 },
      { is: "gap.filled", realm: "barca", group: kelas.id, n: 7 },
    ];
    for (const change of changes) {
      const before = apply(state, change);
      expect(["number", "object", "undefined"]).toContain(typeof before);
      expect(Object.values(before ?? {}).filter((value) => typeof value === "object")).toEqual([]);
    }
    expect(gapOf(realm, kelas).refused.size).toBe(1001);
  });
});

describe("who waits for another realm", () => {
  test("waits again when the turn that has told him is undone, and not when his own is", () => {
    const { state, realm, messi } = world();
    const awaited = { node: 3, copies: [7], user: messi.id, clientIds: ["a"] };
    state.outbox.await(realm, 5, awaited);
    state.revert(0);
    expect(state.outbox.awaited(realm, 5)).toBeUndefined();
    state.outbox.await(realm, 5, awaited);
    void state.commit();
    state.outbox.answer(realm, 5, {});
    expect(state.outbox.awaited(realm, 5)).toBeUndefined();
    state.revert(0);
    expect(state.outbox.awaited(realm, 5)).toEqual(awaited);
  });

  test("still waits when the turn is undone in which other nodes were told of him again", () => {
    const { state, realm, messi } = world();
    const awaited = { node: 3, copies: [7], user: messi.id, clientIds: ["a"] };
    state.outbox.await(realm, 5, awaited);
    void state.commit();
    state.outbox.await(realm, 5, awaited);
    state.revert(0);
    expect(state.outbox.awaited(realm, 5)).toEqual(awaited);
    expect(state.outbox.awaitedBy(messi.id, "a")).toEqual({ realm: "barca", n: 5 });
  });

  test("goes with the realm when that ends", () => {
    const { state, realm, messi } = world();
    state.outbox.await(realm, 5, { node: 3, copies: [], user: messi.id, clientIds: [] });
    const mark = state.mark();
    state.realms.end(realm, "barca.1");
    expect(state.outbox.awaited(realm, 5)).toMatchObject({ node: 3 });
    state.revert(mark);
    expect(state.outbox.awaited(realm, 5)).toMatchObject({ node: 3 });
  });
});

describe("words that came back from the home of a group", () => {
  test("of one moment are a set that is not copied, and without those of a turn that is undone", () => {
    const { state, messi } = world();
    const tiki = state.groups.addAt("tiki", "barca", messi, 0, 1);
    state.groups.setHeard(tiki, 1, { id: "a", time: 10 });
    void state.commit();
    const ids = tiki.returned?.ids;
    state.groups.setHeard(tiki, 2, { id: "b", time: 10 });
    expect(tiki.returned?.ids).toBe(ids);
    state.groups.setHeard(tiki, 3, { id: "a", time: 10 });
    state.groups.setHeard(tiki, 4, { id: "c", time: 11 });
    state.revert(0);
    expect([tiki.heard, tiki.returned]).toEqual([1, { time: 10, ids: new Set(["a"]) }]);
  });
});

describe("what a turn has taken out of a list", () => {
  /** What `list` is at first, and once what `take` takes out is put back. */
  function again(state: State, list: () => Iterable<unknown>, take: () => void): unknown[][] {
    void state.commit();
    const before = [...list()];
    take();
    state.revert(0);
    return [before, [...list()]];
  }

  function expectInPlace(state: State, list: () => Iterable<unknown>, take: () => void): void {
    const [before, after] = again(state, list, take);
    expect(before).toHaveLength(3);
    expect(after).toEqual(before);
  }

  test("is where it was when the turn is undone: the members of a group", () => {
    const { state, messi, kelas } = world();
    state.groups.join(kelas, addUser(state, "pedri"), 0);
    expectInPlace(
      state,
      () => [...kelas.members.keys()].map(({ name }) => name),
      () => state.groups.leave(kelas, messi),
    );
  });

  test.each([
    ["left", (state: State, group: Group, user: User) => state.groups.leave(group, user)],
    ["deleted", (state: State, group: Group) => state.groups.delete(group)],
  ])("is where it was when the turn is undone: the groups of a user, of which one is %s", (_, take) => {
    const { state, messi, kelas } = world();
    for (const name of ["b", "a"]) state.groups.add(name, messi, 1);
    expectInPlace(
      state,
      () => [...state.groups.of(messi)].map(({ name }) => name),
      () => take(state, kelas, messi),
    );
  });

  test("is where it was when the turn is undone: the sessions of a user", () => {
    const { state, messi } = world();
    const sessions = ["1", "2", "3"].map((hash) => state.sessions.add(messi, hash, 1, { address: "", client: "" }));
    expectInPlace(
      state,
      () => [...state.sessions.of(messi)].map(({ id }) => id),
      () => state.sessions.close(sessions[0] as Session),
    );
  });

  test("is where it was when the turn is undone: the realms, by name, and the bans, by time", () => {
    const { state, realm } = world();
    for (const name of ["rumah", "atletico"]) state.realms.add({ name, host: "h", port: 1, given: "user" });
    const names = (): string[] => [...state.realms.all()].map(({ name }) => name);
    expectInPlace(state, names, () => state.realms.remove(realm));
    expect(names()).toEqual(["atletico", "barca", "rumah"]);
    const ban = (target: string, time: number): Ban => ({ target, time, reason: "", until: undefined, by: undefined });
    const bans = [ban("b", 1), ban("a", 2), ban("c", 2)];
    for (const one of bans) state.bans.add(one);
    const targets = (): string[] => [...state.bans.all()].map(({ target }) => target);
    expectInPlace(state, targets, () => state.bans.lift(bans[0] as Ban));
    expect(targets()).toEqual(["b", "a", "c"]);
  });

  test("counts as it did: of the bans of two networks that one of the smaller is told", () => {
    const { state } = world();
    const ban = (target: string): Ban => ({ target, time: 1, reason: "", until: undefined, by: undefined });
    const bans = [ban("192.0.2.0/24"), ban("192.0.0.0/16")];
    for (const one of bans) state.bans.add(one);
    void state.commit();
    for (const one of bans) {
      expect(state.bans.onAddress("192.0.2.1", 2)?.target).toBe("192.0.2.0/24");
      state.bans.lift(one);
      state.revert(0);
    }
  });

  test("is where it was when the turn is undone: the ids of posts, of which the oldest make room for new ones", () => {
    const { state, messi } = world();
    const posted = { id: "m", time: 1 };
    for (let i = 0; i < 10_999; i++) state.messages.remember(messi, `p${i}`, posted);
    void state.commit();
    const known = (): unknown[] => {
      return ["p0", "p999", "p1000", "a", "b"].map((id) => state.messages.posted(messi, id) !== undefined);
    };
    for (let i = 0; i < 2; i++) {
      for (const id of ["a", "b"]) state.messages.remember(messi, id, posted);
      expect(known()).toEqual([false, false, true, true, true]);
      state.revert(0);
      expect(known()).toEqual([true, true, true, false, false]);
    }
  });
});

test("a realm that was taken back is changed by nobody who still holds it", () => {
  const { state, realm, kelas } = world();
  state.realms.remove(realm);
  void state.commit();
  state.realms.setReceived(realm, 5, new Map());
  state.realms.pin(realm, "key");
  state.realms.setAddress(realm, "other", 2, "user");
  state.realms.filled(realm, kelas, 1);
  state.realms.setHeadsAsked(realm, "yes");
  expect(state.commit()).toBe(false);
  expect(state.realms.find("barca")).toBeUndefined();
});

test("a file that was gone already frees no space when it is taken back", () => {
  const { state, messi } = world();
  const file: StoredFile = {
    ...{ id: "f1", owner: messi, created: 1, gone: true, name: "a.txt", size: 500, sha256: "00" },
    stored: undefined,
    origin: undefined,
  };
  state.files.add(file);
  state.revert(0);
  expect(state.files.usedBy(messi)).toBe(0);
});

test("who has said the first words of a conversation has no marker in it when they are taken back", () => {
  const { state, messi, kelas } = world();
  const conversation = state.messages.groupConversation(kelas);
  const mark = state.mark();
  state.messages.append(conversation, messi, 1, "halo", undefined);
  state.revert(mark);
  expect([...conversation.read]).toEqual([]);
});

test("a realm is asked again what it has missed, also when what it answered could not be taken", async () => {
  const { state, realm, messi, kelas } = world();
  const faults: unknown[] = [];
  const services = {
    model: state,
    now: () => Date.now(),
    neighbours: { of: () => ({ wake: () => {} }) },
    presence: { tell: () => {}, tellMembers: () => {}, closeSession: () => {} },
    policy: { outboxItems: 1000, outboxSize: 1e9 },
    fault: (error: unknown) => faults.push(error),
  } as unknown as Services;
  state.messages.append(state.messages.groupConversation(kelas), messi, 1, "halo", undefined);
  missed(services, realm);
  void state.commit();
  const get = state.messages.get.bind(state.messages);
  state.messages.get = () => {
    throw new Error("the disk is gone");
  };
  let answer: ((results: { have: unknown }[]) => void) | undefined;
  const turn = { enter: (work: () => void) => work() };
  const owner = { wake: () => void state.commit(), carrierFailed: () => {} };
  const pump = new Pump({ services, turn } as unknown as RealmsContext, realm, owner);
  pump.use({
    window: 1,
    underWay: 0,
    batch: 10,
    deliver: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  } as unknown as Parameters<Pump["use"]>[0]);
  answer?.([{ have: { kelas: 0 } }]);
  await until("its answer was taken", () => faults.length > 0);
  state.messages.get = get;
  missed(services, realm);
  void state.commit();
  const waiting: OutboxItem[] = [...state.outbox.after(realm, 0, 10, 1e9)];
  expect(waiting.map(({ body }) => JSON.parse(body))).toEqual([{ kind: "heads", heads: { kelas: 1 } }]);
});

test("no password of an account that is deleted stays in memory, unless that turn is undone", () => {
  const { state, messi } = world();
  const { password } = messi;
  state.users.delete(messi, false);
  expect(messi.password).toBe("");
  state.revert(0);
  expect([messi.password, state.users.find("messi")]).toEqual([password, messi]);
  expect(password).not.toBe("");
});

test("what a client's own id stood for is known again when the turn that has given it to another message is undone", () => {
  const { state, messi } = world();
  const say = (text: string): StoredMessage =>
    state.messages.append(state.messages.conversation(messi, messi), messi, 1, text, undefined);
  state.messages.remember(messi, "c1", say("halo"));
  void state.commit();
  state.messages.remember(messi, "c1", say("lagi"));
  state.revert(0);
  expect(state.messages.posts.get(messi, "c1")).toEqual({ seq: 1 });
});

test("of a realm that is removed neither names nor link stay in memory, unless that turn is undone", () => {
  const { state, realm } = world();
  state.realms.setLinked(realm, 3);
  state.realms.tellNames(realm, { salt: "s", from: { users: 0, groups: 0 }, users: ["xavi"], groups: ["tim"] });
  void state.commit();
  state.realms.end(realm, "barca.1");
  expect([realm.linkedOn, state.realms.namesCount]).toEqual([undefined, 0]);
  state.revert(0);
  expect([realm.linkedOn, state.realms.namesCount]).toEqual([3, 2]);
});
