/** Finds groups by address, for a user who wants to do something in one. */

import type { NoGroup, NoGroupToSendTo } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Address } from "../../contract/shapes.ts";
import type { Group, Realm, User } from "../../state/entities.ts";
import { may, type RefusedDeed } from "../may.ts";
import { actor, type Caller, isLocal, type Services } from "../services/context.ts";

/** A group by address. Without a realm: one of this realm, else the only one of that name that the user is in. */
export function groupNamed({ realm: own, model }: Services, user: User, { name, realm }: Address): Group | undefined {
  if (realm !== undefined && realm.toLowerCase() !== own.toLowerCase()) {
    return model.groups.findAt(name, realm.toLowerCase());
  }
  const group = model.groups.find(name);
  if (group || realm !== undefined) return group;
  const key = name.toLowerCase();
  const elsewhere = [...model.groups.of(user)].filter(
    (one) => one.realm !== undefined && one.name.toLowerCase() === key,
  );
  return elsewhere.length === 1 ? elsewhere[0] : undefined;
}

/** A group in which the caller may do something, or why not. */
export function groupFor<D extends "read" | "leave" | "set">(
  services: Services,
  caller: Caller,
  address: Address,
  deed: D,
): Result<Group, NoGroup | RefusedDeed<D>> {
  const group = groupNamed(services, actor(caller), address);
  if (group) {
    const allowed = may(actor(caller), deed, group);
    return allowed === true ? group : allowed;
  }
  const known = isLocal(services, address.realm) || services.model.realms.find(address.realm as string);
  return new Failure(known ? "group-not-found" : "realm-not-found");
}

/** A group whose home is another realm, by name. */
export interface GroupAt {
  readonly at: Realm;
  readonly group: string;
}

/** A group to send to, if the caller may; of one elsewhere, its home decides. */
export function groupTarget(
  services: Services,
  caller: Caller,
  address: Address,
): Result<Group | GroupAt, NoGroupToSendTo> {
  const { realms } = services.model;
  const group = groupNamed(services, actor(caller), address);
  if (group && group.realm === undefined) {
    const allowed = may(actor(caller), "send", group);
    return allowed === true ? group : allowed;
  }
  if (!group && isLocal(services, address.realm)) return new Failure("group-not-found");
  const at = realms.find(group?.realm ?? (address.realm as string));
  return at ? { at, group: group?.name ?? address.name } : new Failure("realm-not-found", address.realm);
}
