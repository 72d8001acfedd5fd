/** Running a group: its topic and rules, roles, invitations, kicks, bans and silences. */

import type { GroupDeed, ItemResult } from "../../contract/items.ts";
import { formatAddress } from "../../contract/names.ts";
import type { Input, Operation, Output } from "../../contract/operations.ts";
import type { Refusal, ResultOf } from "../../contract/refusals.ts";
import { Failure, Later, type Result } from "../../contract/result.ts";
import type { Address, Restrained } from "../../contract/shapes.ts";
import type { Group } from "../../state/entities.ts";
import { may, roleOf } from "../may.ts";
import { author, deedRefusal, enqueue, itsName, ofNoCopy, refusedFor } from "../outbox.ts";
import { forbiddenBy, realmBan } from "../services/bans.ts";
import { actor, type Caller, groupName, person, type Services } from "../services/context.ts";
import { countOf, isObject, plainOf } from "../untrusted.ts";
import { type Done, doHere } from "./deeds.ts";
import { groupFor, visibleGroup } from "./find.ts";
import { joinGroup } from "./groups.ts";

type DeedRefused = Refusal<"kick">;
/** The operations that are deeds: a group's home does them. */
type DeedOperation = Extract<
  Operation,
  | ("setGroup" | "setTopic" | "setSlow" | "renameGroup" | "deleteGroup" | "setRole" | "inviteToGroup" | "bans")
  | ("kick" | "ban" | "unban" | "silence" | "unsilence")
>;
type Managed<O extends DeedOperation> = ResultOf<O> | Later<Output<O>, Refusal<O>>;
type ToldDone = Done & { readonly group: string; readonly state?: "queued" };

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
): Managed<"setGroup"> {
  return deed(services, caller, group, { do: "set", ...settings }, (done) => ({ ...done, ...settings }));
}

/** Sets a group's topic; `-` removes it. */
export function setTopic(
  services: Services,
  caller: Caller,
  { group, topic: given }: Input<"setTopic">,
): Managed<"setTopic"> {
  const topic = given.trim() === "-" ? "" : given.trim();
  return deed(services, caller, group, { do: "topic", topic }, (done) => ({ ...done, topic }));
}

export function setSlow(services: Services, caller: Caller, { group, slow }: Input<"setSlow">): Managed<"setSlow"> {
  return deed(services, caller, group, { do: "slow", seconds: slow }, (done) => ({ ...done, slow }));
}

export function renameGroup(
  services: Services,
  caller: Caller,
  { group, "new-name": name }: Input<"renameGroup">,
): Managed<"renameGroup"> {
  return deed(services, caller, group, { do: "rename", name }, (done) => done);
}

export function deleteGroup(
  services: Services,
  caller: Caller,
  { group }: Input<"deleteGroup">,
): Managed<"deleteGroup"> {
  return deed(services, caller, group, { do: "delete" }, (done) => done);
}

export function setRole(
  services: Services,
  caller: Caller,
  { group, user, role }: Input<"setRole">,
): Managed<"setRole"> {
  const what = { do: "role", user: full(services, user), role } as const;
  return deed(services, caller, group, what, (done) => ({ ...done, user: short(user), role }));
}

export function inviteToGroup(
  services: Services,
  caller: Caller,
  { group, user }: Input<"inviteToGroup">,
): Managed<"inviteToGroup"> {
  const what = { do: "invite", user: full(services, user) } as const;
  return deed(services, caller, group, what, (done) => ({ ...done, user: short(user) }));
}

export function kick(services: Services, caller: Caller, { group, user, why }: Input<"kick">): Managed<"kick"> {
  const reason = why === undefined ? {} : { why: why.trim() };
  const what = { do: "kick", user: full(services, user), ...reason } as const;
  return deed(services, caller, group, what, (done) => ({ ...done, user: short(user) }));
}

export function ban(services: Services, caller: Caller, input: Input<"ban">): Managed<"ban"> {
  return restrain(services, caller, "ban", input);
}

export function unban(services: Services, caller: Caller, input: Input<"unban">): Managed<"unban"> {
  return restrain(services, caller, "unban", input);
}

export function silence(services: Services, caller: Caller, input: Input<"silence">): Managed<"silence"> {
  return restrain(services, caller, "silence", input);
}

export function unsilence(services: Services, caller: Caller, input: Input<"unsilence">): Managed<"unsilence"> {
  return restrain(services, caller, "unsilence", input);
}

export function bans(services: Services, caller: Caller, { group }: Input<"bans">): Managed<"bans"> {
  return deed(services, caller, group, { do: "bans" }, ({ group: name, bans: banned = [], silences = [] }) => ({
    group: name,
    bans: banned,
    silences,
  }));
}

