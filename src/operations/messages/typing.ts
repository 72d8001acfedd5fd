/**
 * That somebody types: told to who watches on the other side, and kept nowhere. Who types is answered the same, whoever is
 * told and whether anybody is.
 */

import { formatAddress, parseAddress } from "../../contract/names.ts";
import type { Input } from "../../contract/operations.ts";
import type { ResultOf } from "../../contract/refusals.ts";
import { Failure } from "../../contract/result.ts";
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
  // With a user elsewhere of whom nothing was heard yet there is no conversation.
  const unknown = userTarget(services, address);
  return unknown instanceof Failure ? unknown : DONE;
}

function typingTo(services: Services, me: User, to: Party): void {
  const { model, neighbours, typingPace } = services;
  if (to === me || !model.settings.of(me).presence || !typingPace.take(me, to)) return;
  if (isUser(to)) {
    tellTyping(services, me, to);
    return;
  }
  const realm = to.realm === undefined ? undefined : model.realms.find(to.realm);
  if (!realm || blocks(model, me, to) || banElsewhere(services, to.name, realm.key)) return;
  neighbours.of(realm).tellTyping({ kind: "message", from: me.name, to: to.name });
}

function typingIn(services: Services, me: User, group: Group): void {
  const { model, neighbours, typingPace } = services;
  if (isCrowd(group) || !model.settings.of(me).presence || may(me, "send", group) !== true) return;
  if (!typingPace.take(me, group)) return;
  if (group.realm === undefined) {
    tellTypingIn(services, me, group);
    return;
  }
  const home = model.realms.find(group.realm);
  if (home) neighbours.of(home).tellTyping({ kind: "post", from: me.name, ...itsName(group) });
}

/** Tells a user that somebody types to him, if he may see it. */
export function tellTyping(services: Services, by: Party, to: User): void {
  const { model, presence, typingPace } = services;
  if (!seesTyping(model, to, by) || isStranger(model, to, by)) return;
  const user = formatAddress(person(services, by));
  typingPace.told(presence.tell(to, () => ({ kind: "typing", with: user, user })));
}

/** Tells the members of a group that is no crowd that somebody types, but those who do not see him; of one here, those elsewhere, too. */
export function tellTypingIn(services: Services, by: Party, group: Group): void {
  if (isCrowd(group)) return;
  const { model, neighbours, presence, typingPace } = services;
  const user = formatAddress(person(services, by));
  const told = presence.tellMembers(
    group,
    by,
    () => ({ kind: "typing", with: `#${groupName(services, group)}`, user }),
    (member) => seesTyping(model, member, by),
  );
  typingPace.told(told);
  if (group.realm !== undefined) return;
  const { name, realm: at } = person(services, by);
  for (const key of group.realms.keys()) {
    const realm = model.realms.find(key);
    if (!realm) continue;
    const where = { group: group.name, gid: groupId(services, group) };
    neighbours.of(realm).tellTyping({ kind: "group", from: `${name}@${at}`, ...where });
  }
}
