/** Groups: making, joining, leaving, listing. Who may do what is in may.ts. */

import type { Input, Output } from "../../contract/operations.ts";
import type { FinishOf, ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import { isUser, type Party, type User } from "../../state/entities.ts";
import { may } from "../may.ts";
import { author, enqueue, fullFor, refusal, refusedFor } from "../outbox.ts";
import { partyAt, userTarget } from "../people/parties.ts";
import { actor, type Caller, groupName, isLocal, person, type Services } from "../services/context.ts";
import { groupFor } from "./find.ts";
import { join, listMembers, tellMembers } from "./membership.ts";

/** Users of other realms are members at once; if one does not exist, his realm says so and he is removed again. */
export function createGroup(
  services: Services,
  caller: Caller,
  { group: name, members = [] }: Input<"createGroup">,
): ResultOf<"createGroup"> {
  const { model, now } = services;
  const owner = actor(caller);
  if (model.groups.find(name)) return new Failure("group-exists");
  const others = new Set<Party>();
  for (const address of members) {
    const to = userTarget(services, address);
    if (to instanceof Failure) {
      return new Failure(to.code, address.realm === undefined ? address.name : `${address.name}@${address.realm}`);
    }
    const user = "at" in to ? partyAt(services, address.name, to.at.key) : to;
    if (user !== owner) others.add(user);
  }
  const group = model.groups.add(name, owner, now());
  for (const user of others) {
    model.groups.join(group, user, 0);
  }
  for (const key of group.realms.keys()) {
    const realm = model.realms.find(key);
    if (realm) listMembers(services, group, realm);
  }
  services.neighbours.announce();
  return { group: group.name };
}

/** Joins a group here or of another realm; `anywhere`: also one elsewhere that is called by its name alone. */
export function joinGroup(
  services: Services,
  caller: Caller,
  { group: address, anywhere }: Input<"joinGroup">,
): ResultOf<"joinGroup"> | Promise<FinishOf<"joinGroup">> {
  const { model } = services;
  const user = actor(caller);
  const realm = anywhere ? (address.realm ?? realmOf(services, address.name)) : address.realm;
  if (!isLocal(services, realm)) return joinElsewhere(services, user, address.name, realm as string);
  const group = model.groups.find(address.name);
  if (!group) return new Failure("group-not-found");
  const allowed = may(user, "join", group);
  if (allowed !== true) return allowed;
  join(services, user, group);
  return { group: group.name };
}

export function leaveGroup(services: Services, caller: Caller, input: Input<"leaveGroup">): ResultOf<"leaveGroup"> {
  const { groups, realms } = services.model;
  const group = groupFor(services, caller, input.group, "leave");
  if (group instanceof Failure) return group;
  const user = actor(caller);
  const home = group.realm === undefined ? undefined : realms.find(group.realm);
  const full = home && !home.ended && fullFor(services, home);
  if (full) return full;
  groups.leave(group, user);
  if (home?.ended) return { group: groupName(services, group) };
  if (home) enqueue(services, home, { kind: "leave", group: group.name, from: author(user) });
  else tellMembers(services, group, { remove: user });
  return { group: groupName(services, group) };
}

export function groups(services: Services, caller: Caller): Output<"groups"> {
  const { model } = services;
  return {
    all: [...model.groups.all()].map(({ name }) => name),
    mine: [...model.groups.of(actor(caller))].map((group) => groupName(services, group)),
  };
}

export function members(services: Services, caller: Caller, input: Input<"members">): ResultOf<"members"> {
  const group = groupFor(services, caller, input.group, "read");
  if (group instanceof Failure) return group;
  const list = [...group.members.keys()].map((user) => ({
    ...person(services, user),
    ...(isUser(user) && { online: services.presence.isOnline(user) }),
  }));
  return { group: groupName(services, group), members: list };
}

/** Sets who may send to a group from other realms. */
export function setPosting(
  services: Services,
  caller: Caller,
  { group: name, posting }: Input<"setPosting">,
): ResultOf<"setPosting"> {
  const group = groupFor(services, caller, { name }, "set");
  if (group instanceof Failure) return group;
  services.model.groups.set(group, { posting }, actor(caller));
  return { group: group.name, posting };
}

/** A linked realm that has a group of this name, if this realm has none. */
function realmOf({ model, neighbours }: Services, group: string): string | undefined {
  if (model.groups.find(group)) return undefined;
  return [...model.realms.all()].find((realm) => neighbours.of(realm).directory.hasGroup(group))?.name;
}

/**
 * Joins a group of another realm: the user is a member once its home has confirmed it. The connection's next requests wait,
 * for they may be about the group.
 */
function joinElsewhere(
  services: Services,
  user: User,
  group: string,
  realm: string,
): ResultOf<"joinGroup"> | Promise<FinishOf<"joinGroup">> {
  const home = services.model.realms.find(realm);
  if (!home) return new Failure("realm-not-found");
  const known = services.model.groups.findAt(group, home.key);
  const allowed = known ? may(user, "join", known) : true;
  if (allowed !== true) return allowed;
  const refused = refusedFor(services, home);
  if (refused) return refused;
  const { n } = enqueue(services, home, { kind: "join", group, from: author(user) });
  return new Promise((resolve) => {
    services.neighbours.of(home).expect(n, (result) => {
      resolve(() => {
        const name = `${typeof result?.["group"] === "string" ? result["group"] : group}@${home.name}`;
        if (!result) return { group: name, state: "queued" };
        return result.code === undefined ? { group: name } : refusal(result);
      });
    });
  });
}