/** The groups that the caller is invited to, the oldest invitation first. */
export function groupInvitations(services: Services, caller: Caller): Output<"groupInvitations"> {
  const me = actor(caller);
  const asked = [...services.model.groups.invitedTo(me)].flatMap((group) => {
    const invitation = group.invited.get(me);
    return invitation ? [{ group, ...invitation }] : [];
  });
  return {
    invitations: asked
      .toSorted((one, other) => one.time - other.time || one.group.id - other.group.id)
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
  const { groups, realms } = services.model;
  groups.uninvite(group, actor(caller));
  const home = group.realm === undefined ? undefined : realms.find(group.realm);
  if (home && !refusedFor(services, home)) {
    enqueue(services, home, { kind: "decline", ...itsName(group), from: author(actor(caller)) });
  }
  return { group: groupName(services, group) };
}

/** The group of an address, if the caller is invited to it. */
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
): Managed<"ban"> {
  const how = duration === undefined ? {} : { for: duration };
  const restraint = { do: what, user: full(services, user), ...how };
  return deed(services, caller, group, restraint, (done) => ({ ...done, user: short(user) }));
}

/** Does a deed in a group, here or at its home. @param told makes the reply of what was done */
function deed<T extends object>(
  services: Services,
  caller: Caller,
  address: Address,
  what: GroupDeed,
  told: (done: ToldDone) => T,
): Result<T, DeedRefused> | Later<T, DeedRefused> {
  const group = visibleGroup(services, caller, address);
  if (group instanceof Failure) return group;
  if (group.realm !== undefined) return atHome(services, caller, group, what, told);
  const done = doHere(services, actor(caller), group, what);
  return done instanceof Failure ? done : told({ group: groupName(services, group), ...done });
}

/** Has the home of a group do a deed. If the home does not answer soon, the reply is `queued`, and it is done later. */
function atHome<T extends object>(
  services: Services,
  caller: Caller,
  group: Group,
  what: GroupDeed,
  told: (done: ToldDone) => T,
): Result<T, DeedRefused> | Later<T, DeedRefused> {
  const { model, neighbours } = services;
  const home = model.realms.find(group.realm as string);
  if (!home) return new Failure("realm-not-found");
  const allowed = may(actor(caller), "read", group);
  if (allowed !== true) return allowed;
  const ban = realmBan(services, home.key);
  if (ban) return forbiddenBy(ban);
  if (neighbours.of(home).isOlder) return new Failure("forbidden", `the server of ${home.name} is too old for it`);
  const refused = refusedFor(services, home);
  if (refused) return refused;
  const from = author(actor(caller));
  const { n } = enqueue(services, home, { kind: "deed", ...itsName(group), from, deed: what });
  const later = new Later<T, DeedRefused>();
  neighbours.of(home).expect(n, ofNoCopy(actor(caller)), (result) => {
    later.settle(() => {
      // Here the group gets its new name later, when the home tells all realms.
      const name = what.do === "rename" && result?.code === undefined ? what.name : group.name;
      const called = groupName(services, { ...group, name });
      if (result?.code !== undefined) return deedRefusal(result);
      return told(result ? { group: called, ...readDone(result) } : { group: called, state: "queued" });
    });
  });
  return later;
}

/** Reads the result of a deed: another server may have answered anything. */
function readDone(result: ItemResult): Done {
  const { until, bans: banned, silences } = result;
  return {
    ...(countOf(until) !== undefined && { until: countOf(until) as number }),
    ...(Array.isArray(banned) && { bans: banned.flatMap(readRestrained) }),
    ...(Array.isArray(silences) && { silences: silences.flatMap(readRestrained) }),
  };
}

function readRestrained(value: unknown): Restrained[] {
  const { user, by, time, until } = isObject(value) ? value : {};
  const [since, end] = [countOf(time), countOf(until)];
  if (typeof user !== "string" || typeof by !== "string" || since === undefined || since > LAST_TIME) return [];
  const ends = end !== undefined && end <= LAST_TIME ? { until: end } : {};
  return [{ user: plainOf(user), by: plainOf(by), time: since, ...ends }];
}

/** Milliseconds since 1970 that are a time: ECMA-262, "Time Values". */
const LAST_TIME = 8.64e15;

/** `name@realm`, also of a user of this realm. */
function full({ realm }: Services, { name, realm: of = realm }: Address): string {
  return `${name}@${of}`;
}

/** The address as the request had it. */
function short({ name, realm }: Address): string {
  return realm === undefined ? name : `${name}@${realm}`;
}
