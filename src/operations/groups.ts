/** Groups: only members send, read and list; the creator is owner and first member. */

import type { Group, User } from "../stores/ports.ts";
import { actor, type Caller, isLocal, isMember, person, type Services } from "./context.ts";
import { Failure, type Input, type Output, type Result } from "./contract.ts";
import { findUser } from "./users.ts";

export function createGroup(
  services: Services,
  caller: Caller,
  { group: name, members = [] }: Input<"createGroup">,
): Result<Output<"createGroup">> {
  const { stores, now } = services;
  const owner = actor(caller);
  if (stores.groups.find(name)) return new Failure("group-exists");
  const others = new Set<User>();
  for (const address of members) {
    const user = findUser(services, address.name, address.realm);
    if (user instanceof Failure)
      return new Failure(user.code, address.realm === undefined ? address.name : `${address.name}@${address.realm}`);
    if (user !== owner) others.add(user);
  }
  const group = stores.groups.add(name, owner, now());
  for (const user of others) {
    stores.groups.join(group, user, 0);
    announce(services, group, "join", user);
  }
  return { group: group.name };
}

export function joinGroup(services: Services, caller: Caller, input: Input<"joinGroup">): Result<Output<"joinGroup">> {
  const { stores } = services;
  const user = actor(caller);
  if (!isLocal(services, input.group.realm)) return new Failure("realm-not-found");
  const group = stores.groups.find(input.group.name);
  if (!group) return new Failure("group-not-found");
  if (isMember(group, user)) return new Failure("already-member");
  stores.groups.join(group, user, stores.messages.groupConversation(group).head);
  announce(services, group, "join", user);
  return { group: group.name };
}

export function leaveGroup(
  services: Services,
  caller: Caller,
  input: Input<"leaveGroup">,
): Result<Output<"leaveGroup">> {
  const group = ownGroup(services, caller, input.group);
  if (group instanceof Failure) return group;
  const user = actor(caller);
  announce(services, group, "leave", user);
  services.stores.groups.leave(group, user);
  return { group: group.name };
}

export function groups({ stores }: Services, caller: Caller): Output<"groups"> {
  return {
    all: [...stores.groups.all()].map(({ name }) => name),
    mine: [...stores.groups.of(actor(caller))].map(({ name }) => name),
  };
}

export function members(services: Services, caller: Caller, input: Input<"members">): Result<Output<"members">> {
  const group = ownGroup(services, caller, input.group);
  if (group instanceof Failure) return group;
  return { group: group.name, members: [...group.members.keys()].map((user) => person(services, user)) };
}

export function setPosting(
  services: Services,
  caller: Caller,
  { group: name, posting }: Input<"setPosting">,
): Result<Output<"setPosting">> {
  const group = ownGroup(services, caller, name);
  if (group instanceof Failure) return group;
  if (group.owner !== actor(caller)) return new Failure("forbidden", "only the owner of the group may do this");
  services.stores.groups.setPosting(group, posting);
  return { group: group.name, posting };
}

/** A group that whoever acts is a member of. */
export function ownGroup({ stores }: Services, caller: Caller, name: string): Result<Group> {
  const group = stores.groups.find(name);
  if (!group) return new Failure("group-not-found");
  return isMember(group, actor(caller)) ? group : new Failure("not-member");
}

function announce({ presence }: Services, group: Group, kind: "join" | "leave", user: User): void {
  presence.tellMembers(group, undefined, () => ({ kind, group: group.name, user: user.name }));
}
