/** Several nodes of one community: what somebody sees of others does not depend on which node he or they are on. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Event } from "../../src/contract/event.ts";
import { typingAt } from "../../src/operations/federation/typing.ts";
import { members } from "../../src/operations/groups/groups.ts";
import { deliver } from "../../src/operations/messages/deliver.ts";
import { typing } from "../../src/operations/messages/typing.ts";
import { info, loggedIn } from "../../src/operations/people/users.ts";
import type { Caller } from "../../src/operations/services/context.ts";
import { Attendance } from "../../src/server/attendance.ts";
import type { Connection } from "../../src/server/connection.ts";
import { expulsion } from "../../src/server/expulsion.ts";
import type { Group, Realm, User } from "../../src/state/entities.ts";
import { Node, Nodes, type Watching } from "../support/nodes-in-memory.ts";

let nodes: Nodes;
let first: Node;
let second: Node;
let third: Node;

beforeEach(() => {
  nodes = new Nodes(3);
  [first, second, third] = nodes.all as [Node, Node, Node];
  people(first);
  nodes.settle();
});

/** Alice, bob and carol, who share a group. */
function people({ model }: Node): void {
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) =>
    model.users.add({ name, fullName: name, country: "id", password: "$", created: 1 }),
  );
  if (!alice || !bob || !carol) return;
  const kelas = model.groups.add("kelas", alice, 1);
  for (const user of [bob, carol]) model.groups.join(kelas, user, 0, true);
}

function as(node: Node, name: string): Caller {
  return { acting: { user: node.user(name) } } as unknown as Caller;
}

const kelas = ({ model }: Node): Group => model.groups.find("kelas") as Group;

/** What he was told of who comes and goes, since he was asked last. */
function comings({ told }: Watching): readonly string[] {
  return taken(told, "presence").map(({ user, online }) => `${user} ${online ? "is there" : "is gone"}`);
}

function typings({ told }: Watching): readonly string[] {
  return taken(told, "typing").map((event) => `${event.with}: ${event.user}`);
}

function taken<K extends Event["kind"]>(told: Event[], kind: K): readonly (Event & { kind: K })[] {
  return told.splice(0).filter((event): event is Event & { kind: K } => event.kind === kind);
}

test.each(["alone", "among others"] as const)(
  "of somebody whose account is deleted while he is there, nobody keeps when he was there last; a node %s",
  (where) => {
    const node = where === "alone" ? new Node() : first;
    if (where === "alone") people(node);
    const bob = node.user("bob");
    const connection = node.come("bob");
    node.turn();
    node.model.users.delete(bob, true);
    node.presence.depart(bob, connection);
    node.turn();
    node.presence.keepSeen();
    expect(node.turn().filter(({ is }) => is === "user.seen")).toEqual([]);
  },
);

