/** What follows from the results of items: notices to senders, memberships, messages sent again. */

import { type Code, codes } from "../../contract/codes.ts";
import type { Author, ItemBody, ItemResult } from "../../contract/items.ts";
import { isName, parseAddress } from "../../contract/names.ts";
import { type Awaited, isUser, type OutboxItem, type Realm } from "../../state/entities.ts";
import { notGiven } from "../files/lists.ts";
import { groupOfItem } from "../groups/ids.ts";
import { groupAt, leave, startAt } from "../groups/membership.ts";
import { notify } from "../messages/deliver.ts";
import { enqueue, headsAnswered, headsDropped } from "../outbox.ts";
import { groupName, isLocal, type Services } from "../services/context.ts";
import { countOf, plainOf } from "../untrusted.ts";
import { repair } from "./repair.ts";

/** The code of an item that has waited too long. */
const UNREACHABLE = "realm-unreachable";

/**
 * Does what follows from the result of an item. The caller removes the item from the outbox.
 * @param awaited the request that still waits for the result, if one does: its sender needs no notice
 */
export function conclude(
  services: Services,
  realm: Realm,
  queued: OutboxItem,
  result: ItemResult,
  awaited: Awaited | undefined,
): void {
  follow(services, realm, queued, result, awaited !== undefined);
  if (awaited && result.code !== undefined) takeBack(services, awaited);
}

