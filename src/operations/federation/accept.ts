/**
 * Accepts the items of another realm, which its link has proven to be. Each is accepted once and in order; one that is refused
 * does not hold up those behind it. PROTOCOL.md, "Items".
 */

import type { Author, BadItem, Item, ItemResult } from "../../contract/items.ts";
import { parseAddress } from "../../contract/names.ts";
import type { DeedRefusal, RefusedElsewhere } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import type { Alteration } from "../../contract/shapes.ts";
import {
  type Conversation,
  type Group,
  type Party,
  type Realm,
  StorageError,
  type StoredMessage,
  WithoutOrder,
} from "../../state/entities.ts";
import { doHere } from "../groups/deeds.ts";
import { maySend } from "../groups/find.ts";
import { groupOfItem } from "../groups/ids.ts";
import { groupAt, join, leave, startAt } from "../groups/membership.ts";
import { leavesAtOnce } from "../groups/unwanted.ts";
import { may, mayAlter } from "../may.ts";
import { alter, altered, hindrance, sealedText } from "../messages/alterations.ts";
import { deliver } from "../messages/deliver.ts";
import { messageKnownAs, messageTime as timeOf } from "../messages/ids.ts";
import { isSaid } from "../messages/walk.ts";
import { headFor, sealed, tooLong } from "../outbox.ts";
import { notOneMore, partyAt, partyNamed } from "../people/parties.ts";
import { banElsewhere, forbiddenBy } from "../services/bans.ts";
import { isLocal, person, type Services } from "../services/context.ts";
import { knownParty, mirrored } from "./mirrored.ts";
import { anyFile, fittingFile, ownFile } from "./received-files.ts";

/** Results kept for repeated items, more than a peer has under way; and UTF-16 units of them as JSON. */
const RESULTS_KEPT = 500;
const RESULTS_SIZE = 64 * 1024;

/** UTF-16 units of a detail; some list names. */
const DETAIL = 2000;

type Of<K extends Item["kind"]> = Item & { readonly kind: K };

const ACCEPTED: ItemResult = {};
const FULL = new Failure("disk-full");

/** @returns a result for each item. @throws StorageError when the disk fails: the caller undoes what was done. */
export function deliverItems(services: Services, realm: Realm, items: readonly (Item | BadItem)[]): ItemResult[] {
  const kept = new Map(realm.results);
  let { received } = realm;
  const results = items.map((item): ItemResult => {
    if (item.n <= received) return kept.get(item.n) ?? ACCEPTED;
    received = item.n;
    const result = acceptOrNot(services, realm, item);
    if (result !== ACCEPTED) kept.set(item.n, result);
    return result;
  });
  if (received > realm.received) {
    services.model.realms.setReceived(realm, received, newest(kept));
  }
  return results;
}

/** The newest results, as many as are kept. */
function newest(results: ReadonlyMap<number, ItemResult>): Map<number, ItemResult> {
  const kept: [number, ItemResult][] = [];
  let size = 0;
  for (const [n, result] of [...results].reverse()) {
    size += JSON.stringify(result).length;
    if (kept.length >= RESULTS_KEPT || (size > RESULTS_SIZE && kept.length > 0)) break;
    kept.unshift([n, result]);
  }
  return new Map(kept);
}

function acceptOrNot(services: Services, realm: Realm, item: Item | BadItem): ItemResult {
  const mark = services.model.mark();
  try {
    const result =
      item.kind === "bad"
        ? new Failure("bad-request", item.detail)
        : (fromOneMore(services, realm, item) ?? (accepting[item.kind] as Accept<Item["kind"]>)(services, realm, item));
    if (!(result instanceof Failure)) return result;
    services.model.revert(mark);
    return { code: result.code, ...(result.detail !== undefined && { detail: result.detail.slice(0, DETAIL) }) };
  } catch (error) {
    if (error instanceof StorageError || error instanceof WithoutOrder) throw error;
    services.model.revert(mark);
    services.fault(error, item.kind);
    return { code: "internal" };
  }
}

/** Refuses what comes from somebody who would be one too many to be known here. */
function fromOneMore(services: Services, realm: Realm, item: Item): Failure<"quota"> | undefined {
  if (!("from" in item)) return undefined;
  const { name } = item.from;
  const of = "realm" in item.from ? item.from.realm : realm.name;
  return isLocal(services, of) ? undefined : notOneMore(services, name, of.toLowerCase());
}

type Accepted = Result<ItemResult, RefusedElsewhere | DeedRefusal>;
type Accept<K extends Item["kind"]> = (services: Services, realm: Realm, item: Of<K>) => Accepted;

