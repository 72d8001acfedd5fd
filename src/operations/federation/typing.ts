/** That somebody types, as another realm tells it: only what its users may say, and of groups what their home may. */

import type { Typing } from "../../contract/hints.ts";
import { isUser, type Realm } from "../../state/entities.ts";
import { groupOfItem } from "../groups/ids.ts";
import { may } from "../may.ts";
import { saysTo } from "../messages/typing.ts";
import { isCrowd } from "../reach.ts";
import { banElsewhere } from "../services/bans.ts";
import type { Services } from "../services/context.ts";
import { knownParty, mirrorOf } from "./mirrored.ts";

/** Whoever may not say it, is not known here or says it too often, is passed over. */
export function typingAt(services: Services, realm: Realm, typing: Typing): void {
  const { model, typingPace } = services;
  if (!typingPace.takeFrom(realm.key)) return;
  if (typing.kind === "group") {
    const group = mirrorOf(services, realm, typing);
    const by = knownParty(services, typing.from);
    if (!group || !by || !group.members.has(by)) return;
    const isNew = isUser(by) ? typingPace.mayComeBack(by, group) : typingPace.mayTell(by, group);
    if (isNew && !isCrowd(group)) model.passing.types(by, group, true);
    return;
  }
  const by = model.users.findAt(typing.from, realm.key);
  if (!by || banElsewhere(services, by.name, realm.key)) return;
  if (typing.kind === "message") {
    const to = model.users.find(typing.to);
    // A realm can have any number of users: only one who has said something, or was written to, is told of.
    if (to && model.messages.peek(to, by) && typingPace.mayTell(by, to)) saysTo(services, by, to);
    return;
  }
  const group = groupOfItem(services, typing);
  const isMember = group?.members.has(by) && may(by, "send", group) === true;
  if (group && isMember && typingPace.mayTell(by, group) && !isCrowd(group)) model.passing.types(by, group);
}
