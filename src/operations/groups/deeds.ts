/** Deeds in groups of this realm, by users here and elsewhere. Who may do what is in may.ts. */

import type { GroupDeed } from "../../contract/items.ts";
import { formatAddress, parseAddress } from "../../contract/names.ts";
import type { DeedRefusal } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Restrained } from "../../contract/shapes.ts";
import type { Group, Party, Sanction } from "../../state/entities.ts";
import { may } from "../may.ts";
import { notOneMore, partyAt, partyNamed } from "../people/parties.ts";
import { banElsewhere, forbiddenBy } from "../services/bans.ts";
import { isLocal, person, type Services } from "../services/context.ts";
import { deleteGroup, isNameFree, MOST_GROUPS_OF_ONE, NAME_HELD_MS, withdrawFiles } from "./ending.ts";
import { leave, tellAbout, tellGone, tellInvited } from "./membership.ts";
import { refusesGroup } from "./unwanted.ts";

/** The most bans, silences and invitations of one group; and the most groups that one user is invited to. */
const MOST = 1000;

/** What is told of a deed: when a ban or silence ends, in ms since 1970; who is banned and silenced. */
export interface Done {
  readonly until?: number;
  readonly bans?: readonly Restrained[];
  readonly silences?: readonly Restrained[];
}

const DONE: Done = {};

/** Does a deed in a group of this realm, and tells the realms that have members. @param by who does it */
export function doHere(services: Services, by: Party, group: Group, deed: GroupDeed): Result<Done, DeedRefusal> {
  const was = group.name;
  const done = doIt(services, by, group, deed);
  if (!(done instanceof Failure) && TOLD.has(deed.do)) {
    tellAbout(services, group, by, group.name === was ? undefined : was);
  }
  return done;
}

/** The deeds that change what those realms have been told of the group. */
const TOLD: ReadonlySet<GroupDeed["do"]> = new Set(["set", "topic", "slow", "rename", "role"]);

function doIt(services: Services, by: Party, group: Group, deed: GroupDeed): Result<Done, DeedRefusal> {
  const { groups } = services.model;
  switch (deed.do) {
    case "set":
      return setRules(services, by, group, deed);
    case "topic": {
      const allowed = may(by, "topic", group);
      if (allowed === true) groups.set(group, { topic: deed.topic }, by);
      return allowed === true ? DONE : allowed;
    }
    case "slow": {
      const allowed = may(by, "slow", group);
      if (allowed === true) groups.set(group, { slowSeconds: deed.seconds }, by);
      return allowed === true ? DONE : allowed;
    }
    case "rename":
      return rename(services, by, group, deed.name);
    case "delete": {
      const allowed = may(by, "delete", group);
      return allowed === true ? endGroup(services, group, by) : allowed;
    }
    case "bans": {
      const allowed = may(by, "see-bans", group);
      if (allowed !== true) return allowed;
      return { bans: restrained(services, group.bans), silences: restrained(services, group.silences) };
    }
    case "role":
      return setRole(services, by, group, deed);
    case "invite":
      return invite(services, by, group, deed.user);
    default:
      return restrain(services, by, group, deed);
  }
}

/** Deletes a group of this realm, without asking who may. @param by undefined for an operator at the control socket */
export function endGroup(services: Services, group: Group, by: Party | undefined): Result<Done, "forbidden"> {
  const older = olderRealm(services, group);
  if (older) return older;
  tellGone(services, group, by);
  withdrawFiles(services, group);
  deleteGroup(services, group, services.now() + NAME_HELD_MS, by);
  return DONE;
}

/** Why a group can be neither renamed nor deleted: an older server that has members cannot be told. */
function olderRealm({ model, neighbours }: Services, group: Group): Failure<"forbidden"> | undefined {
  for (const key of group.realms.keys()) {
    const realm = model.realms.find(key);
    if (!realm || realm.ended || !neighbours.of(realm).isOlder) continue;
    return new Failure("forbidden", `${realm.name} has members in it, and its server is too old to be told`);
  }
  return undefined;
}

function restrained(services: Services, all: ReadonlyMap<Party, Sanction>): Restrained[] {
  const oldestFirst = [...all].sort(([a, one], [b, other]) => one.time - other.time || a.id - b.id);
  return oldestFirst.map(([user, { by, time, until }]) => ({
    user: formatAddress(person(services, user)),
    by: formatAddress(person(services, by)),
    time,
    ...(until !== undefined && { until }),
  }));
}

/** The party that an address names; a user of another realm who is not known here is added. */
function named(services: Services, text: string): Result<Party, "user-not-found" | "realm-not-found" | "too-many"> {
  const address = parseAddress(text);
  if (isLocal(services, address.realm)) return partyNamed(services, address) ?? new Failure("user-not-found");
  const realm = services.model.realms.find(address.realm as string);
  if (!realm || realm.ended) return new Failure("realm-not-found", address.realm);
  const full = notOneMore(services, address.name, realm.key);
  return full ? new Failure("too-many", full.detail) : partyAt(services, address.name, realm.key);
}

/** The member that an address names. */
function memberNamed(services: Services, group: Group, text: string): Result<Party, "user-not-found"> {
  const party = partyNamed(services, parseAddress(text));
  return party && group.members.has(party) ? party : new Failure("user-not-found", "he is not in the group");
}

/**
 * Sets a group's rules. Only an open group takes messages of users of other realms who are not in it: closing one also closes its
 * posting.
 */