/** How an item of each kind is accepted. A Failure undoes what was done for it. */
const accepting: { readonly [K in Item["kind"]]: Accept<K> } = {
  message(services, realm, item) {
    if (services.intake.isFull) return FULL;
    const { users } = services.model;
    const readers = [...new Set(item.to.map((name) => users.find(name) ?? name))];
    const missing = readers.filter((reader) => typeof reader === "string");
    if (missing.length > 0) return new Failure("user-not-found", firstOf(missing));
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    const sender = senderAt(services, realm, item.from);
    const file = fittingFile(services, realm, sender, item.file);
    if (file instanceof Failure) return file;
    for (const reader of readers as Party[]) {
      const reply = answeredIn(services, services.model.messages.peek(sender, reader), item.reply);
      deliver(services, sender, reader, item.text, file, item.id, reply);
    }
    return ACCEPTED;
  },

  post(services, realm, item) {
    const group = groupOfItem(services, item);
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    const sender = senderAt(services, realm, item.from);
    if (!group || may(sender, "see", group) !== true) return new Failure("group-not-found");
    const allowed = maySend(services, sender, group);
    if (allowed !== true) return allowed;
    const refused = tooLong(item.text);
    if (refused) return refused;
    if (services.intake.isFull) return FULL;
    const file = fittingFile(services, realm, sender, item.file);
    if (file instanceof Failure) return file;
    const reply = answeredIn(services, services.model.messages.groupConversation(group), item.reply);
    deliver(services, sender, group, item.text, file, item.id, reply);
    return ACCEPTED;
  },

  /** Of a message to a user here, or in a group here. */
  alter(services, realm, item) {
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    // Who is not known here was in no conversation.
    let refused = new Failure<RefusedElsewhere>("message-not-found");
    for (const by of partiesOf(services, realm, item.from)) {
      const message = alterable(services, by, item);
      if (message instanceof Failure) {
        refused = message;
        continue;
      }
      if (services.intake.isFull && item.what !== "deleted") return FULL;
      const done = alter(services, message, by, item, item.alteration);
      return done instanceof Failure ? done : ACCEPTED;
    }
    return refused;
  },

  join(services, realm, item) {
    const group = groupOfItem(services, item);
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    const user = senderAt(services, realm, item.from);
    if (!group || may(user, "see", group) !== true) return new Failure("group-not-found");
    const head = headFor(services, group, realm);
    const allowed = may(user, "join", group);
    if (allowed === true) join(services, user, group);
    else if (allowed.code === "forbidden") return allowed as Failure<"forbidden">;
    const { name, realm: of } = person(services, group.owner);
    return { group: group.name, owner: `${name}@${of}`, head };
  },

  leave(services, realm, item) {
    const { users } = services.model;
    const group = groupOfItem(services, item);
    const user = users.findAt(item.from.name, realm.key);
    if (!group || !user || may(user, "leave", group) !== true) return ACCEPTED;
    leave(services, group, user);
    return ACCEPTED;
  },

  decline(services, realm, item) {
    const { groups, users } = services.model;
    const group = groupOfItem(services, item);
    const user = users.findAt(item.from.name, realm.key);
    if (group && user) groups.uninvite(group, user);
    return ACCEPTED;
  },

  deed(services, realm, item) {
    const group = groupOfItem(services, item);
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    const user = senderAt(services, realm, item.from);
    if (!group || may(user, "see", group) !== true) return new Failure("group-not-found");
    const done = doHere(services, user, group, item.deed);
    return done instanceof Failure ? done : { ...done };
  },

  ...mirrored,

  /** A message of a group whose home is that realm, which vouches for members of other realms, but not for users here. */
  group(services, realm, item) {
    const { groups } = services.model;
    const group = groups.findAt(item.group, realm.key);
    if (!group) return new Failure("group-not-found");
    if (item.seq <= group.heard) return ACCEPTED;
    if (item.prev !== group.heard) return { have: group.heard };
    // Refused, it would be passed over for good: its realm tries again later.
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

  /** The members of a group whose home is that realm have changed. */
  members(services, realm, item) {
    const { groups, messages, users } = services.model;
    const missing: string[] = [];
    const added: Party[] = [];
    const known = groups.findAt(item.group, realm.key);
    const maker = known?.owner ?? partyNamed(services, parseAddress(item.owner));
    for (const { name, realm: of = realm.name } of item.add.map(parseAddress)) {
      const own = isLocal(services, of);
      // Who is one too many is a member all the same, where the group is.
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
      // A complete list names members of other realms who were in it before: no event.
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

  heads(services, realm, { heads }) {
    const have: [string, number][] = [];
    for (const [name, head] of Object.entries(heads)) {
      const group = services.model.groups.findAt(name, realm.key);
      if (!group) have.push([name, -1]);
      else if (group.heard < head) have.push([name, group.heard]);
      // The home was set back to a backup: its numbers go on from there.
      else if (group.heard > head) services.model.groups.setHeard(group, head);
    }
    return have.length > 0 ? { have: Object.fromEntries(have) } : ACCEPTED;
  },
};

/** A message of a group elsewhere. */
function sayAsTold(services: Services, realm: Realm, group: Group, sender: Party, item: Of<"group">): void {
  const own = sender.realm === undefined;
  const file = own ? ownFile(services, realm, sender, item.file) : anyFile(services, realm, sender, item.file);
  const reply = answeredIn(services, services.model.messages.groupConversation(group), item.reply);
  deliver(services, sender, group, item.text, file, item.id, reply);
}

/** What became of a message of a group elsewhere, if it is here; its home decides who may, but nobody edits another's words. */
function alterAsTold(
  services: Services,
  realm: Realm,
  group: Group,
  sender: Party,
  { id, text, from }: Of<"group">,
  { id: target, what }: { readonly id: string; readonly what: Alteration },
): void {
  const { model } = services;
  const message = messageKnownAs(model, model.messages.groupConversation(group), target);
  if (!message || !isSaid(message)) return;
  // Only a user's own realm knows what he was called: of others he is who he is.
  const all = sender.realm === realm.key ? partiesOf(services, realm, from) : [sender];
  const by = all.find(
    (one) =>
      (what !== "edited" || message.sender === one) && hindrance(services, message, one, { what, text }) !== "it is so",
  );
  if (by) altered(services, message, by, { what, text }, id);
}

/** Those that somebody of a realm is here: a new one for each name that he has had. The one of today comes first. */
function partiesOf({ model }: Services, { key }: Realm, { name, was = [] }: Author): readonly Party[] {
  return [name, ...was].flatMap((one) => model.users.findAt(one, key) ?? []);
}

/** The message that somebody elsewhere wants to alter, if he may. */
function alterable(
  services: Services,
  by: Party,
  { to, group: name, gid, id, what }: Of<"alter">,
): Result<StoredMessage, RefusedElsewhere> {
  const { model } = services;
  const named = name === undefined ? undefined : { group: name, ...(gid !== undefined && { gid }) };
  const group = named && groupOfItem(services, named);
  if (named && !group) return new Failure("group-not-found");
  const reads = group ? may(by, "read", group) : true;
  if (reads !== true) return reads;
  const user = to === undefined ? undefined : model.users.find(to);
  const conversation = group ? model.messages.groupConversation(group) : user && model.messages.peek(by, user);
  const message = conversation && messageKnownAs(model, conversation, id);
  // One that was deleted meanwhile stays so, and nothing need be said of it.
  if (!message || message.alters) return new Failure("message-not-found");
  const allowed = mayAlter(by, what, message);
  return allowed === true ? message : new Failure("forbidden", allowed.detail);
}

/** The message that one answers, if it is here. */
function answeredIn(
  { model }: Services,
  conversation: Conversation | undefined,
  id: string | undefined,
): StoredMessage | undefined {
  const message = conversation && id !== undefined ? messageKnownAs(model, conversation, id) : undefined;
  return message?.alters ? undefined : message;
}

function acceptedBut(missing: readonly string[]): Accepted {
  // Not a Failure, which would undo what was done for the others.
  return missing.length > 0 ? { code: "user-not-found", detail: firstOf(missing) } : ACCEPTED;
}

/** Names with commas between, as many whole ones as a detail holds. */
function firstOf(names: readonly string[]): string {
  const text = names.join(",");
  return text.length <= DETAIL ? text : text.slice(0, text.lastIndexOf(",", DETAIL));
}

/** The author of a group's message. Its home names its own users; users of other realms only until their realm has. */
function vouchedFor(services: Services, realm: Realm, { name, full, realm: of }: Of<"group">["from"]): Party {
  const key = of.toLowerCase();
  const known = services.model.users.findAt(name, key);
  if (known && key !== realm.key && known.fullName !== known.name) return known;
  return partyAt(services, known && key !== realm.key ? known.name : name, key, full);
}

function senderAt(services: Services, realm: Realm, { name, full }: Author): Party {
  return partyAt(services, name, realm.key, full);
}

/** The user here who posted a message that comes back from its group's home: only with the id that it got here. */
function ownSender(services: Services, realm: Realm, item: Of<"group">): Party | undefined {
  const user = services.model.users.find(item.from.name);
  if (!user) return undefined;
  const { group, id, text: said, file, alters } = item;
  const text = alters ? sealedText(alters.id, { what: alters.what, text: said }) : said;
  const known = services.model.groups.findAt(group, realm.key);
  // By the group's id, if that was known when it was posted.
  const isSealed = [known?.homeId, group].some((called) => {
    const own = { group: called ?? group, realm: realm.key, time: timeOf(id), text, file };
    return sealed(services, user, own) === id;
  });
  return isSealed && isFirst(services, realm, item) ? user : undefined;
}

/** Whether a post comes back for the first time since the start: they come in the order they were posted. */
function isFirst({ model }: Services, realm: Realm, { group: name, id }: Of<"group">): boolean {
  const group = model.groups.findAt(name, realm.key);
  if (!group) return false;
  const { returned } = group;
  const time = timeOf(id);
  return returned === undefined || time > returned.time || (time === returned.time && !returned.ids.has(id));
}