describe("who is online on one node", () => {
  test("is there for all others, told once, and gone with his last connection", () => {
    const [near, far] = [first.come("bob"), second.come("carol")];
    nodes.settle();
    for (const one of [near, far]) one.told.length = 0;
    const alice = first.come("alice");
    nodes.settle();
    expect([comings(near), comings(far)]).toEqual([["alice is there"], ["alice is there"]]);
    const more = first.come("alice");
    first.go("alice", alice);
    nodes.settle();
    expect([comings(near), comings(far)]).toEqual([[], []]);
    first.go("alice", more);
    nodes.settle();
    expect([comings(near), comings(far)]).toEqual([["alice is gone"], ["alice is gone"]]);
  });

  test("is online wherever somebody asks, and was seen when he went", () => {
    const alice = first.come("alice");
    nodes.settle();
    const shown = (): unknown => [
      info(second.services, as(second, "bob"), { user: { name: "alice" } }),
      loggedIn(second.services, as(second, "bob")).names,
      members(second.services, as(second, "bob"), { group: { name: "kelas" } }),
      second.presence.onlineCount,
    ];
    expect(shown()).toMatchObject([{ online: true, seen: undefined }, ["alice"], {}, 1]);
    expect(JSON.stringify(shown())).toContain('"online":true');
    first.time = 77;
    first.go("alice", alice);
    nodes.settle();
    expect(shown()).toMatchObject([{ online: false, seen: 77 }, [], {}, 0]);
    expect([first, third].map((node) => node.presence.lastSeen(node.user("alice")))).toEqual([77, 77]);
  });

  test("and on another, too, is gone when he is gone from both, and was seen then", () => {
    const bob = third.come("bob");
    const here = first.come("alice");
    nodes.settle();
    bob.told.length = 0;
    const there = second.come("alice");
    nodes.settle();
    expect(comings(bob)).toEqual([]);
    first.time = 5;
    first.go("alice", here);
    nodes.settle();
    expect([comings(bob), first.presence.isOnline(first.user("alice"))]).toEqual([[], true]);
    second.time = 9;
    second.go("alice", there);
    nodes.settle();
    expect(comings(bob)).toEqual(["alice is gone"]);
    expect(nodes.all.map((node) => node.presence.lastSeen(node.user("alice")))).toEqual([9, 9, 9]);
  });

  test("and goes on on another before anybody has asked, is no news", () => {
    const bob = third.come("bob");
    const alice = first.come("alice");
    nodes.settle();
    bob.told.length = 0;
    first.go("alice", alice);
    const went = first.turn();
    second.adopt(went);
    second.come("alice");
    third.adopt([...went, ...second.turn()]);
    expect(comings(bob)).toEqual([]);
  });

  test("but shows nobody that he is, is online for nobody, and nobody knows when he went", () => {
    first.model.settings.set(first.user("alice"), { presence: false });
    const bob = second.come("bob");
    const alice = first.come("alice");
    nodes.settle();
    first.go("alice", alice);
    nodes.settle();
    expect(comings(bob)).toEqual([]);
    expect(second.presence.lastSeen(second.user("alice"))).toBeUndefined();
  });

  test("and is deleted, is gone for those who watch elsewhere", () => {
    const bob = second.come("bob");
    first.come("alice");
    first.model.messages.conversation(first.user("alice"), first.user("bob"));
    nodes.settle();
    bob.told.length = 0;
    first.model.users.delete(first.user("alice"), false);
    nodes.settle();
    expect(comings(bob)).toEqual(["alice is gone"]);
    expect(second.model.online.count).toBe(1);
  });
});

describe("a turn that could not be kept", () => {
  test("leaves nobody online whom the others do not know of: the next says it", () => {
    const bob = second.come("bob");
    nodes.settle();
    first.come("alice");
    first.fails = true;
    expect(first.turn()).toEqual([]);
    first.fails = false;
    expect(first.timers).toHaveLength(1);
    nodes.settle();
    expect(comings(bob)).toEqual(["alice is there"]);
  });

  test("says nothing later of who was gone again before it could be", () => {
    const alice = first.come("alice");
    first.fails = true;
    first.turn();
    first.go("alice", alice);
    first.fails = false;
    expect(first.turn()).toEqual([]);
  });

  test("and in which somebody went, leaves him online for the others until the next", () => {
    const alice = first.come("alice");
    nodes.settle();
    first.fails = true;
    first.go("alice", alice);
    first.turn();
    expect(first.model.online.nodesOf(first.user("alice"))).toEqual([1]);
    first.fails = false;
    nodes.settle();
    expect(second.presence.isOnline(second.user("alice"))).toBe(false);
  });

  test("of one whose account was not kept either nobody hears", () => {
    first.model.users.add({ name: "dewi", fullName: "dewi", country: "id", password: "$", created: 1 });
    const dewi = first.user("dewi");
    first.come("dewi");
    first.fails = true;
    first.turn();
    first.fails = false;
    expect([first.turn(), first.model.users.byId(dewi.id)]).toEqual([[], undefined]);
  });
});