function follow(services: Services, realm: Realm, { n, body }: OutboxItem, result: ItemResult, awaited: boolean): void {
  const plain = result.code === undefined && result["have"] === undefined;
  if (plain && !body.startsWith('{"kind":"join"') && (awaited || !/^\{"kind":"(message|post)"/.test(body))) return;
  const item = JSON.parse(body) as ItemBody;
  switch (item.kind) {
    case "message":
    case "post": {
      if (result.code !== undefined) notGiven(services, realm, item);
      if (awaited) return;
      tellFate(services, item.from, item.id, result);
      const to = item.kind === "post" ? `#${item.group}` : item.to.join(",");
      if (!plain) notDelivered(services, item.from, item.id, to, realm, result);
      return;
    }
    case "join":
      if (plain) joined(services, realm, item.from, result);
      else if (!awaited) notify(services, item.from.name, `not joined: ${item.group}@${realm.name}: ${why(result)}`);
      return;
    case "deed":
      if (!awaited) notDone(services, item, realm, result);
      return;
    case "invited":
      notAsked(services, realm, item, result);
      return;
    case "leave":
    case "alter":
    case "decline":
    case "about":
    case "gone":
      return;
    case "group":
    case "heads":
      repair(services, realm, n, item, result);
      return;
    case "members":
      if (result.code === "user-not-found") removeUnknown(services, realm, item.group, result);
      return;
  }
  item satisfies never;
}

/** An item has a result. Called apart from `conclude`, so that it holds even if that fails and is undone. */
export function answered(services: Services, realm: Realm, { body }: OutboxItem): void {
  // What is asked is answered when the last of several items is.
  if (body.startsWith('{"kind":"heads","heads"')) headsAnswered(services, realm);
}

/** An item has waited too long and was removed. */
export function expired(services: Services, realm: Realm, queued: OutboxItem): void {
  const result = { code: UNREACHABLE, detail: `${realm.name} could not be reached in time` };
  dropped(services, realm, queued, result, undefined);
}

/** An item was removed that the realm has not been sent, or has not answered. @param awaited as of `conclude` */
export function dropped(
  services: Services,
  realm: Realm,
  queued: OutboxItem,
  result: ItemResult,
  awaited: Awaited | undefined,
): void {
  const item = JSON.parse(queued.body) as ItemBody;
  if (item.kind === "heads" && !item.more) headsDropped(services, realm);
  // Nothing need be done for a group's messages: the realm asks for what it has missed.
  if (["message", "post", "join", "deed", "invited"].includes(item.kind)) {
    conclude(services, realm, queued, result, awaited);
  }
}

/** Undoes what a request has done here, because another realm refuses it: as if it had been refused at once. */
function takeBack({ model: { messages, users } }: Services, { copies, user: id, clientIds }: Awaited): void {
  for (const seq of copies.toReversed()) {
    const copy = messages.get(seq);
    if (copy) messages.withdraw(copy);
  }
  const user = users.byId(id);
  if (user && isUser(user)) for (const clientId of clientIds) messages.forget(user, clientId);
}

/** A group's home has let a user of this realm join. */
function joined(services: Services, realm: Realm, who: Author, result: ItemResult): void {
  const { groups, messages, users } = services.model;
  const user = users.find(who.name);
  const { group: name, owner, head } = result;
  if (typeof name !== "string" || !isName(name)) return;
  if (!user) {
    // The user was renamed or deleted meanwhile: nobody of this name is to be a member there.
    enqueue(services, realm, { kind: "leave", group: name, from: who });
    notify(services, who.name, `not joined: ${name}@${realm.name}: you were called ${who.name} when you asked`);
    return;
  }
  const owned = typeof owner === "string" && /^[^@]+@[^@]+$/.test(owner) && owner.split("@").every(isName);
  const group = groupAt(services, realm, name, owned ? owner : `${who.name}@${services.realm}`, countOf(head) ?? 0);
  if (group.members.has(user)) return;
  startAt(services, group, countOf(head) ?? group.heard);
  groups.join(group, user, messages.groupConversation(group).head);
}

/** Removes members that do not exist in their realm, and tells the group's owner. */
function removeUnknown(services: Services, realm: Realm, name: string, result: ItemResult): void {
  const { groups, users } = services.model;
  const group = groups.find(name);
  if (!group || typeof result.detail !== "string") return;
  for (const who of result.detail.split(",")) {
    const party = users.findAt(who, realm.key);
    if (!party || !group.members.has(party)) continue;
    leave(services, group, party, { quiet: true });
    if (isUser(group.owner)) {
      notify(services, group.owner.name, `not in ${groupName(services, group)}: ${who}@${realm.name}: ${why(result)}`);
    }
  }
}

/** Tells a sender, who was told that the message waits, what has become of it. */
function tellFate(services: Services, { name }: Author, id: string, result: ItemResult): void {
  const user = services.model.users.findEver(name);
  if (!user) return;
  const { code } = result;
  const state = code === undefined ? "delivered" : code === UNREACHABLE ? "expired" : "refused";
  services.model.passing.fate(user, { id, state, detail: code === undefined ? undefined : why(result) });
}

/** Tells a user that a deed in a group elsewhere was refused, after the reply that it waits. */
function notDone(
  services: Services,
  { from, group, deed }: ItemBody & { kind: "deed" },
  realm: Realm,
  result: ItemResult,
): void {
  notify(services, from.name, `not done: ${deed.do} in ${group}@${realm.name}: ${why(result)}`);
}

/** A user of another realm cannot be invited to a group here: withdraws the invitation, and tells who made it. */
function notAsked(
  services: Services,
  realm: Realm,
  item: ItemBody & { kind: "invited" },
  { code, ...more }: ItemResult,
): void {
  const { groups, users } = services.model;
  const group = groupOfItem(services, item);
  const by = parseAddress(item.by);
  if (code === undefined || !group) return;
  const user = users.findAt(item.to, realm.key);
  if (user) groups.uninvite(group, user);
  if (isLocal(services, by.realm)) {
    notify(services, by.name, `not asked: ${item.to}@${realm.name} to join ${group.name}: ${why({ code, ...more })}`);
  }
}

function notDelivered(
  services: Services,
  from: Author,
  id: string,
  to: string,
  realm: Realm,
  result: ItemResult,
): void {
  notify(services, from.name, `not delivered: ${id} to ${to}@${realm.name}: ${why(result)}`);
}

/** A refusal in words. An unknown code counts as a fault there. The detail is another server's text: `plainOf` makes it one plain line. */
function why({ code, detail }: ItemResult): string {
  const known = (Object.keys(codes) as Code[]).find((one) => one === code) ?? "internal";
  return `${known} (${plainOf(detail ?? codes[known])})`;
}
