/** Groups that end, and what their names and files become then. */

import type { Group, Party } from "../../state/entities.ts";
import type { Services } from "../services/context.ts";

/** Groups that one user may own. */
export const MOST_GROUPS_OF_ONE = 1000;

const DAY_MS = 24 * 3600_000;

/** How long only the last owner of a group may use its name again, in ms. */
export const NAME_HELD_MS = 90 * DAY_MS;

/** How long a group without members stays, in ms. */
const EMPTY_MS = 30 * DAY_MS;

/** Whether somebody may give a name to a group. This also tells that there is a group which that party must not see. */
export function isNameFree({ model, now }: Services, name: string, by: Party): boolean {
  const holder = model.groups.heldNames.ownerOf(name, now());
  return !model.groups.find(name) && (holder === undefined || holder === by);
}

/** Withdraws the files of a group that ends; the contents go of those that nobody else was given. */
export function withdrawFiles({ model: { files } }: Services, group: Group): void {
  for (const { file, from } of [...files.of(group)]) {
    files.unshare(file, from, true, new Set([group]));
    if (files.sharesOf(file).length === 0) files.lose(file);
  }
}

/** Messages that are removed in one turn: each may be of another piece, which is written anew. */
export const REMOVED_A_TURN = 200;

/** Deletes a group, then its messages: many in turns of their own. @param heldUntil and @param by as of `Groups.delete` */
export function deleteGroup({ model }: Services, group: Group, heldUntil?: number, by?: Party): void {
  const { groups, messages, errands } = model;
  const { head = 0 } = messages.peekGroup(group) ?? {};
  groups.delete(group, heldUntil, by);
  const left = messages.removeGone(group, { next: head, isNamed: true }, REMOVED_A_TURN);
  if (left) errands.empty(group, left);
}

/** Deletes groups that have been without members for EMPTY_MS. To be called now and then. */
export function endEmptyGroups(services: Services): void {
  const { model, now } = services;
  for (const group of [...model.groups.all()]) {
    if (group.members.size > 0) continue;
    // An older version of this program did not note when the last member left.
    if (group.emptied === undefined) model.groups.set(group, { emptied: now() });
    else if (group.emptied + EMPTY_MS <= now()) {
      withdrawFiles(services, group);
      deleteGroup(services, group, now() + NAME_HELD_MS);
    }
  }
}