describe("a node that has ended", () => {
  test("takes with it whoever was online there alone, who was seen when it was heard of last", () => {
    const bob = second.come("bob");
    first.come("alice");
    first.come("carol");
    third.come("carol");
    nodes.settle();
    bob.told.length = 0;
    second.presence.endNode(1, 50);
    third.adopt(second.turn());
    expect(comings(bob)).toEqual(["alice is gone"]);
    for (const node of [second, third]) {
      expect(["alice", "carol"].map((name) => node.presence.isOnline(node.user(name)))).toEqual([false, true]);
      expect(node.presence.lastSeen(node.user("alice"))).toBe(50);
    }
  });

  test("and was only taken for dead, says again who is there", () => {
    const bob = second.come("bob");
    first.come("alice");
    nodes.settle();
    bob.told.length = 0;
    second.presence.endNode(1, 50);
    nodes.settle();
    expect(comings(bob)).toEqual(["alice is gone", "alice is there"]);
    expect(third.presence.isOnline(third.user("alice"))).toBe(true);
  });

  test("and goes on under another number, is there again with all its users, and nothing of the old one stays", () => {
    const bob = second.come("bob");
    first.come("alice");
    nodes.settle();
    bob.told.length = 0;
    second.presence.endNode(1, 50);
    nodes.settle();
    (first.own as { node: number }).node = 4;
    first.fails = true;
    first.turn();
    first.fails = false;
    nodes.settle();
    expect(comings(bob).slice(2)).toEqual([]);
    for (const { model } of nodes.all) expect(model.online.nodesOf(model.users.find("alice") as User)).toEqual([4]);
  });

  test("and whose word for who is there could not be kept, says it again with the next turn", () => {
    second.come("bob");
    first.come("alice");
    first.fails = true;
    first.turn();
    // What others say meanwhile is no turn of its own.
    first.adopt(second.turn());
    first.fails = false;
    nodes.settle();
    expect(third.presence.isOnline(third.user("alice"))).toBe(true);
  });
});

test("one process alone keeps nothing of who is online", () => {
  const alone = new Node();
  people(alone);
  alone.turn();
  const [bob, alice] = [alone.come("bob"), alone.come("alice")];
  expect(alone.turn()).toEqual([]);
  alone.go("alice", alice);
  expect([alone.turn(), comings(bob)]).toEqual([[], ["alice is there", "alice is gone"]]);
  expect([alone.presence.onlineCount, alone.model.online.count]).toEqual([1, 0]);
});

describe("that somebody types", () => {
  test("is told on every node to those who may see it, and to nobody twice", () => {
    const watching = [first.come("bob"), second.come("carol"), second.come("bob")];
    nodes.settle();
    for (const one of watching) one.told.length = 0;
    for (let i = 0; i < 3; i++) typing(first.services, as(first, "alice"), { with: "#kelas" });
    typing(first.services, as(first, "alice"), { with: "bob" });
    nodes.settle();
    expect(watching.map(typings)).toEqual([
      ["#kelas: alice", "alice: alice"],
      ["#kelas: alice"],
      ["#kelas: alice", "alice: alice"],
    ]);
  });

  test("is told nobody on a node that has too much else to say", () => {
    const [bob, carol] = [second.come("bob"), third.come("carol")];
    nodes.settle();
    for (const one of [bob, carol]) one.told.length = 0;
    second.isUnderLoad = true;
    typing(first.services, as(first, "alice"), { with: "#kelas" });
    nodes.settle();
    expect([bob, carol].map(typings)).toEqual([[], ["#kelas: alice"]]);
  });

  test("goes to another realm from every node that may be linked with it", () => {
    const { model } = first;
    model.realms.add({ name: "rumah", host: "h", port: 1, given: "user" });
    const xavi = model.users.addAt("xavi", "rumah", "xavi");
    model.groups.join(kelas(first), xavi, 0, true);
    typing(first.services, as(first, "alice"), { with: "#kelas" });
    nodes.settle();
    expect(nodes.all.map(({ toldRealms }) => toldRealms)).toEqual(Array(3).fill(["rumah: group"]));
  });

  test("in a group elsewhere is told when its home tells it again, on whichever node", () => {
    const { model } = first;
    model.realms.add({ name: "rumah", host: "h", port: 1, given: "user" });
    const tiki = model.groups.addAt("tiki", "rumah", first.user("alice"), 0, 1);
    for (const name of ["alice", "bob"]) model.groups.join(tiki, first.user(name), 0, true);
    const [bob, alice] = [first.come("bob"), third.come("alice")];
    typing(first.services, as(first, "alice"), { with: "#tiki@rumah" });
    nodes.settle();
    expect([second.toldRealms, typings(bob)]).toEqual([["rumah: post"], []]);
    const home = second.model.realms.find("rumah") as Realm;
    for (let i = 0; i < 2; i++)
      typingAt(second.services, home, { kind: "group", from: "alice@kampus", group: "tiki", gid: "g1" });
    nodes.settle();
    expect([typings(bob), typings(alice)]).toEqual([["#tiki@rumah: alice"], []]);
  });
});

