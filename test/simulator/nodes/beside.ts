/**
 * Whether what a node has beside the model follows from the model and from its connections: who is connected, online and watching,
 * and nothing of what is over. Private fields are read, as nobody asks for these.
 */
import type { Assembled } from "../../../src/bin/assemble.ts";
import type { Awaited, Group, Party, Session, User } from "../../../src/state/entities.ts";
import type { State } from "../../../src/state/state.ts";
import { leftoversOf } from "../../support/leftovers.ts";
import { fieldOf } from "../../support/private-fields.ts";
import type { Node } from "./node.ts";

type Awaiting = ReadonlyMap<string, ReadonlyMap<number, Awaited>>;
type Users = ReadonlyMap<User, ReadonlySet<object>>;

/** @returns what does not agree first; undefined for nothing */
export function besides(nodes: readonly Node[]): string | undefined {
  const there = new Set(nodes.map(({ running }) => running?.services.presence.node));
  for (const { name, running } of nodes) {
    const found = running && (left(running, there) ?? disagreeing(running));
    if (found !== undefined) return `${name}: ${found}`;
  }
  const [first] = nodes;
  return first?.running && ofThoseGone(first.running.services.model, there);
}

/** @returns what is left of what is over */
function left(
  { listener, services: { model } }: Assembled,
  there: ReadonlySet<number | undefined>,
): string | undefined {
  const found = leftoversOf(listener);
  if ((fieldOf(model.givenPages, "#byUser") as ReadonlyMap<number, unknown>).size > 0) found.push("GivenPages.#byUser");
  // What a node waited for that has ended stays with those who were told of it, where one that was not has the link.
  for (const [key, items] of fieldOf(model.outbox, "#awaited") as Awaiting) {
    const realm = model.realms.find(key);
    const isDelivered = !realm || model.outbox.waiting(realm).items === 0;
    for (const { node } of items.values()) if (isDelivered && there.has(node)) found.push(`Outbox.#awaited of ${key}`);
  }
  return found.length > 0 ? `it still has ${found.join(", ")}` : undefined;
}

/** @returns what of its presence is not that of its connections */
function disagreeing({ listener, services: { model, presence } }: Assembled): string | undefined {
  const connected = new Map<User, Set<object>>();
  const watching = new Map<User, Set<object>>();
  const online = new Map<User, Set<object>>();
  const wrong: string[] = [];
  for (const connection of fieldOf(listener, "#connections") as ReadonlySet<{ client: { attendance: object } }>) {
    const { client } = connection;
    const of = (field: string) => fieldOf(client.attendance, field);
    const [session, watched, cached] = ["#session", "#watch", "#tokenSession"].map((f) => of(f) as Session | undefined);
    if (of("#left") === true) continue;
    for (const one of [session, watched]) {
      if (!one) continue;
      if (one.closed) wrong.push(`a session of ${one.user.name} that has ended is a connection's`);
      add(connected, one.user, client);
    }
    for (const one of [session, watched, cached]) if (one && !one.closed) wrong.push(...strange(model, one));
    if (watched) add(watching, watched.user, client);
    if (watched) add(online, watched.user, client);
    if (session && of("#since") === 0) add(online, session.user, client);
  }
  const byUser = new Map([...presence.watching].map(([user, on]) => [user, new Set(on as object[])]));
  wrong.push(...unlike("connected", connected, fieldOf(presence, "#connections") as Users));
  wrong.push(...unlike("watching", watching, byUser as unknown as Users));
  wrong.push(...unlike("online", online, fieldOf(presence, "#online") as Users));
  const node = presence.node as number;
  const there = model.online.on(node).map(({ name }) => name);
  const here = [...online.keys()].map(({ name }) => name);
  if (there.sort().join() !== here.sort().join()) wrong.push(`online here are ${here}, as all know ${there}`);
  for (const group of groupsOf(model)) {
    const members = [...group.members.keys()].filter((user) => watching.has(user as User));
    const found = presence.watchingIn(group).map(({ user }) => user);
    if (names(members) !== names(found)) wrong.push(`in ${group.name} watch ${names(members)}, it has ${names(found)}`);
  }
  return wrong.length > 0 ? wrong.join("; ") : undefined;
}

/** @returns what there is of nodes that have ended, and of users who are deleted */
function ofThoseGone(model: State, there: ReadonlySet<number | undefined>): string | undefined {
  const wrong: string[] = [];
  for (const user of model.online.all()) {
    for (const node of model.online.nodesOf(user)) {
      if (!there.has(node)) wrong.push(`${user.name} is online on node ${node}, which has ended`);
    }
  }
  for (const party of (fieldOf(model.users, "#byId") as ReadonlyMap<number, Party>).values()) {
    if (!("password" in party) || model.users.isHere(party as User)) continue;
    const user = party as User;
    if (model.lastSeen.of(user) !== undefined) wrong.push(`when ${user.name} was there is known, who is deleted`);
    if (model.online.nodesOf(user).length > 0) wrong.push(`${user.name} is online, who is deleted`);
    if ([...model.sessions.of(user)].length > 0) wrong.push(`${user.name} has sessions, who is deleted`);
  }
  return wrong.length > 0 ? wrong.join("; ") : undefined;
}

function strange(model: State, session: Session): string[] {
  const { id, user } = session;
  const isKnown = model.sessions.byId(id) === session && model.users.byId(user.id) === user && model.users.isHere(user);
  return isKnown ? [] : [`a connection has session ${id} of ${user.name}, which nobody knows`];
}

function unlike(what: string, wanted: Users, found: Users): string[] {
  const text = (users: Users): string =>
    [...users]
      .map(([{ id, name }, on]) => `${name} (${id}) ×${on.size}`)
      .sort()
      .join();
  const isAlike = [...wanted].every(([user, on]) => on.symmetricDifference(found.get(user) ?? new Set()).size === 0);
  return isAlike && wanted.size === found.size ? [] : [`${what} are ${text(wanted)}, it has ${text(found)}`];
}

function groupsOf(model: State): Iterable<Group> {
  return (fieldOf(model.groups, "#byKey") as ReadonlyMap<string, Group>).values();
}

function names(parties: readonly Party[]): string {
  return parties
    .map(({ name }) => name)
    .sort()
    .join();
}

function add(to: Map<User, Set<object>>, user: User, one: object): void {
  to.set(user, (to.get(user) ?? new Set()).add(one));
}
