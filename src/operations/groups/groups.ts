/** Making, joining, leaving and listing groups. Who may do what is in may.ts. */

import type { Input, Output } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import { type Group, isUser, type Party, type User } from "../../state/entities.ts";
import { may, roleOf } from "../may.ts";
import { author, enqueue, fullFor, itsName, ofNoCopy, refusal, refusedFor } from "../outbox.ts";
import { MOST_NAMED, partyAt, userTarget } from "../people/parties.ts";
import { seesPresence } from "../reach.ts";
import { banElsewhere, forbiddenBy, realmBan } from "../services/bans.ts";
import { actor, type Caller, groupName, isLocal, person, type Services } from "../services/context.ts";
import { LongList } from "../services/long-list.ts";
import { isNameFree, MOST_GROUPS_OF_ONE } from "./ending.ts";
import { groupFor } from "./find.ts";
import { join, leave, listMembers } from "./membership.ts";
import { refusesGroup } from "./unwanted.ts";

/** Groups in all. */
const MOST_GROUPS = 1_000_000;

/**
 * Makes a group. Users of other realms are members at once; their realm tells which do not exist, and these are removed again.
 */
export function createGroup(
  services: Services,
  caller: Caller,
  { group: name, members = [] }: Input<"createGroup">,
): ResultOf<"createGroup"> {
  const { model, now } = services;
  const owner = actor(caller);
  if (!isNameFree(services, name, owner)) return new Failure("group-exists");
  if (members.length > MOST_NAMED) return new Failure("too-many", `members: at most ${MOST_NAMED}`);
  if (model.groups.ownedBy(owner) >= MOST_GROUPS_OF_ONE) {
    return new Failure("too-many", `one user may own ${MOST_GROUPS_OF_ONE} groups`);
  }
  if (model.groups.count >= MOST_GROUPS) return new Failure("too-many", "this server has all groups it may have");
  const others = new Set<Party>();
  for (const address of members) {
    const to = userTarget(services, address);
    if (to instanceof Failure) {
      return new Failure(to.code, address.realm === undefined ? address.name : `${address.name}@${address.realm}`);
    }
    const ban = "at" in to ? banElsewhere(services, address.name, to.at.key) : undefined;
    if (ban) return forbiddenBy(ban);
    const user = "at" in to ? partyAt(services, address.name, to.at.key) : to;
    // Not put in: to the owner it looks as if the user had left at once.
    if (user !== owner && !refusesGroup(services, user, owner)) others.add(user);
  }
  const group = model.groups.add(name, owner, now());
  for (const user of others) {
    model.groups.join(group, user, 0, false, owner);
  }
  for (const key of group.realms.keys()) {
    const realm = model.realms.find(key);
    if (realm) listMembers(services, group, realm);
  }
  return { group: group.name };
}

/** Joins a group here or of another realm. `anywhere`: a name without a realm may mean a group elsewhere. */
export function joinGroup(
  services: Services,
  caller: Caller,
  { group: address, anywhere }: Input<"joinGroup">,
): ResultOf<"joinGroup"> | Promise<() => ResultOf<"joinGroup">> {
  const { model } = services;
  const user = actor(caller);
  const realm = anywhere ? (address.realm ?? realmOf(services, user, address.name)) : address.realm;
  if (!isLocal(services, realm)) return joinElsewhere(services, user, address.name, realm as string);
  const group = model.groups.find(address.name);
  if (!group || may(user, "see", group) !== true) return new Failure("group-not-found");
  const allowed = may(user, "join", group);
  if (allowed !== true) return allowed;
  join(services, user, group);
  return { group: group.name };
}

export function leaveGroup(services: Services, caller: Caller, input: Input<"leaveGroup">): ResultOf<"leaveGroup"> {
  const { realms } = services.model;
  const group = groupFor(services, caller, input.group, "leave");
  if (group instanceof Failure) return group;
  const user = actor(caller);
  const home = group.realm === undefined ? undefined : realms.find(group.realm);
  const full = home && !home.ended && fullFor(services, home);
  if (full) return full;
  leave(services, group, user);
  if (home && !home.ended) enqueue(services, home, { kind: "leave", ...itsName(group), from: author(user) });
  return { group: groupName(services, group) };
}

export function groups(services: Services, caller: Caller): Output<"groups"> {
  const { model } = services;
  const me = actor(caller);
  // The length is an upper limit: which groups the caller sees is found out as the list is read.
  const visible = new LongList(model.groups.count, () => seenBy(services, me));
  return {
    all: visible.map(({ name }) => name),
    mine: [...model.groups.of(me)].map((group) => groupName(services, group)),
  };
}

function* seenBy({ model }: Services, user: User): Iterable<Group> {
  for (const group of model.groups.all()) if (may(user, "see", group) === true) yield group;
}

export function members(services: Services, caller: Caller, input: Input<"members">): ResultOf<"members"> {
  const group = groupFor(services, caller, input.group, "read");
  if (group instanceof Failure) return group;
  const me = actor(caller);
  const list = new LongList(group.members.size, () => group.members.keys()).map((user) => ({
    ...person(services, user),
    role: roleOf(user, group) ?? "member",
    ...(isUser(user) && { online: services.presence.isOnline(user) && seesPresence(services.model, me, user) }),
  }));
  return { group: groupName(services, group), members: list };
}

/** A linked realm that has a group of this name, if this realm has none. */
function realmOf({ model }: Services, user: User, group: string): string | undefined {
  const own = model.groups.find(group);
  if (own && may(user, "see", own) === true) return undefined;
  return model.realms.all().find(({ names }) => names.hasGroup(group))?.name;
}

/**
 * Joins a group of another realm: the user is a member once its home has confirmed it. The connection's next requests wait for
 * that, because they may be about the group.
 */
function joinElsewhere(
  services: Services,
  user: User,
  group: string,
  realm: string,
): ResultOf<"joinGroup"> | Promise<() => ResultOf<"joinGroup">> {
  const home = services.model.realms.find(realm);
  if (!home) return new Failure("realm-not-found");
  const ban = realmBan(services, home.key);
  if (ban) return forbiddenBy(ban);
  const known = services.model.groups.findAt(group, home.key);
  const allowed = known ? may(user, "join", known) : true;
  if (allowed !== true) return allowed;
  const refused = refusedFor(services, home);
  if (refused) return refused;
  const named = known ? itsName(known) : { group };
  const { n } = enqueue(services, home, { kind: "join", ...named, from: author(user) });
  return new Promise((resolve) => {
    services.neighbours.of(home).expect(n, ofNoCopy(user), (result) => {
      resolve(() => {
        const name = `${typeof result?.["group"] === "string" ? result["group"] : group}@${home.name}`;
        if (!result) return { group: name, state: "queued" };
        return result.code === undefined ? { group: name } : refusal(result);
      });
    });
  });
}
