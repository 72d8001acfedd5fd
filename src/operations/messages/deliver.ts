/** Messages: kept, told to whoever watches, and passed to the realms that have members. */
import type { Posted } from "../../state/changes.ts";
import { type Group, type Party, SERVER, type StoredFile, type StoredMessage } from "../../state/entities.ts";
import type { Address, Message, Sent, Told } from "../contract.ts";
import { withoutMisleading } from "../names.ts";
import { author, fullFor, missed, put, tooLong } from "../outbox.ts";
import { fileInfo, groupName, isLocal, person, type Services } from "../services/context.ts";
import { rfc3339 } from "../time.ts";
import { messageId, messageTime } from "./ids.ts";

/** How far, in ms, the clock of another realm may be ahead. */
const CLOCKS_APART_MS = 24 * 3600_000;

/**
 * Keeps a message; a group's goes to every realm that has members. Who watches is told because it was appended: events.ts.
 * @param origin its id in the realm that it comes from.
 */
export function deliver(
  services: Services,
  sender: Party,
  to: Party | Group,
  text: string,
  file?: StoredFile,
  origin?: string,
): StoredMessage {
  const { model } = services;
  const { messages } = model;
  const group = "members" in to;
  const conversation = group ? messages.groupConversation(to) : messages.conversation(sender, to);
  const message = messages.append(conversation, sender, services.now(), text, file, origin);
  if (file) model.files.share({ file, from: sender, to }, message);
  if (group && to.realms.size > 0 && to.realm === undefined) relay(services, to, message);
  return message;
}

/** Somebody of another realm, as he is kept here. @param said his full name, as his realm says; not known if it is not given. */
export function partyAt({ model: { users } }: Services, name: string, realm: string, said?: string): Party {
  const fullName = said === undefined ? undefined : withoutMisleading(said);
  const known = users.findAt(name, realm);
  if (!known) return users.addAt(name, realm, fullName ?? name);
  if (fullName !== undefined && (fullName !== known.fullName || name !== known.name)) {
    users.setNames(known, name, fullName);
  }
  return known;
}

/** Not a name: stands for whoever of a realm it is that a file is for. */
const SOMEBODY = "*";

export function somebodyAt(services: Services, realm: string): Party {
  return partyAt(services, SOMEBODY, realm);
}

export function isSomebody({ name }: Party): boolean {
  return name === SOMEBODY;
}

/** Somebody by address, if he is known here. */
export function partyNamed(services: Services, { name, realm }: Address): Party | undefined {
  const { users } = services.model;
  return isLocal(services, realm) ? users.find(name) : users.findAt(name, (realm as string).toLowerCase());
}

/** A stored message as it is told. */
export function shownMessage(services: Services, m: StoredMessage): Message {
  const { of } = m.conversation;
  const group = "members" in of;
  return {
    id: messageId(m, services.model.messages.salt),
    from: person(services, m.sender),
    to: group ? undefined : person(services, m.sender === of.a ? of.b : of.a),
    group: group ? groupName(services, of) : undefined,
    text: m.text,
    time: m.time,
    file: m.file && fileInfo(m.file),
    origin: m.origin,
    sent: m.origin === undefined ? undefined : sentAt(m.origin),
  };
}

/** A time that no UUID version 7 holds, or that is to come, is none. */
function sentAt(origin: string): number | undefined {
  const time = messageTime(origin);
  return time <= Date.now() + CLOCKS_APART_MS ? time : undefined;
}

export function sent({ model }: Services, posted: StoredMessage | Posted): Sent {
  const id = "seq" in posted ? messageId(posted, model.messages.salt) : posted.id;
  return { id, time: rfc3339(posted.time) };
}

/** Tells a user something that nobody else says. */
export function notify(services: Services, name: string, text: string): void {
  const user = services.model.users.find(name);
  if (user) deliver(services, SERVER, user, text);
}

/** A message of a group of ours goes to every realm that has members, once. */
function relay(services: Services, group: Group, message: StoredMessage): void {
  const body = tooLong(message.text) ? undefined : groupItem(services, group, message, message.prev);
  for (const key of group.realms.keys()) {
    const realm = services.model.realms.find(key);
    if (!realm) continue;
    // What finds no room is sent again when there is room.
    if (body === undefined || fullFor(services, realm)) missed(services, realm);
    else put(services, realm, body);
  }
}

/** @param prev the number of the message before it, as the receiver has it. */
export function groupItem(services: Services, group: Group, message: StoredMessage, prev: number): string {
  const { seq, sender, text, time, file, origin } = message;
  const told: Told = {
    kind: "group",
    id: origin ?? messageId(message, services.model.messages.salt),
    group: group.name,
    seq,
    prev,
    from: { ...author(sender), realm: person(services, sender).realm },
    text,
    time,
    ...(file && { file: fileInfo(file) }),
  };
  return JSON.stringify(told);
}
