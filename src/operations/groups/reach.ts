/** What a member of a group sees of what was said there, and of its files. */

import type { Group, Party, Share, StoredMessage } from "../../state/entities.ts";
import { may } from "../may.ts";
import type { Services } from "../services/context.ts";

const DAY_MS = 24 * 3600_000;

/** He sees messages after the number `floor` that are not older than `since`, in ms since 1970. */
export interface Reach {
  readonly floor: number;
  readonly since: number;
}

export function reachOf({ now }: Services, group: Group, reader: Party): Reach {
  const { history, keepDays } = group;
  return {
    floor: history === "joined" ? (group.members.get(reader)?.since ?? 0) : 0,
    since: keepDays === 0 ? 0 : now() - keepDays * DAY_MS,
  };
}

/** The files of a group that a member sees, oldest first. */
export function filesIn(services: Services, group: Group, reader: Party): Share[] {
  const reach = reachOf(services, group, reader);
  return services.model.files.of(group).filter((share) => isWithin(reach, share));
}

/** Whether somebody sees what was given to a group. */
export function seesIn(services: Services, share: Share & { readonly to: Group }, reader: Party): boolean {
  return may(reader, "read", share.to) === true && isWithin(reachOf(services, share.to, reader), share);
}

function isWithin({ floor, since }: Reach, { message, file }: Share): boolean {
  return (floor === 0 || (message ?? 0) > floor) && file.created >= since;
}

/** Whether all members of a group see all that was said there. */
export function showsAll({ history, keepDays }: Group): boolean {
  return history === "all" && keepDays === 0;
}

/** Whether a message is of a conversation of the user's own, or of a group in which he may read it. */
export function maySee(services: Services, { conversation: { of }, seq, time }: StoredMessage, user: Party): boolean {
  if (!("members" in of)) return of.a === user || of.b === user;
  const { floor, since } = reachOf(services, of, user);
  return may(user, "read", of) === true && seq > floor && time >= since;
}
