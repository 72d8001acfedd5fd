/** Groups that end, and what their names and files become then. */

import type { Group, Party } from "../../state/entities.ts";
import type { Services } from "../services/context.ts";

/** Groups that one user may own. */
export const MOST_GROUPS_OF_ONE = 1000;

const DAY_MS = 24 * 3600_000;

/** How long a name that a group had is given to no other, but by its last owner. */
export const NAME_HELD_MS = 90 * DAY_MS;

/** A group without members is gone after this. */
const EMPTY_MS = 30 * DAY_MS;

/** Whether somebody may give a name to a group. Also of one that he must not know of he is told that there is one. */
export function isNameFree({ model, now }: Services, name: string, by: Party): boolean {
  const holder = model.groups.held(name, now());
  return !model.groups.find(name) && (holder === undefined || holder === by);
}

/** Takes the files of a group that ends from it; those that nobody else was given are gone. */
export function withdrawFiles({ model: { files } }: Services, group: Group): void {
  for (const { file, from } of [...files.of(group)]) {
    files.unshare(file, from, true, new Set([group]));
    if (files.sharesOf(file).length === 0) files.lose(file);
  }
}

/** Deletes groups that nobody is in for long. To be called now and then. */
export function endEmptyGroups(services: Services): void {
  const { model, now } = services;
  for (const group of [...model.groups.all()]) {
    if (group.members.size > 0) continue;
    // An older program has not noted when the last one left.
    if (group.emptied === undefined) model.groups.set(group, { emptied: now() });
    else if (group.emptied + EMPTY_MS <= now()) {
      withdrawFiles(services, group);
      model.groups.delete(group, now() + NAME_HELD_MS);
    }
  }
}
