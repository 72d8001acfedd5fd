/** Memberships across realms: groups elsewhere that have members here, and what other realms are told of groups here. */

import type { ItemBody } from "../../contract/items.ts";
import { parseAddress } from "../../contract/names.ts";
import type { Group, OutboxItem, Party, Realm } from "../../state/entities.ts";
import { enqueue, headFor, put } from "../outbox.ts";
import { partyAt } from "../people/parties.ts";
import { isLocal, person, type Services } from "../services/context.ts";
import { groupId } from "./ids.ts";

/** The most members that a list names; the receiving realm's own come first. */
const LISTED_MEMBERS = 10_000;

/**
 * A group of another realm, which is added here if it is not known yet. @param owner `name@realm`. @param head the number of its
 * newest message
 */
export function groupAt(services: Services, realm: Realm, name: string, owner: string, head: number): Group {
  const { groups } = services.model;
  const known = groups.findAt(name, realm.key);
  if (known) return known;
  const { name: ownerName, realm: of = realm.name } = parseAddress(owner);
  const ownUser = isLocal(services, of) ? services.model.users.find(ownerName) : undefined;
  const party = ownUser ?? partyAt(services, ownerName, of.toLowerCase());
  return groups.addAt(name, realm.key, party, head, services.now());
}

/** Skips the messages of a group elsewhere up to `head` if it has no member here: they are not for anybody here. */
export function startAt({ model }: Services, group: Group, head: number): void {
  for (const member of group.members.keys()) if (member.realm === undefined) return;
  if (group.heard !== head) model.groups.setHeard(group, head);
}

/** Makes a party a member of a group here; the first member of an empty one becomes its owner. */
export function join(services: Services, user: Party, group: Group): void {
  const { groups, messages } = services.model;
  const isFirst = group.members.size === 0;
  groups.join(group, user, messages.groupConversation(group).head);
  if (isFirst) groups.setRole(group, user, "owner");
  tellMembers(services, group, { add: user });
}

/**
 * A party leaves a group, or is kicked. At the group's home, the oldest moderator succeeds an owner, else the oldest member, and
 * the other realms are told.
 */
export function leave(services: Services, group: Group, user: Party, kick?: Kick): void {
  const { groups } = services.model;
  groups.leave(group, user, kick?.quiet ?? false, { by: kick?.by?.id, why: kick?.why });
  if (group.realm !== undefined) return;
  if (group.members.size === 0) groups.set(group, { emptied: services.now() });
  else if (group.owner === user) groups.setRole(group, successor(group), "owner");
  tellMembers(services, group, { remove: user, ...kick });
}

interface Kick {
  readonly by?: Party | undefined;
  readonly why?: string | undefined;
  /** No event. */
  readonly quiet?: boolean;
}

function successor({ members }: Group): Party {
  const all = [...members].toSorted(([, one], [, other]) => one.order - other.order);
  const [oldest] = all.find(([, { moderator }]) => moderator) ?? (all[0] as [Party, unknown]);
  return oldest;
}

/** Tells the realms that have members of a change. A realm whose first member is added gets the complete list. */
export function tellMembers(services: Services, group: Group, change: MembersChange): void {
  const { realms } = services.model;
  const { add, remove, by, why } = change;
  const how = { ...(by && { by: fullName(services, by) }), ...(why !== undefined && { why }) };
  const parted = (realm: Realm): string => membersItem(services, group, realm, [], remove ? [remove] : [], how);
  for (const [key, count] of group.realms) {
    const realm = realms.find(key);
    if (!realm || realm.ended) continue;
    if (add?.realm === key && count === 1) listMembers(services, group, realm);
    else put(services, realm, add ? membersItem(services, group, realm, [add], []) : parted(realm));
  }
  // A realm whose last member was removed is told as well: it would keep that member otherwise.
  const left = remove?.realm !== undefined && !group.realms.has(remove.realm) ? realms.find(remove.realm) : undefined;
  if (left && !left.ended) put(services, left, parted(left));
}

interface MembersChange {
  readonly add?: Party;
  readonly remove?: Party;
  /** Who has kicked the removed member, and why. */
  readonly by?: Party | undefined;
  readonly why?: string | undefined;
}

/** `name@realm`, also of a user of this realm. */
function fullName(services: Services, party: Party): string {
  return `${party.name}@${person(services, party).realm}`;
}

/** Tells the realms with members, except older servers, what a group is like. @param was its former name, if that has changed */
export function tellAbout(services: Services, group: Group, by?: Party, was?: string): void {
  for (const key of group.realms.keys()) {
    const realm = services.model.realms.find(key);
    if (realm && !realm.ended) tellRealmAbout(services, group, realm, by, was);
  }
}

function tellRealmAbout(services: Services, group: Group, realm: Realm, by?: Party, was?: string): void {
  if (services.neighbours.of(realm).isOlder) return;
  const { topic, access, history, posting, listed, keepDays: keep, slowSeconds: slow, owner, members } = group;
  const moderators = [...members].filter(([, { moderator }]) => moderator).slice(0, LISTED_MEMBERS);
  enqueue(services, realm, {
    kind: "about",
    group: group.name,
    gid: groupId(services, group),
    ...(was !== undefined && { was }),
    owner: fullName(services, owner),
    moderators: moderators.map(([party]) => fullName(services, party)),
    topic,
    slow,
    ...(by && { by: fullName(services, by) }),
    ...{ access, history, posting, listed, keep },
  });
}

/** Tells the realms with members, except older servers, that a group was deleted. */
export function tellGone(services: Services, group: Group, by?: Party): void {
  for (const key of group.realms.keys()) {
    const realm = services.model.realms.find(key);
    if (!realm || realm.ended || services.neighbours.of(realm).isOlder) continue;
    const who = by && { by: fullName(services, by) };
    enqueue(services, realm, { kind: "gone", group: group.name, gid: groupId(services, group), ...who });
  }
}

/** Tells another realm that a user there is invited to a group here. */
export function tellInvited(services: Services, group: Group, user: Party, by: Party): void {
  const realm = user.realm === undefined ? undefined : services.model.realms.find(user.realm);
  if (!realm) return;
  enqueue(services, realm, {
    kind: "invited",
    group: group.name,
    gid: groupId(services, group),
    to: user.name,
    by: fullName(services, by),
    owner: fullName(services, group.owner),
    access: group.access,
    listed: group.listed,
  });
}

/** Sends a realm the list of members, complete up to LISTED_MEMBERS. */
export function listMembers(services: Services, group: Group, realm: Realm): OutboxItem {
  const own: Party[] = [];
  const others: Party[] = [];
  for (const member of group.members.keys()) (member.realm === realm.key ? own : others).push(member);
  const listed = [...own, ...others].slice(0, LISTED_MEMBERS);
  // A list that was cut must not be taken for complete.
  const whole = listed.length === group.members.size;
  const item = put(services, realm, membersItem(services, group, realm, listed, [], { whole }));
  tellRealmAbout(services, group, realm);
  return item;
}

function membersItem(
  services: Services,
  group: Group,
  realm: Realm,
  add: readonly Party[],
  remove: readonly Party[],
  how: { readonly whole?: boolean; readonly by?: string; readonly why?: string } = {},
): string {
  const { whole, ...kick } = how;
  const address = (party: Party): string => fullName(services, party);
  const item: ItemBody = {
    kind: "members",
    group: group.name,
    owner: address(group.owner),
    head: headFor(services, group, realm),
    add: add.map(address),
    remove: remove.map(address),
    ...kick,
    ...(whole && { whole }),
  };
  return JSON.stringify(item);
}
