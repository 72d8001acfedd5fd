/** What a member of a group sees of its messages and files. */

import type { Group, Party, Share, StoredMessage } from "../../state/entities.ts";
import { may } from "../may.ts";
import { reaches } from "../reach.ts";
import type { Services } from "../services/context.ts";

const DAY_MS = 24 * 3600_000;

/** A reader sees messages after the number `floor` that are not older than `since`, in ms since 1970. */
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

/** Whether a reader sees a file that was given to a group. */
export function seesIn(services: Services, share: Share & { readonly to: Group }, reader: Party): boolean {
  return may(reader, "read", share.to) === true && isWithin(reachOf(services, share.to, reader), share);
}

function isWithin({ floor, since }: Reach, { message, file }: Share): boolean {
  return (floor === 0 || (message ?? 0) > floor) && file.created >= since;
}

/** Whether every member of a group sees all of its messages. */
export function showsAll({ history, keepDays }: Group): boolean {
  return history === "all" && keepDays === 0;
}

/**
 * Whether a user may see a row: a message or alteration that reaches the user in a conversation of the user's own, or one of a
 * group that the user may read.
 */
export function maySee(services: Services, message: StoredMessage, user: Party): boolean {
  const { conversation, seq, time } = message;
  const { of } = conversation;
  if (!("members" in of)) return (of.a === user || of.b === user) && reaches(services.model, message, user);
  const { floor, since } = reachOf(services, of, user);
  return may(user, "read", of) === true && seq > floor && time >= since;
}
