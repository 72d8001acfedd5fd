/**
 * Sending items to other realms: they wait in an outbox, on disk, until the realm has confirmed them. PROTOCOL.md, "Items".
 * What follows from their results is in federation/results.ts.
 */

import { type Author, FORMER_NAMES, type ItemBody, type ItemResult } from "../contract/items.ts";
import {
  type DeedRefusal,
  type RefusedElsewhere,
  refusedAlways,
  refusedDeeds,
  refusedElsewhere,
} from "../contract/refusals.ts";
import { Failure } from "../contract/result.ts";
import type { FileInfo } from "../contract/shapes.ts";
import { type Group, isUser, type OutboxItem, type Party, type Realm, type User } from "../state/entities.ts";
import type { Services } from "./services/context.ts";
import type { Awaiting } from "./services/neighbours.ts";
import { plainOf } from "./untrusted.ts";

/** A message to a group of another realm. */
interface GroupPost {
  readonly group: string;
  /** The key of its home. */
  readonly realm: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly text: string;
  readonly file?: FileInfo | undefined;
}

/** Stages an item; it is sent once the turn is on disk. */
export function enqueue(services: Services, realm: Realm, item: ItemBody): OutboxItem {
  return put(services, realm, JSON.stringify(item));
}

/** Refuses when as many items, or as much text, as may wait for a realm do. */
export function fullFor({ model, policy }: Services, realm: Realm): Failure<"outbox-full"> | undefined {
  const { items, size } = model.outbox.waiting(realm);
  if (items < policy.outboxItems && size < policy.outboxSize) return undefined;
  return new Failure("outbox-full", `${items} messages wait for ${realm.name} already`);
}

/** Why nothing more can be sent to a realm: it has ended, or too much waits for it. */
export function refusedFor(services: Services, realm: Realm): Failure<"outbox-full" | "realm-refused"> | undefined {
  return realm.ended ? hasEnded(realm) : fullFor(services, realm);
}

/** The refusal for a realm that the operator has removed, also of the items that still wait for it. */
export function hasEnded({ name }: Realm): Failure<"realm-refused"> {
  return new Failure("realm-refused", `${name} is linked with this server no more`);
}

/** Bytes of a text for another realm, as JSON; all of an item may have 256 KiB. */
const TEXT_BYTES = 250 * 1024;

/** Bytes that a UTF-16 unit takes at most as JSON: `\u0000`. */
const BYTES_A_UNIT = 6;

/** Refuses a text that is too long for another realm. */
export function tooLong(text: string): Failure<"too-large"> | undefined {
  if (text.length * BYTES_A_UNIT <= TEXT_BYTES || Buffer.byteLength(JSON.stringify(text)) <= TEXT_BYTES)
    return undefined;
  return new Failure("too-large", `a text for another realm may have ${TEXT_BYTES} bytes`);
}

/** A user of this realm, as the author of an item. */
export function author({ name, fullName }: Party): Author {
  return { name, full: fullName };
}

/** As `author`, for an alteration, with the user's former names: the message may have been said under one of them. */
export function altering({ model }: Services, party: Party): Author {
  const was = isUser(party) ? [...model.users.formerOf(party)].filter((name) => name !== party.key) : [];
  return { ...author(party), ...(was.length > 0 && { was: was.slice(-FORMER_NAMES) }) };
}

/**
 * The id of a message to a group elsewhere. The group's home cannot make such ids: of all that it says in the name of a user
 * here, only what was posted here is accepted.
 */
export function sealed(services: Services, sender: Party, post: GroupPost): string {
  const { group, realm, time, text, file } = post;
  const words = [sender.key, group.toLowerCase(), realm, text, file?.name, file?.sha256];
  return services.neighbours.seal(time, JSON.stringify(words));
}

/** Stages an item. @param body JSON, without its number */
export function put(services: Services, realm: Realm, body: string): OutboxItem {
  return services.model.outbox.add(realm, body, services.now());
}

/** What waits for an item's result where the request has changed nothing here. */
export function ofNoCopy({ id: user }: User): Awaiting {
  return { user, copies: [], clientIds: [] };
}

const elsewhere: readonly RefusedElsewhere[] = [...refusedElsewhere, ...refusedAlways];

/** Another realm's refusal of an item, as one of this server. A code that no item is refused with becomes `internal`. */
export function refusal({ code, detail }: ItemResult): Failure<RefusedElsewhere> {
  const known = elsewhere.find((one) => one === code) ?? "internal";
  return new Failure(known, detail === undefined ? undefined : plainOf(detail));
}

/** As `refusal`, for a deed in a group of that realm. */
export function deedRefusal({ code, detail }: ItemResult): Failure<DeedRefusal | (typeof refusedAlways)[number]> {
  const known = [...refusedDeeds, ...refusedAlways].find((one) => one === code) ?? "internal";
  return new Failure(known, detail === undefined ? undefined : plainOf(detail));
}

/** How an item names a group of another realm: by its name there and, once its home has told it, by its id. */
export function itsName({ name, homeId }: Group): { readonly group: string; readonly gid?: string } {
  return { group: name, ...(homeId !== undefined && { gid: homeId }) };
}

/** Groups that one item lists. */
const HEADS_AN_ITEM = 1000;

/** Tells a realm the newest number of every group with members there; the realm answers with what it has missed. */
function tellHeads(services: Services, realm: Realm): void {
  const { groups } = services.model;
  const heads: [string, number][] = [];
  for (const group of groups.all()) {
    if (group.realms.has(realm.key)) heads.push([group.name, headFor(services, group, realm)]);
  }
  for (let i = 0; i < heads.length; i += HEADS_AN_ITEM) {
    services.model.realms.setHeadsAsked(realm, "yes");
    const more = i + HEADS_AN_ITEM < heads.length;
    enqueue(services, realm, {
      kind: "heads",
      ...(more && { more }),
      heads: Object.fromEntries(heads.slice(i, i + HEADS_AN_ITEM)),
    });
  }
}

/** The number of the newest row of a group here that a realm is sent: an older server gets messages, no alterations. */
export function headFor({ model, neighbours }: Services, group: Group, realm: Realm): number {
  const { head, last } = model.messages.groupConversation(group);
  return neighbours.of(realm).isOlder ? last : head;
}

/** A realm has, or may have, missed a message: asks what it has. One question is under way at a time. */
export function missed(services: Services, realm: Realm): void {
  if (realm.headsAsked === "no") tellHeads(services, realm);
  else if (realm.headsAsked === "yes") services.model.realms.setHeadsAsked(realm, "stale");
}

/** The last `heads` item has its result: if the realm has missed something since it was sent, it is asked again. */
export function headsAnswered(services: Services, realm: Realm): void {
  const stale = realm.headsAsked === "stale";
  headsDropped(services, realm);
  if (stale) tellHeads(services, realm);
}

/** The last `heads` item has left the outbox. */
export function headsDropped({ model }: Services, realm: Realm): void {
  model.realms.setHeadsAsked(realm, "no");
}
