/** Running a group: its topic and rules, who is what in it, who is asked in, put out, banned or silenced. */

import type { GroupDeed } from "../../contract/items.ts";
import { formatAddress } from "../../contract/names.ts";
import type { Input, Output } from "../../contract/operations.ts";
import type { DeedRefusal, ResultOf } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Address, Restrained } from "../../contract/shapes.ts";
import type { Party, Sanction } from "../../state/entities.ts";
import { may, roleOf } from "../may.ts";
import { actor, type Caller, groupName, person, type Services } from "../services/context.ts";
import { doHere } from "./deeds.ts";
import { groupFor, visibleGroup } from "./find.ts";
import { joinGroup } from "./groups.ts";

/** What is told of a deed: of which group, and when it ends by itself. */
interface Done {
  readonly group: string;
  readonly until?: number;
}

export function groupInfo(services: Services, caller: Caller, input: Input<"groupInfo">): ResultOf<"groupInfo"> {
  const group = groupFor(services, caller, input.group, "read");
  if (group instanceof Failure) return group;
  const { topic, access, history, posting, listed, keepDays, slowSeconds, created, members, owner } = group;
  return {
    group: groupName(services, group),
    topic,
    owner: formatAddress(person(services, owner)),
    role: roleOf(actor(caller), group) ?? "member",
    members: members.size,
    access,
    history,
    posting,
    listed,
    keep: keepDays,
    slow: slowSeconds,
    created,
  };
}

export function setGroup(
  services: Services,
  caller: Caller,
  { group, ...settings }: Input<"setGroup">,
): ResultOf<"setGroup"> {
  return told(deed(services, caller, group, { do: "set", ...settings }), settings);
}

/** The topic `-` is none. */
export function setTopic(
  services: Services,
  caller: Caller,
  { group, topic: given }: Input<"setTopic">,
): ResultOf<"setTopic"> {
  const topic = given.trim() === "-" ? "" : given.trim();
  return told(deed(services, caller, group, { do: "topic", topic }), { topic });
}

export function setSlow(services: Services, caller: Caller, { group, slow }: Input<"setSlow">): ResultOf<"setSlow"> {
  return told(deed(services, caller, group, { do: "slow", seconds: slow }), { slow });
}

export function renameGroup(
  services: Services,
  caller: Caller,
  { group, "new-name": name }: Input<"renameGroup">,
): ResultOf<"renameGroup"> {
  return told(deed(services, caller, group, { do: "rename", name }), {});
}

export function deleteGroup(
  services: Services,
  caller: Caller,
  { group }: Input<"deleteGroup">,
): ResultOf<"deleteGroup"> {
  return told(deed(services, caller, group, { do: "delete" }), {});
}

export function setRole(
  services: Services,
  caller: Caller,
  { group, user, role }: Input<"setRole">,
): ResultOf<"setRole"> {
  const done = deed(services, caller, group, { do: "role", user: full(services, user), role });
  return told(done, { user: short(user), role });
}

export function inviteToGroup(
  services: Services,
  caller: Caller,
  { group, user }: Input<"inviteToGroup">,
): ResultOf<"inviteToGroup"> {
  return told(deed(services, caller, group, { do: "invite", user: full(services, user) }), { user: short(user) });
}

export function kick(services: Services, caller: Caller, { group, user, why }: Input<"kick">): ResultOf<"kick"> {
  const reason = why === undefined ? {} : { why: why.trim() };
  return told(deed(services, caller, group, { do: "kick", user: full(services, user), ...reason }), {
    user: short(user),
  });
}

export function ban(services: Services, caller: Caller, input: Input<"ban">): ResultOf<"ban"> {
  return restrain(services, caller, "ban", input);
}

export function unban(services: Services, caller: Caller, input: Input<"unban">): ResultOf<"unban"> {
  return restrain(services, caller, "unban", input);
}

