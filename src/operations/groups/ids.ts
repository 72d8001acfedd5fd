/**
 * A group's id between realms, which stays when its name changes. It is made from the group's number and from values that only
 * this state has, and is not stored. After a backup was restored, a new group with the same number has another id.
 */
import { hash } from "node:crypto";
import type { Group } from "../../state/entities.ts";
import type { Services } from "../services/context.ts";

/** The id of a group of this realm. */
export function groupId({ model }: Services, { id, created }: Group): string {
  return `${id}-${hash("sha256", `${Buffer.from(model.messages.salt).toString("hex")} ${id} ${created}`).slice(0, 24)}`;
}

/** The group of this realm that an item is about: by its id, if that is given, else by its name. */
export function groupOfItem(
  services: Services,
  { group: name, gid }: { readonly group: string; readonly gid?: string },
): Group | undefined {
  const { groups } = services.model;
  if (gid === undefined) return groups.find(name);
  const group = groups.byId(Number.parseInt(gid, 10));
  const isIt = group && group.realm === undefined && !group.gone && groupId(services, group) === gid;
  return isIt ? group : undefined;
}
