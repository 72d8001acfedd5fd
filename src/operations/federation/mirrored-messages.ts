/**
 * What the home of a group tells of what was said there, to the realms that have members: each message once and in its order,
 * also those of users here, whom their own realm has sent there as posts.
 */

import type { ItemOf, ItemResult } from "../../contract/items.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Alteration } from "../../contract/shapes.ts";
import { type Group, type Party, type Realm, StorageError } from "../../state/entities.ts";
import { altered, hindrance, sealedText } from "../messages/alterations.ts";
import { deliver } from "../messages/deliver.ts";
import { answeredIn, messageKnownAs, messageTime as timeOf } from "../messages/ids.ts";
import { isSaid } from "../messages/walk.ts";
import { sealed } from "../outbox.ts";
import { partiesOf, partyAt } from "../people/parties.ts";
import { banElsewhere, forbiddenBy } from "../services/bans.ts";
import { isLocal, type Services } from "../services/context.ts";
import { anyFile, ownFile } from "./received-files.ts";

type Accepted = Result<ItemResult, "group-not-found" | "forbidden">;

const ACCEPTED: ItemResult = {};

export const mirroredMessages = {
  /** A message or alteration of a group whose home is that realm. The home vouches for members of other realms, but not for users here. */
  group(services: Services, realm: Realm, item: ItemOf<"group">): Accepted {
    const { groups } = services.model;
    const group = groups.findAt(item.group, realm.key);
    if (!group) return new Failure("group-not-found");
    if (item.seq <= group.heard) return ACCEPTED;
    if (item.prev !== group.heard) return { have: group.heard };
    // A refusal would skip the message for good; after an error its realm tries again later.
    if (services.intake.isFull) throw new StorageError("messages find no room");
    const { name, realm: of } = item.from;
    const ban = isLocal(services, of) ? undefined : banElsewhere(services, name, of);
    if (ban) return forbiddenBy(ban);
    const sender = isLocal(services, item.from.realm)
      ? ownSender(services, realm, item)
      : vouchedFor(services, realm, item.from);
    if (!sender) return new Failure("forbidden", "nobody here has said that");
    if (item.alters) alterAsTold(services, realm, group, sender, item, item.alters);
    else sayAsTold(services, realm, group, sender, item);
    groups.setHeard(group, item.seq, sender.realm === undefined ? { id: item.id, time: timeOf(item.id) } : undefined);
    return ACCEPTED;
  },

  /** How far the groups of that realm have come: it is told which rows are missing here. */
  heads(services: Services, realm: Realm, { heads }: ItemOf<"heads">): Accepted {
    const have: [string, number][] = [];
    for (const [name, head] of Object.entries(heads)) {
      const group = services.model.groups.findAt(name, realm.key);
      if (!group) have.push([name, -1]);
      else if (group.heard < head) have.push([name, group.heard]);
      // The home was restored from a backup: its numbers go on from there.
      else if (group.heard > head) services.model.groups.setHeard(group, head);
    }
    return have.length > 0 ? { have: Object.fromEntries(have) } : ACCEPTED;
  },
};

/** Appends a message of a group elsewhere. */
function sayAsTold(services: Services, realm: Realm, group: Group, sender: Party, item: ItemOf<"group">): void {
  const own = sender.realm === undefined;
  const file = own ? ownFile(services, realm, sender, item.file) : anyFile(services, realm, sender, item.file);
  const reply = answeredIn(services.model, services.model.messages.groupConversation(group), item.reply);
  deliver(services, sender, group, item.text, file, item.id, reply);
}

/** Makes an alteration of a group elsewhere, if its message is here. The group's home decides who may, but nobody edits another's words. */
function alterAsTold(
  services: Services,
  realm: Realm,
  group: Group,
  sender: Party,
  { id, text, from }: ItemOf<"group">,
  { id: target, what }: { readonly id: string; readonly what: Alteration },
): void {
  const { model } = services;
  const message = messageKnownAs(model, model.messages.groupConversation(group), target);
  if (!message || !isSaid(message)) return;
  // Only a user's own realm knows the user's former names.
  const all = sender.realm === realm.key ? partiesOf(services, realm, from) : [sender];
  const by = all.find(
    (one) =>
      (what !== "edited" || message.sender === one) && hindrance(services, message, one, { what, text }) !== "it is so",
  );
  if (by) altered(services, message, by, { what, text }, id);
}

/**
 * The author of a group's message. The home gives the full names of its own users; those of other realms' users it gives only
 * until their realm does.
 */
function vouchedFor(services: Services, realm: Realm, { name, full, realm: of }: ItemOf<"group">["from"]): Party {
  const key = of.toLowerCase();
  const known = services.model.users.findAt(name, key);
  if (known && key !== realm.key && known.fullName !== known.name) return known;
  return partyAt(services, known && key !== realm.key ? known.name : name, key, full);
}

/** The user here whose post or alteration comes back from the group's home: only by the id that it got here. */
function ownSender(services: Services, realm: Realm, item: ItemOf<"group">): Party | undefined {
  const user = services.model.users.find(item.from.name);
  if (!user) return undefined;
  const { group, id, text: said, file, alters } = item;
  const text = alters ? sealedText(alters.id, { what: alters.what, text: said }) : said;
  const known = services.model.groups.findAt(group, realm.key);
  // Sealed with the group's id if that was known when it was posted, else with its name.
  const isSealed = [known?.homeId, group].some((called) => {
    const own = { group: called ?? group, realm: realm.key, time: timeOf(id), text, file };
    return sealed(services, user, own) === id;
  });
  return isSealed && isFirst(services, realm, item) ? user : undefined;
}

/**
 * Whether a post comes back for the first time since this server's start. Posts come back in the order in which they were sent.
 */
function isFirst({ model }: Services, realm: Realm, { group: name, id }: ItemOf<"group">): boolean {
  const group = model.groups.findAt(name, realm.key);
  if (!group) return false;
  const { returned } = group;
  const time = timeOf(id);
  return returned === undefined || time > returned.time || (time === returned.time && !returned.ids.has(id));
}