function setRules(
  { model: { groups } }: Services,
  by: Party,
  group: Group,
  deed: GroupDeed & { readonly do: "set" },
): Result<Done, DeedRefusal> {
  const { do: _, keep, ...settings } = deed;
  const allowed = may(by, "set", group);
  if (allowed !== true) return allowed;
  const { access = group.access, posting = group.posting } = settings;
  if (settings.posting === "open" && access !== "open") {
    return new Failure("forbidden", "only an open group takes messages of those who are not in it");
  }
  const fits = access === "open" || posting !== "open" ? {} : { posting: "members" as const };
  groups.set(group, { ...settings, ...fits, ...(keep !== undefined && { keepDays: keep }) }, by);
  return DONE;
}

function rename(services: Services, by: Party, group: Group, name: string): Result<Done, DeedRefusal> {
  const allowed = may(by, "rename", group);
  if (allowed !== true) return allowed;
  if (name === group.name) return DONE;
  const isOther = name.toLowerCase() !== group.key;
  const older = olderRealm(services, group);
  if (older) return older;
  if (isOther && !isNameFree(services, name, by)) return new Failure("group-exists");
  services.model.groups.rename(group, name, isOther ? services.now() + NAME_HELD_MS : undefined, by);
  return DONE;
}

/** Gives a member a role. An owner who hands the group over is a moderator from then on. */
function setRole(
  services: Services,
  by: Party,
  group: Group,
  { user, role }: GroupDeed & { readonly do: "role" },
): Result<Done, DeedRefusal> {
  const allowed = may(by, "set-role", group);
  if (allowed !== true) return allowed;
  const { groups } = services.model;
  const party = memberNamed(services, group, user);
  if (party instanceof Failure) return party;
  if (party === group.owner) {
    return role === "owner" ? DONE : new Failure("forbidden", "make somebody else the owner first");
  }
  if (role !== "owner") {
    if (group.members.get(party)?.moderator !== (role === "moderator")) groups.setRole(group, party, role, by);
    return DONE;
  }
  if (groups.ownedBy(party) >= MOST_GROUPS_OF_ONE) return new Failure("too-many", "he owns too many groups already");
  groups.setRole(group, party, "owner", by);
  groups.setRole(group, by, "moderator", by);
  return DONE;
}

function invite(services: Services, by: Party, group: Group, user: string): Result<Done, DeedRefusal> {
  const allowed = may(by, "invite", group);
  if (allowed !== true) return allowed;
  const party = named(services, user);
  if (party instanceof Failure) return party;
  if (group.members.has(party)) return new Failure("already-member");
  if (group.bans.has(party)) return new Failure("forbidden", "he is banned from the group");
  // A user who is invited already is not told again.
  if (group.invited.has(party)) return DONE;
  const { groups } = services.model;
  if (group.invited.size >= MOST) return new Failure("too-many", `the group asks ${MOST} people already`);
  if (groups.invitedTo(party).size >= MOST) return new Failure("too-many", `${MOST} groups ask him already`);
  const ban = party.realm === undefined ? undefined : banElsewhere(services, party.name, party.realm);
  if (ban) return forbiddenBy(ban);
  const realm = party.realm === undefined ? undefined : services.model.realms.find(party.realm);
  if (realm && services.neighbours.of(realm).isOlder) {
    return new Failure("forbidden", `the server of ${realm.name} is too old to ask him`);
  }
  // To the one who invites, a refusal must look like an invitation without an answer.
  if (refusesGroup(services, party, by)) return DONE;
  groups.invite(group, party, by, services.now());
  tellInvited(services, group, party, by);
  return DONE;
}

type Restraint = Extract<GroupDeed, { readonly do: "kick" | "ban" | "unban" | "silence" | "unsilence" }>;

function restrain(services: Services, by: Party, group: Group, deed: Restraint): Result<Done, DeedRefusal> {
  const { model, now } = services;
  const { groups } = model;
  const asked = may(by, "restrain", group);
  if (asked !== true) return asked;
  const whom = deed.do === "kick" ? memberNamed(services, group, deed.user) : named(services, deed.user);
  if (whom instanceof Failure) return whom;
  const allowed = may(by, "restrain", group, whom);
  if (allowed !== true) return allowed;
  const time = now();
  const until = "for" in deed && deed.for !== undefined ? time + deed.for : undefined;
  const sanction: Sanction = { by, time, until };
  const done = until === undefined ? DONE : { until };
  switch (deed.do) {
    case "kick":
      leave(services, group, whom, { by, why: deed.why });
      return DONE;
    case "ban":
      if (isFull(group.bans, whom)) return LIST_FULL;
      groups.uninvite(group, whom);
      groups.sanctions.ban(group, whom, sanction);
      if (group.members.has(whom)) leave(services, group, whom, { by });
      return done;
    case "unban":
      if (!group.bans.has(whom)) return new Failure("user-not-found", "he is not banned from the group");
      groups.sanctions.unban(group, whom, by);
      return DONE;
    case "silence":
      if (isFull(group.silences, whom)) return LIST_FULL;
      groups.sanctions.silence(group, whom, sanction);
      return done;
    case "unsilence":
      if (!group.silences.has(whom)) return new Failure("user-not-found", "he is not silenced in the group");
      groups.sanctions.unsilence(group, whom, by);
      return DONE;
  }
}

const LIST_FULL = new Failure("too-many", `${MOST} are on the group's list already`);

function isFull(list: ReadonlyMap<Party, Sanction>, whom: Party): boolean {
  return list.size >= MOST && !list.has(whom);
}
