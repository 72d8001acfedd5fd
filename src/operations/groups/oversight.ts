/** The operator's operations on groups of this realm. */

import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import { type Caller, person, type Services } from "../services/context.ts";
import { endGroup } from "./deeds.ts";

export function adminGroups(
  services: Services,
  _caller: Caller,
  { part = "" }: Input<"adminGroups">,
): Output<"adminGroups"> {
  const wanted = part.toLowerCase();
  const found = [...services.model.groups.all()].filter(({ key }) => key.includes(wanted));
  return {
    groups: found.map(({ name, owner, members, access, created }) => ({
      group: name,
      owner: formatAddress(person(services, owner)),
      members: members.size,
      access,
      created,
    })),
  };
}

/** Deletes a group as its owner would. */
export function adminGroupDelete(
  services: Services,
  { operator, acting }: Caller,
  { group: name }: Input<"adminGroupDelete">,
): ResultOf<"adminGroupDelete"> {
  const group = services.model.groups.find(name);
  if (!group) return new Failure("group-not-found");
  const done = endGroup(services, group, operator ? undefined : acting?.user);
  return done instanceof Failure ? done : { group: group.name };
}