export function silence(services: Services, caller: Caller, input: Input<"silence">): ResultOf<"silence"> {
  return restrain(services, caller, "silence", input);
}

export function unsilence(services: Services, caller: Caller, input: Input<"unsilence">): ResultOf<"unsilence"> {
  return restrain(services, caller, "unsilence", input);
}

export function bans(services: Services, caller: Caller, input: Input<"bans">): ResultOf<"bans"> {
  const group = visibleGroup(services, caller, input.group);
  if (group instanceof Failure) return group;
  const allowed = may(actor(caller), "see-bans", group);
  if (allowed !== true) return allowed;
  const list = (all: ReadonlyMap<Party, Sanction>): Restrained[] =>
    [...all].map(([user, { by, time, until }]) => ({
      user: formatAddress(person(services, user)),
      by: formatAddress(person(services, by)),
      time,
      ...(until !== undefined && { until }),
    }));
  return { group: groupName(services, group), bans: list(group.bans), silences: list(group.silences) };
}

/** The groups that ask the caller to join, the first that did first. */
export function groupInvitations(services: Services, caller: Caller): Output<"groupInvitations"> {
  const me = actor(caller);
  const asked = [...services.model.groups.invitedTo(me)].flatMap((group) => {
    const invitation = group.invited.get(me);
    return invitation ? [{ group, ...invitation }] : [];
  });
  return {
    invitations: asked
      .toSorted((one, other) => one.time - other.time)
      .map(({ group, by, time }) => ({
        group: groupName(services, group),
        by: formatAddress(person(services, by)),
        time,
      })),
  };
}

export function acceptGroup(
  services: Services,
  caller: Caller,
  input: Input<"acceptGroup">,
): ResultOf<"acceptGroup"> | Promise<() => ResultOf<"acceptGroup">> {
  const group = askedBy(services, caller, input.group);
  if (group instanceof Failure) return group;
  return joinGroup(services, caller, { group: { name: group.name, realm: group.realm ?? services.realm } });
}

export function declineGroup(
  services: Services,
  caller: Caller,
  input: Input<"declineGroup">,
): ResultOf<"declineGroup"> {
  const group = askedBy(services, caller, input.group);
  if (group instanceof Failure) return group;
  services.model.groups.uninvite(group, actor(caller));
  return { group: groupName(services, group) };
}

/** The group of an address that asks the caller to join. */
function askedBy(services: Services, caller: Caller, address: Address) {
  const group = visibleGroup(services, caller, address);
  if (group instanceof Failure || !group.invited.has(actor(caller))) return new Failure("invitation-not-found");
  return group;
}

function restrain(
  services: Services,
  caller: Caller,
  what: "ban" | "unban" | "silence" | "unsilence",
  { group, user, duration }: Input<"ban">,
): ResultOf<"ban"> {
  const how = duration === undefined ? {} : { for: duration };
  const done = deed(services, caller, group, { do: what, user: full(services, user), ...how });
  return told(done, { user: short(user) });
}

/** Does something in a group, if the caller may. */
function deed(
  services: Services,
  caller: Caller,
  address: Address,
  what: GroupDeed,
): Result<Done, DeedRefusal | "bad-request"> {
  const group = visibleGroup(services, caller, address);
  if (group instanceof Failure) return group;
  const done = doHere(services, actor(caller), group, what);
  return done instanceof Failure ? done : { group: groupName(services, group), ...done };
}

/** What was done, with what was asked for. */
function told<T extends object>(
  done: Result<Done, DeedRefusal | "bad-request">,
  asked: T,
): Result<Done & T, DeedRefusal | "bad-request"> {
  return done instanceof Failure ? done : { ...done, ...asked };
}

/** `name@realm`, also of a user of this realm. */
function full({ realm }: Services, { name, realm: of = realm }: Address): string {
  return `${name}@${of}`;
}

/** As it was asked. */
function short({ name, realm }: Address): string {
  return realm === undefined ? name : `${name}@${realm}`;
}
