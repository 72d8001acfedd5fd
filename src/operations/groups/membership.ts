/** Who is in a group: found by the names that people use, announced here, told to the realms that have members. */

import type { ItemBody } from "../../contract/items.ts";
import { parseAddress } from "../../contract/names.ts";
import type { Group, OutboxItem, Party, Realm } from "../../state/entities.ts";
import { put } from "../outbox.ts";
import { partyAt } from "../people/parties.ts";
import { isLocal, person, type Services } from "../services/context.ts";

/** Members that a complete list names, the receiving realm's own first. */
const LISTED_MEMBERS = 10_000;

/** A group elsewhere, as it is kept here; it is made when somebody here becomes a member. */
export function groupAt(services: Services, realm: Realm, name: string, owner: string, head: number): Group {
  const { groups } = services.model;
  const known = groups.findAt(name, realm.key);
  if (known) return known;
  const { name: ownerName, realm: of = realm.name } = parseAddress(owner);
  const ownUser = isLocal(services, of) ? services.model.users.find(ownerName) : undefined;
  const party = ownUser ?? partyAt(services, ownerName, of.toLowerCase());
  return groups.addAt(name, realm.key, party, head, services.now());
}

/** A group elsewhere that nobody here was a member of until now: what was said there meanwhile is not for here. */
export function startAt({ model }: Services, group: Group, head: number): void {
  for (const member of group.members.keys()) if (member.realm === undefined) return;
  if (group.heard !== head) model.groups.setHeard(group, head);
}

/**
 * The members of a group of ours have changed. A realm that has no member but this one is given the
 * complete list.
 */
export function tellMembers(services: Services, group: Group, change: { add?: Party; remove?: Party }): void {
  const { realms } = services.model;
  const { add, remove } = change;
  for (const [key, count] of group.realms) {
    const realm = realms.find(key);
    if (!realm) continue;
    if (add?.realm === key && count === 1) listMembers(services, group, realm);
    else put(services, realm, membersItem(services, group, add ? [add] : [], remove ? [remove] : []));
  }
  // Its last member gone, his realm is told as well: what it was told of him before must not stand.
  const left = remove?.realm !== undefined && !group.realms.has(remove.realm) ? realms.find(remove.realm) : undefined;
  if (left && remove) put(services, left, membersItem(services, group, [], [remove]));
}

/** The complete list of members. */
export function listMembers(services: Services, group: Group, realm: Realm): OutboxItem {
  const own: Party[] = [];
  const others: Party[] = [];
  for (const member of group.members.keys()) (member.realm === realm.key ? own : others).push(member);
  const listed = [...own, ...others].slice(0, LISTED_MEMBERS);
  // A list that is cut says who is there, not that nobody else is.
  const whole = listed.length === group.members.size;
  return put(services, realm, membersItem(services, group, listed, [], whole));
}

function membersItem(
  services: Services,
  group: Group,
  add: readonly Party[],
  remove: readonly Party[],
  whole?: boolean,
): string {
  const address = (party: Party): string => `${party.name}@${person(services, party).realm}`;
  const item: ItemBody = {
    kind: "members",
    group: group.name,
    owner: address(group.owner),
    head: services.model.messages.groupConversation(group).head,
    add: add.map(address),
    remove: remove.map(address),
    ...(whole && { whole }),
  };
  return JSON.stringify(item);
}
