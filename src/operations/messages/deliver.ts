/** Delivers messages: appends them, and passes a group's to the realms that have members. */

import type { ItemBody } from "../../contract/items.ts";
import { type Group, type Party, SERVER, type StoredFile, type StoredMessage } from "../../state/entities.ts";
import { author, missed, put, refusedFor, tooLong } from "../outbox.ts";
import { fileInfo, person, type Services } from "../services/context.ts";
import { messageId } from "./ids.ts";

/**
 * Appends a message; a group's goes to every realm that has members. Those who watch are told by follow.ts.
 * @param origin its id in the realm that it comes from, if that is another
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
  services.intake.kept(text);
  const message = messages.append(conversation, sender, services.now(), text, file, origin);
  if (file) model.files.share({ file, from: sender, to }, message);
  if (group && to.realms.size > 0 && to.realm === undefined) relay(services, to, message);
  return message;
}

/** Sends a user of this realm a notice of the server. */
export function notify(services: Services, name: string, text: string): void {
  const user = services.model.users.find(name);
  if (user) deliver(services, SERVER, user, text);
}

/** Sends a message of a group here to every realm that has members. */
function relay(services: Services, group: Group, message: StoredMessage): void {
  const body = tooLong(message.text) ? undefined : groupItem(services, group, message, message.prev);
  for (const key of group.realms.keys()) {
    const realm = services.model.realms.find(key);
    if (!realm) continue;
    // A realm whose outbox is full is sent the message later, as one that it has missed.
    if (body === undefined || refusedFor(services, realm)) missed(services, realm);
    else put(services, realm, body);
  }
}

/** The item of a group's message, as JSON. @param prev the number of the message that the receiver has before it */
export function groupItem(services: Services, group: Group, message: StoredMessage, prev: number): string {
  const { seq, sender, text, time, file, origin } = message;
  const item: ItemBody = {
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
  return JSON.stringify(item);
}
