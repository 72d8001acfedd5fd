/** Delivers messages: appends them, and passes a group's to the realms that have members. */

import type { ItemBody } from "../../contract/items.ts";
import { type Group, isUser, type Party, SERVER, type StoredFile, type StoredMessage } from "../../state/entities.ts";
import { altering, author, missed, put, refusedFor, tooLong } from "../outbox.ts";
import { isStranger } from "../reach.ts";
import { fileInfo, person, type Services } from "../services/context.ts";
import { globalId, messageId } from "./ids.ts";

/**
 * Appends a message; one of a group here goes to every realm that has members. follow.ts tells those who watch.
 * @param origin its id in the realm that it comes from, if that is another
 * @param reply the message of the same conversation that it answers
 */
export function deliver(
  services: Services,
  sender: Party,
  to: Party | Group,
  text: string,
  file?: StoredFile,
  origin?: string,
  reply?: StoredMessage,
): StoredMessage {
  const { model } = services;
  const { messages } = model;
  const group = "members" in to;
  const conversation = group ? messages.groupConversation(to) : messages.conversation(sender, to);
  services.intake.fill(text);
  if (!group) updateHidings(services, sender, to);
  const { last } = conversation;
  const message = messages.append(conversation, sender, services.now(), text, file, origin, reply?.seq);
  if (file) model.files.share({ file, from: sender, to }, message);
  if (group && to.realms.size > 0 && to.realm === undefined) relay(services, to, message, last);
  return message;
}

/** Writing to a stranger who waits accepts that stranger; a sender who is a stranger to the receiver has to wait. */
function updateHidings({ model, now }: Services, sender: Party, to: Party): void {
  const { hidings, messages } = model;
  if (isUser(sender)) {
    const why = hidings.open(sender, to)?.why;
    if (why === "waiting") hidings.forget(sender, to);
    else if (why === "declined") hidings.end(sender, to, messages.last);
  }
  if (isUser(to) && isStranger(model, to, sender) && !hidings.open(to, sender)) {
    hidings.hide(to, sender, "waiting", messages.last, now());
  }
}

/** Sends a user of this realm a notice of the server. The name may be a former one. */
export function notify(services: Services, name: string, text: string): void {
  const { users } = services.model;
  const user = users.findEver(name);
  if (user && users.isHere(user)) deliver(services, SERVER, user, text);
}

/**
 * Sends a message of a group here, or an alteration of one, to every realm that has members.
 * @param last the number of the message before it: an older server is sent messages only, and knows no numbers of alterations
 */
export function relay(services: Services, group: Group, message: StoredMessage, last: number): void {
  const body = tooLong(message.text) ? undefined : groupItem(services, group, message, message.prev);
  const plain = message.alters || body === undefined ? undefined : groupItem(services, group, message, last);
  for (const key of group.realms.keys()) {
    const realm = services.model.realms.find(key);
    if (!realm) continue;
    const takes = !services.neighbours.of(realm).isOlder;
    if (!takes && message.alters) continue;
    // A realm whose outbox is full gets the message later, as one that it has missed.
    if (body === undefined || refusedFor(services, realm)) missed(services, realm);
    else put(services, realm, takes ? body : (plain ?? body));
  }
}

/** The item of a group's message or alteration, as JSON. @param prev the number of the one that the receiver has before it */
export function groupItem(services: Services, group: Group, message: StoredMessage, prev: number): string {
  const { seq, sender, text, time, file, origin, reply, alters } = message;
  const { model } = services;
  const idOf = (of: number): string | undefined => {
    const one = model.messages.get(of);
    return one && globalId(model, one);
  };
  const [target, answers] = [alters && idOf(alters.target), reply > 0 ? idOf(reply) : undefined];
  const item: ItemBody = {
    kind: "group",
    id: origin ?? messageId(message, model.messages.salt),
    group: group.name,
    seq,
    prev,
    from: { ...(alters ? altering(services, sender) : author(sender)), realm: person(services, sender).realm },
    text,
    time,
    ...(file && { file: fileInfo(file) }),
    ...(answers !== undefined && { reply: answers }),
    ...(alters && target !== undefined && { alters: { id: target, what: alters.what } }),
  };
  return JSON.stringify(item);
}

/**
 * Withdraws a file from those that a sender gave it to; its content goes when nobody has it any more. @param quiet no event.
 * @param to from these only
 */
export function takeBack(
  { model: { files } }: Services,
  file: StoredFile,
  sender: Party,
  quiet: boolean,
  to?: ReadonlySet<Party | Group>,
): void {
  files.unshare(file, sender, quiet, to);
  if (files.sharesOf(file).length === 0) files.lose(file);
}