test("the fate of a message is told on whichever node its sender watches", () => {
  const alice = second.come("alice");
  first.model.passing.fate(first.user("alice"), { id: "m1", state: "refused", detail: "quota" });
  first.model.passing.fate(first.user("alice"), { id: "m2", state: "delivered", detail: undefined });
  nodes.settle();
  expect(taken(alice.told, "fate")).toEqual([
    { kind: "fate", id: "m1", state: "refused", detail: "quota" },
    { kind: "fate", id: "m2", state: "delivered" },
  ]);
});

describe("who has said something himself", () => {
  test("is told of it on all his connections of other nodes, and on this one on all but that which has said it", () => {
    const [asking, here, there] = [first.come("alice"), first.come("alice"), second.come("alice")];
    first.presence.asking.during(asking, () => deliver(first.services, first.user("alice"), first.user("bob"), "halo"));
    nodes.settle();
    expect([asking, here, there].map(({ told }) => taken(told, "sent").length)).toEqual([0, 1, 1]);
  });

  test("in a group elsewhere, is told of it but on the connection that has posted it, whichever node its home is linked with", () => {
    const { model } = first;
    model.realms.add({ name: "rumah", host: "h", port: 1, given: "user" });
    const tiki = model.groups.addAt("tiki", "rumah", first.user("alice"), 0, 1);
    model.groups.join(tiki, first.user("alice"), 0, true);
    const [asking, here, there] = [first.come("alice"), first.come("alice"), second.come("alice")];
    first.presence.asking.during(asking, () => first.presence.asking.willComeBack("id1"));
    nodes.settle();
    const home = second.model.groups.findAt("tiki", "rumah") as Group;
    const said = deliver(second.services, second.user("alice"), home, "halo", undefined, "id1");
    nodes.settle();
    expect([asking, here, there].map(({ told }) => taken(told, "sent").length)).toEqual([0, 1, 1]);
    first.presence.asking.during(asking, () => first.presence.asking.willComeBack("id2"));
    second.model.messages.alter(said, second.user("alice"), 1, "edited", "hai", "id2");
    nodes.settle();
    expect([asking, here, there].map(({ told }) => taken(told, "edited").length)).toEqual([0, 1, 1]);
  });
});

describe("who is put out on one node", () => {
  /** A connection as `expulsion` sees it. */
  function connected(node: Node, key: string, address: string): { readonly why: string[] } {
    const why: string[] = [];
    const connection = {
      client: { operator: false, remote: { address }, attendance: { isUsedBy: (name: string) => name === key } },
      expel: ({ code }: { code: string }) => void why.push(code),
    };
    node.follow(expulsion([connection as unknown as Connection], node.model));
    return { why };
  }

  test("is on all: by a ban of his name or his address, or as an administrator ends his sessions", () => {
    const connections = [
      connected(first, "alice", "192.0.2.1"),
      connected(second, "alice", "192.0.2.1"),
      connected(third, "bob", "192.0.2.9"),
    ];
    const ban = { reason: "", until: undefined, by: undefined, time: 1 };
    first.model.users.expel(first.user("alice"));
    first.model.bans.add({ target: "alice", ...ban });
    first.model.bans.add({ target: "192.0.2.0/24", ...ban });
    expect(connections.map(({ why }) => why)).toEqual([[], [], []]);
    nodes.settle();
    const gone = ["no-session", "banned", "banned"];
    expect(connections.map(({ why }) => why)).toEqual([gone, gone, ["banned"]]);
  });

  test("loses his sessions on all, and gets none of them back from a turn that is undone there", () => {
    const session = first.model.sessions.add(first.user("alice"), "hash", 1, { address: "", client: "" });
    nodes.settle();
    const there = second.model.sessions.find("hash");
    const audience = second.come("bob");
    const attendance: Attendance = new Attendance(second.services, {
      ...audience,
      ...{ client: "", remote: { address: "", port: 0 } },
      drop: (ended) => attendance.drop(ended),
    });
    if (there) attendance.logIn(there);
    attendance.watch(there);
    attendance.settle();
    first.model.sessions.close(session);
    nodes.settle();
    expect([there?.closed, attendance.session, attendance.isUsedBy("alice")]).toEqual([true, undefined, false]);
    attendance.restore();
    expect([attendance.session, second.presence.watchersOf(second.user("alice"))]).toEqual([undefined, []]);
  });

  test("has no right password but the new one", () => {
    first.model.users.setPassword(first.user("alice"), "$new");
    nodes.settle();
    expect(second.user("alice").password).toBe("$new");
  });
});
