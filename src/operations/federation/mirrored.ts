/** Accepts what the home of a group tells the realms that have members, or a user who is invited. */

import type { ItemOf, ItemResult } from "../../contract/items.ts";
import { parseAddress } from "../../contract/names.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Group, Party, Realm } from "../../state/entities.ts";
import { deleteGroup, withdrawFiles } from "../groups/ending.ts";
import { groupAt, startAt } from "../groups/membership.ts";
import { leavesAtOnce, refusesGroup } from "../groups/unwanted.ts";
import { notOneMore, partyAt, partyNamed } from "../people/parties.ts";
import { banElsewhere, forbiddenBy } from "../services/bans.ts";
import { isLocal, type Services } from "../services/context.ts";
import { namesIn } from "./detail.ts";

type Accepted = Result<ItemResult, "user-not-found" | "forbidden">;

const ACCEPTED: ItemResult = {};

/** The most groups of other realms that one user may be invited to. */
const MOST_ASKING = 1000;

export const mirrored = {
  /** What a group is like. Of one without anybody here nothing is kept. */
  about(services: Services, realm: Realm, item: ItemOf<"about">): Accepted {
    const { groups } = services.model;
    const group = mirrorOf(services, realm, item);
    if (!group) return ACCEPTED;
    const by = item.by === undefined ? undefined : knownParty(services, item.by);
    groups.set(group, { homeId: item.gid });
    if (group.name !== item.group) rename(services, group, item.group, by);
    const { topic, access, history, posting, listed, keep: keepDays, slow: slowSeconds } = item;
    groups.set(group, { topic, access, history, posting, listed, keepDays, slowSeconds }, by);
    const owner = knownParty(services, item.owner);
    if (owner && owner !== group.owner) groups.setRole(group, owner, "owner", by);
    const moderators = new Set(item.moderators.map((address) => knownParty(services, address)));
    for (const [party, { moderator }] of group.members) {
      if (moderator === moderators.has(party)) continue;
      groups.setRole(group, party, moderator ? "member" : "moderator", by);
    }
    return ACCEPTED;
  },

  gone(services: Services, realm: Realm, item: ItemOf<"gone">): Accepted {
    const group = mirrorOf(services, realm, item);
    if (!group) return ACCEPTED;
    withdrawFiles(services, group);
    deleteGroup(services, group, undefined, item.by === undefined ? undefined : knownParty(services, item.by));
    return ACCEPTED;
  },

  invited(services: Services, realm: Realm, item: ItemOf<"invited">): Accepted {
    const { groups, users } = services.model;
    const user = users.find(item.to);
    if (!user) return new Failure("user-not-found");
    const { name, realm: of = realm.name } = parseAddress(item.by);
    const ban = banElsewhere(services, name, of.toLowerCase());
    if (ban) return forbiddenBy(ban);
    for (const address of [item.by, item.owner]) {
      const { name: who, realm: at = realm.name } = parseAddress(address);
      if (isLocal(services, at)) continue;
      const full = notOneMore(services, who, at.toLowerCase());
      if (full) return new Failure("forbidden", full.detail);
    }
    const by = namedParty(services, item.by);
    if (refusesGroup(services, user, by)) return ACCEPTED;
    const group = mirrorOf(services, realm, item) ?? groupAt(services, realm, item.group, item.owner, 0);
    if (group.members.has(user) || group.invited.has(user)) return ACCEPTED;
    if (groups.invitedTo(user).size >= MOST_ASKING)
      return new Failure("forbidden", `${MOST_ASKING} groups ask him already`);
    groups.set(group, { homeId: item.gid, access: item.access, listed: item.listed });
    groups.invite(group, user, by, services.now());
    return ACCEPTED;
  },

  /** The members of a group whose home is that realm have changed. */
  members(services: Services, realm: Realm, item: ItemOf<"members">): Accepted {
    const { groups, messages, users } = services.model;
    const missing: string[] = [];
    const added: Party[] = [];
    const known = groups.findAt(item.group, realm.key);
    const maker = known?.owner ?? partyNamed(services, parseAddress(item.owner));
    for (const { name, realm: of = realm.name } of item.add.map(parseAddress)) {
      const own = isLocal(services, of);
      // Too many users of that realm are known here: the member is left out here, and stays one at the group's home.
      if (!own && notOneMore(services, name, of.toLowerCase())) continue;
      const party = own ? users.find(name) : partyAt(services, name, of.toLowerCase());
      if (!party) missing.push(name);
      else if (!leavesAtOnce(services, realm, { name: item.group, known, owner: maker }, party)) added.push(party);
    }
    if (!known && !added.some(({ realm: of }) => of === undefined)) return acceptedBut(missing);
    const group = known ?? groupAt(services, realm, item.group, item.owner, item.head);
    if (item.whole) startAt(services, group, item.head);
    const { head } = messages.groupConversation(group);
    for (const party of added) {
      if (group.members.has(party)) continue;
      // The members of other realms in a complete list are not new to the group: no event.
      groups.join(group, party, head, item.whole === true && party.realm !== undefined);
    }
    const stay = new Set(added);
    const leaving = item.whole ? [...group.members.keys()].filter((member) => !stay.has(member)) : [];
    for (const address of item.remove) {
      const party = partyNamed(services, parseAddress(address));
      if (party && group.members.has(party)) leaving.push(party);
    }
    const kick = { by: item.by === undefined ? undefined : knownParty(services, item.by)?.id, why: item.why };
    for (const party of leaving) groups.leave(group, party, false, kick);
    const owner = knownParty(services, item.owner);
    if (owner && owner !== group.owner) groups.setRole(group, owner, "owner");
    return acceptedBut(missing);
  },
};

function acceptedBut(missing: readonly string[]): Accepted {
  // Not a Failure, which would undo what was done for the others.
  return missing.length > 0 ? { code: "user-not-found", detail: namesIn(missing) } : ACCEPTED;
}

/** The group that an item is about: by its id, or by a name if its id is not known yet. */
export function mirrorOf(
  { model: { groups } }: Services,
  realm: Realm,
  { gid, group: name, was = name }: { readonly gid: string; readonly group: string; readonly was?: string },
): Group | undefined {
  const all = groups.at(realm.key);
  const byId = all.find(({ homeId }) => homeId === gid);
  if (byId) return byId;
  const named = groups.findAt(was, realm.key);
  // A group with another id only had the name before.
  return named?.homeId === undefined ? named : undefined;
}

/** Renames a group. Another one that has the name here has gone at its home without this realm having been told. */
function rename(services: Services, group: Group, name: string, by: Party | undefined): void {
  const { groups } = services.model;
  const other = groups.findAt(name, group.realm as string);
  if (other && other !== group) {
    withdrawFiles(services, other);
    deleteGroup(services, other);
  }
  groups.rename(group, name, undefined, by);
}

/** The party with an address, `name@realm`, if it is known here. */
export function knownParty(services: Services, text: string): Party | undefined {
  return partyNamed(services, parseAddress(text));
}

/** As `knownParty`; one of another realm that is not known here is added. */
function namedParty(services: Services, text: string): Party {
  const { name, realm = "" } = parseAddress(text);
  return knownParty(services, text) ?? partyAt(services, name, realm.toLowerCase());
}
