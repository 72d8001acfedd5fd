/** Sending: to a user, to a group, and so that a repeat sends nothing twice. */

import type { Group, StoredFile, StoredMessage, User } from "../stores/ports.ts";
import { actor, type Caller, fileInfo, isLocal, isMember, person, type Services } from "./context.ts";
import { type Event, Failure, type Input, type Message, type Result, type Sent } from "./contract.ts";
import { messageId } from "./ids.ts";
import { rfc3339 } from "./time.ts";
import { findUser } from "./users.ts";

export function send(services: Services, caller: Caller, { user, text }: Input<"send">): Result<Sent> {
  const to = findUser(services, user.name, user.realm);
  if (to instanceof Failure) return to;
  return sent(services, deliver(services, actor(caller), to, text));
}

export function sendGroup(services: Services, caller: Caller, { group, text }: Input<"sendGroup">): Result<Sent> {
  const to = postableGroup(services, caller, group.name, group.realm);
  if (to instanceof Failure) return to;
  return sent(services, deliver(services, actor(caller), to, text));
}

export function sendToRealm(services: Services, caller: Caller, input: Input<"sendToRealm">): Result<Sent> {
  return send(services, caller, { user: { name: input.user, realm: input.realm }, text: input.text });
}

export function sendToRealmGroup(services: Services, caller: Caller, input: Input<"sendToRealmGroup">): Result<Sent> {
  const { realm, to, text } = input;
  if (!to.includes(",")) {
    return sendGroup(services, caller, { group: { name: to.replace(/^group:/i, ""), realm }, text });
  }
  const users = new Set<User>();
  for (const name of to.split(",").filter((part) => part !== "")) {
    const user = findUser(services, name, realm);
    if (user instanceof Failure) return new Failure(user.code, name);
    users.add(user);
  }
  let last: StoredMessage | undefined;
  for (const user of users) last = deliver(services, actor(caller), user, text);
  return last ? sent(services, last) : new Failure("bad-request", "to: names nobody");
}

export function post(services: Services, caller: Caller, input: Input<"post">): Result<Sent> {
  const { stores } = services;
  const { "client-id": clientId, to, text } = input;
  const before = stores.messages.posted(actor(caller), clientId);
  if (before) return sent(services, before);
  const target = to.startsWith("#")
    ? postableGroup(services, caller, ...parts(to.slice(1)))
    : findUser(services, ...parts(to));
  if (target instanceof Failure) return target;
  const message = deliver(services, actor(caller), target, text);
  stores.messages.remember(actor(caller), clientId, message);
  return sent(services, message);
}

/** Stores a message and tells whoever watches; a group's sender gets no copy. */
export function deliver(
  services: Services,
  sender: User,
  to: User | Group,
  text: string,
  file?: StoredFile,
): StoredMessage {
  const { presence } = services;
  const { messages } = services.stores;
  const group = "members" in to;
  const conversation = group ? messages.groupConversation(to) : messages.conversation(sender, to);
  const message = messages.append(conversation, sender, services.now(), text, file);
  const event = (): Event => ({ kind: "message", message: shownMessage(services, message) });
  if (group) presence.tellMembers(to, sender, event);
  else presence.tell(to, event);
  return message;
}

/** A stored message as it is told. */
export function shownMessage(services: Services, m: StoredMessage): Message {
  const { of } = m.conversation;
  const group = "members" in of;
  return {
    id: messageId(m, services.stores.messages.salt),
    from: person(services, m.sender),
    to: group ? undefined : person(services, m.sender === of.a ? of.b : of.a),
    group: group ? of.name : undefined,
    text: m.text,
    time: m.time,
    file: m.file && fileInfo(m.file),
  };
}

export function sent({ stores }: Services, message: StoredMessage): Sent {
  return { id: messageId(message, stores.messages.salt), time: rfc3339(message.time) };
}

/** A group that whoever acts may send to. */
export function postableGroup(
  services: Services,
  caller: Caller,
  name: string,
  realm: string | undefined,
): Result<Group> {
  if (!isLocal(services, realm)) return new Failure("realm-not-found");
  const group = services.stores.groups.find(name);
  if (!group) return new Failure("group-not-found");
  return isMember(group, actor(caller)) ? group : new Failure("not-member");
}

function parts(address: string): [string, string | undefined] {
  const at = address.indexOf("@");
  return at < 0 ? [address, undefined] : [address.slice(0, at), address.slice(at + 1)];
}
