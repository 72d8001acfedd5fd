/** Finds groups by address, for a user who wants to do something in one. */

import type { NoGroup, NoGroupToSendTo } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Address } from "../../contract/shapes.ts";
import type { Group, Party, Realm, User } from "../../state/entities.ts";
import { may, type RefusedDeed, roleOf } from "../may.ts";
import { actor, type Caller, isLocal, type Services } from "../services/context.ts";

/**
 * The group of an address, if the user sees it: for others there is none. Without a realm it is one of this realm, else the only
 * one of that name elsewhere that the user is in.
 */
export function groupNamed({ realm: own, model }: Services, user: User, { name, realm }: Address): Group | undefined {
  const isAt = realm !== undefined && realm.toLowerCase() !== own.toLowerCase();
  const group = isAt ? model.groups.findAt(name, realm.toLowerCase()) : model.groups.find(name);
  if (group && may(user, "see", group) === true) return group;
  if (realm !== undefined) return undefined;
  const key = name.toLowerCase();
  const elsewhere = [...model.groups.of(user)].filter(
    (one) => one.realm !== undefined && one.name.toLowerCase() === key,
  );
  return elsewhere.length === 1 ? elsewhere[0] : undefined;
}

/** A group that the caller sees, by address. */
export function visibleGroup(
  services: Services,
  caller: Caller,
  address: Address,
): Result<Group, "group-not-found" | "realm-not-found"> {
  const group = groupNamed(services, actor(caller), address);
  if (group) return group;
  const known = isLocal(services, address.realm) || services.model.realms.find(address.realm as string);
  return new Failure(known ? "group-not-found" : "realm-not-found");
}

/** The group of an address, if the caller may read or leave it; else why not. */
export function groupFor<D extends "read" | "leave">(
  services: Services,
  caller: Caller,
  address: Address,
  deed: D,
): Result<Group, NoGroup | RefusedDeed<D>> {
  const group = visibleGroup(services, caller, address);
  if (group instanceof Failure) return group;
  const allowed = may(actor(caller), deed, group);
  return allowed === true ? group : allowed;
}

/** A group whose home is another realm, by name. */
export interface GroupAt {
  readonly at: Realm;
  readonly group: string;
}

/** The group of an address to send to, if the caller may. About one elsewhere its home decides. */
export function groupTarget(
  services: Services,
  caller: Caller,
  address: Address,
): Result<Group | GroupAt, NoGroupToSendTo> {
  const { realms } = services.model;
  const group = groupNamed(services, actor(caller), address);
  if (group) return sendable(services, actor(caller), group);
  if (isLocal(services, address.realm)) return new Failure("group-not-found");
  const at = realms.find(address.realm as string);
  return at ? { at, group: address.name } : new Failure("realm-not-found", address.realm);
}

/** The target of messages to a group that is known here, if the user may send to it. */
export function sendable(services: Services, user: User, group: Group): Result<Group | GroupAt, NoGroupToSendTo> {
  if (group.realm === undefined) {
    const allowed = maySend(services, user, group);
    return allowed === true ? group : allowed;
  }
  const at = services.model.realms.find(group.realm);
  return at ? { at, group: group.name } : new Failure("realm-not-found", group.realm);
}

/** The most messages that are looked through for a sender's last one in a slow group. */
const LOOKED_THROUGH = 1000;

/** Whether a party may send to a group now. In a slow group a member, but no moderator, has to wait: `rate-limited`, with the seconds. */
export function maySend(
  { model: { messages }, now }: Services,
  party: Party,
  group: Group,
): true | Failure<"not-member" | "forbidden" | "rate-limited"> {
  const allowed = may(party, "send", group);
  if (allowed !== true || group.slowSeconds === 0 || roleOf(party, group) !== "member") return allowed;
  const since = now() - group.slowSeconds * 1000;
  let message = messages.get(messages.groupConversation(group).head);
  for (let looks = 0; message && message.time > since && looks < LOOKED_THROUGH; looks++) {
    if (message.sender === party) {
      const retry = Math.max(1, Math.ceil((message.time - since) / 1000));
      return new Failure("rate-limited", `the group is slow: one message in ${group.slowSeconds} s`, retry);
    }
    message = messages.get(message.prev);
  }
  return true;
}
