/**
 * Typing hints: told to those who watch on the other side, and kept nowhere. The one who types gets the same answer, whoever is
 * told and whether anybody is.
 */

import type { Event } from "../../contract/event.ts";
import type { Typing } from "../../contract/hints.ts";
import { formatAddress, parseAddress } from "../../contract/names.ts";
import type { Input } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
import type { ChangeOf } from "../../state/changes.ts";
import { type Group, isUser, type Party, type User } from "../../state/entities.ts";
import { groupFor, groupNamed } from "../groups/find.ts";
import { groupId } from "../groups/ids.ts";
import { may } from "../may.ts";
import { itsName } from "../outbox.ts";
import { partyNamed, userTarget } from "../people/parties.ts";
import { blocks, isCrowd, isStranger, seesTyping } from "../reach.ts";
import { banElsewhere } from "../services/bans.ts";
import { actor, type Caller, groupName, person, type Services } from "../services/context.ts";

const DONE = {} as const;

export function typing(services: Services, caller: Caller, { with: name }: Input<"typing">): ResultOf<"typing"> {
  const me = actor(caller);
  const address = parseAddress(name.replace(/^#/, ""));
  const party = name.startsWith("#") ? undefined : partyNamed(services, address);
  if (party) {
    typingTo(services, me, party);
    return DONE;
  }
  if (name.startsWith("#") || groupNamed(services, me, address)) {
    const group = groupFor(services, caller, address, "read");
    if (group instanceof Failure) return group;
    typingIn(services, me, group);
    return DONE;
  }
  // There is no conversation yet with a user of another realm who has never been heard of.
  const unknown = userTarget(services, address);
  return unknown instanceof Failure ? unknown : DONE;
}

function typingTo(services: Services, me: User, to: Party): void {
  const { model, typingPace } = services;
  if (to === me || !model.settings.of(me).presence || !typingPace.mayTell(me, to)) return;
  if (isUser(to)) {
    saysTo(services, me, to);
    return;
  }
  const realm = to.realm === undefined ? undefined : model.realms.find(to.realm);
  if (!realm || blocks(model, me, to) || banElsewhere(services, to.name, realm.key)) return;
  model.passing.types(me, to);
}

function typingIn({ model, typingPace }: Services, me: User, group: Group): void {
  if (isCrowd(group) || !model.settings.of(me).presence || may(me, "send", group) !== true) return;
  if (typingPace.mayTell(me, group)) model.passing.types(me, group);
}

/** Stages that somebody types to a user, if the user may see it. */
export function saysTo({ model }: Services, by: Party, to: User): void {
  if (seesTyping(model, to, by) && !isStranger(model, to, by)) model.passing.types(by, to);
}

/** Tells those who watch on this node that somebody types. */
export function tellTyping(services: Services, { by: id, to, fromHome }: ChangeOf<"typing.told">): void {
  const { model, typingPace } = services;
  const by = model.party(id);
  if ("user" in to) {
    const party = model.party(to.user);
    typingPace.note(by, party);
    if (isUser(party)) tellUser(services, by, party);
    return;
  }
  const group = model.group(to.group);
  // The group's home tells a user's own hint back, perhaps to another node than the one that sent it.
  if (fromHome && isUser(by)) typingPace.cameBack(by, group);
  else typingPace.note(by, group);
  if (group.realm === undefined || fromHome) tellMembers(services, by, group);
}

/**
 * Tells other realms that are linked with this node: once the turn is kept, for one that another node overtakes is done again,
 * and what was said to a realm cannot be taken back.
 */
export function passOnTyping(services: Services, { by: id, to, fromHome }: ChangeOf<"typing.told">): void {
  const { users, groups } = services.model;
  const by = users.byId(id);
  const party = "user" in to ? users.byId(to.user) : undefined;
  const group = "group" in to ? groups.byId(to.group) : undefined;
  if (!by || fromHome) return;
  if (party && !isUser(party)) tellRealm(services, party.realm, { kind: "message", from: by.name, to: party.name });
  if (group?.realm !== undefined) tellRealm(services, group.realm, { kind: "post", from: by.name, ...itsName(group) });
  else if (group) tellRealmsOf(services, by, group);
}

/** It is undone that somebody types: nobody was told, and it may be told again. */
export function forgetTyping({ model, typingPace }: Services, { by: id, to, fromHome }: ChangeOf<"typing.told">): void {
  const by = model.party(id);
  if ("user" in to) typingPace.forget(by, model.party(to.user));
  else if (fromHome && isUser(by)) typingPace.cameBack(by, model.group(to.group), false);
  else typingPace.forget(by, model.group(to.group));
}

function tellUser(services: Services, by: Party, to: User): void {
  const { presence, typingPace } = services;
  if (typingPace.isSpent) return;
  const user = formatAddress(person(services, by));
  typingPace.told(presence.tell(to, () => ({ kind: "typing", with: user, user })));
}

/** Tells the members of a group who may see that this party types. */
function tellMembers(services: Services, by: Party, group: Group): void {
  const { model, presence, typingPace } = services;
  const user = formatAddress(person(services, by));
  const event = (): Event => ({ kind: "typing", with: `#${groupName(services, group)}`, user });
  const hears = (member: Party): boolean => seesTyping(model, member, by);
  if (!typingPace.isSpent) typingPace.told(presence.tellMembers(group, by, event, hears));
}

/** Tells the realms with members in a group here. */
function tellRealmsOf(services: Services, by: Party, group: Group): void {
  const { name, realm } = person(services, by);
  const hint = { kind: "group", from: `${name}@${realm}`, group: group.name, gid: groupId(services, group) } as const;
  for (const key of group.realms.keys()) tellRealm(services, key, hint);
}

function tellRealm({ model, neighbours }: Services, key: string | undefined, typing: Typing): void {
  const realm = key === undefined ? undefined : model.realms.find(key);
  if (realm) neighbours.of(realm).tellTyping(typing);
}
