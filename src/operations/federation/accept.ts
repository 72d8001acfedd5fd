/**
 * Accepts the items of another realm, which its link has proven to be. Each is accepted once and in order; one that is refused
 * does not hold up those behind it. PROTOCOL.md, "Items".
 */

import type { Author, BadItem, Item, ItemOf, ItemResult } from "../../contract/items.ts";
import type { DeedRefusal, RefusedElsewhere } from "../../contract/refusals.ts";
import { Failure, type Result } from "../../contract/result.ts";
import {
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
import { join, leave } from "../groups/membership.ts";
import { may, mayAlter } from "../may.ts";
import { alter } from "../messages/alterations.ts";
import { deliver } from "../messages/deliver.ts";
import { answeredIn, messageKnownAs } from "../messages/ids.ts";
import { headFor, tooLong } from "../outbox.ts";
import { notOneMore, partiesOf, partyAt } from "../people/parties.ts";
import { banElsewhere, forbiddenBy } from "../services/bans.ts";
import { isLocal, person, type Services } from "../services/context.ts";
import { MOST_DETAIL, namesIn } from "./detail.ts";
import { mirrored } from "./mirrored.ts";
import { mirroredMessages } from "./mirrored-messages.ts";
import { fittingFile } from "./received-files.ts";

/** Results kept for items that are sent again: more than a peer has under way; and UTF-16 units of them as JSON. */
const RESULTS_KEPT = 500;
const RESULTS_SIZE = 64 * 1024;

const ACCEPTED: ItemResult = {};
const FULL = new Failure("disk-full");

/**
 * Accepts items in the order of their numbers; one with a number that was accepted before gets the result of then. @returns a
 * result for each item; a refusal of all of them if some that were sent before are not here: these would make them count as
 * accepted. @throws StorageError when the disk fails: the caller undoes what was done
 */
export function deliverItems(
  services: Services,
  realm: Realm,
  items: readonly (Item | BadItem)[],
): Result<ItemResult[], "storage"> {
  const kept = new Map(realm.results);
  let { received } = realm;
  if ((items[0]?.after ?? 0) > received) return new Failure("storage", "what was sent before has not been kept here");
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

/** The newest results, within the two limits. */
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
    return { code: result.code, ...(result.detail !== undefined && { detail: result.detail.slice(0, MOST_DETAIL) }) };
  } catch (error) {
    if (error instanceof StorageError || error instanceof WithoutOrder) throw error;
    services.model.revert(mark);
    services.fault(error, item.kind);
    return { code: "internal" };
  }
}

/** The refusal of an item whose author is not known here and would be one party too many of that realm. */
function fromOneMore(services: Services, realm: Realm, item: Item): Failure<"quota"> | undefined {
  if (!("from" in item)) return undefined;
  const { name } = item.from;
  const of = "realm" in item.from ? item.from.realm : realm.name;
  return isLocal(services, of) ? undefined : notOneMore(services, name, of.toLowerCase());
}

type Accepted = Result<ItemResult, RefusedElsewhere | DeedRefusal>;
type Accept<K extends Item["kind"]> = (services: Services, realm: Realm, item: ItemOf<K>) => Accepted;

/** How an item of each kind is accepted. A Failure undoes what was done for it. */
const accepting: { readonly [K in Item["kind"]]: Accept<K> } = {
  message(services, realm, item) {
    if (services.intake.isFull) return FULL;
    const { users } = services.model;
    const readers = [...new Set(item.to.map((name) => users.find(name) ?? name))];
    const missing = readers.filter((reader) => typeof reader === "string");
    if (missing.length > 0) return new Failure("user-not-found", namesIn(missing));
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    const sender = senderAt(services, realm, item.from);
    const file = fittingFile(services, realm, sender, item.file);
    if (file instanceof Failure) return file;
    for (const reader of readers as Party[]) {
      const reply = answeredIn(services.model, services.model.messages.peek(sender, reader), item.reply);
      deliver(services, sender, reader, item.text, file, item.id, reply);
    }
    return ACCEPTED;
  },

  post(services, realm, item) {
    const asked = askedOf(services, realm, item);
    if (asked instanceof Failure) return asked;
    const { group, user: sender } = asked;
    const allowed = maySend(services, sender, group);
    if (allowed !== true) return allowed;
    const refused = tooLong(item.text);
    if (refused) return refused;
    if (services.intake.isFull) return FULL;
    const file = fittingFile(services, realm, sender, item.file);
    if (file instanceof Failure) return file;
    const reply = answeredIn(services.model, services.model.messages.groupConversation(group), item.reply);
    deliver(services, sender, group, item.text, file, item.id, reply);
    return ACCEPTED;
  },

  /** An alteration of a message to a user here, or in a group here. */
  alter(services, realm, item) {
    const ban = banElsewhere(services, item.from.name, realm.key);
    if (ban) return forbiddenBy(ban);
    // An author who is not known here was in no conversation.
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
    const asked = askedOf(services, realm, item);
    if (asked instanceof Failure) return asked;
    const { group, user } = asked;
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
    const asked = askedOf(services, realm, item);
    if (asked instanceof Failure) return asked;
    const { group, user } = asked;
    const done = doHere(services, user, group, item.deed);
    return done instanceof Failure ? done : { ...done };
  },

  ...mirrored,
  ...mirroredMessages,
};

/** The group here for which a party of another realm asks something, if that party may see it. */
function askedOf(
  services: Services,
  realm: Realm,
  item: ItemOf<"post" | "join" | "deed">,
): Result<{ readonly group: Group; readonly user: Party }, RefusedElsewhere> {
  const group = groupOfItem(services, item);
  const ban = banElsewhere(services, item.from.name, realm.key);
  if (ban) return forbiddenBy(ban);
  const user = senderAt(services, realm, item.from);
  return group && may(user, "see", group) === true ? { group, user } : new Failure("group-not-found");
}

/** The message that a party of another realm wants to alter, if it may; else why not. */
function alterable(
  services: Services,
  by: Party,
  { to, group: name, gid, id, what }: ItemOf<"alter">,
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
  // A message that was deleted meanwhile is no failure: `alter` finds it so already.
  if (!message || message.alters) return new Failure("message-not-found");
  const allowed = mayAlter(by, what, message);
  return allowed === true ? message : new Failure("forbidden", allowed.detail);
}

function senderAt(services: Services, realm: Realm, { name, full }: Author): Party {
  return partyAt(services, name, realm.key, full);
}
