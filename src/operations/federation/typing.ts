/** Typing hints of another realm: it may speak for its own users only, and as a group's home for the members. */

import type { Typing } from "../../contract/hints.ts";
import { isUser, type Realm } from "../../state/entities.ts";
import { groupOfItem } from "../groups/ids.ts";
import { may } from "../may.ts";
import { saysTo } from "../messages/typing.ts";
import { isCrowd } from "../reach.ts";
import { banElsewhere } from "../services/bans.ts";
import type { Services } from "../services/context.ts";
import { knownParty, mirrorOf } from "./mirrored.ts";

/** Passes a hint on, or drops it: from one who may not give it, is not known here, or gives too many. */
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
    // A realm can make up any number of users: only of one in a conversation with the user is passed on.
    if (to && model.messages.peek(to, by) && typingPace.mayTell(by, to)) saysTo(services, by, to);
    return;
  }
  const group = groupOfItem(services, typing);
  const isMember = group?.members.has(by) && may(by, "send", group) === true;
  if (group && isMember && typingPace.mayTell(by, group) && !isCrowd(group)) model.passing.types(by, group);
}
