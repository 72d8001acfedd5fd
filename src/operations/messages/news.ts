/** Events about messages and conversations: for their readers, and for the other connections of those who act. */

import type { Event } from "../../contract/event.ts";
import type { Message } from "../../contract/shapes.ts";
import type { ChangeOf } from "../../state/changes.ts";
import type { Group, Party, StoredMessage } from "../../state/entities.ts";
import { maySee, showsAll } from "../groups/reach.ts";
import { reaches } from "../reach.ts";
import type { Services } from "../services/context.ts";
import { messageId } from "./ids.ts";
import { alteringView, messageView, placeName, placeOf } from "./view.ts";

/**
 * Tells the readers, and the sender's other connections. Nearly no sender has another one that watches: that must cost nothing.
 */
export function tellMessage(services: Services, message: StoredMessage): void {
  // An alteration is told with its own change, `message.altered`.
  if (message.alters) return;
  const { presence } = services;
  const { of } = message.conversation;
  const { sender } = message;
  if ("members" in of) {
    // A post to a group elsewhere comes back from its home: the connection that has sent it may be one of this node.
    if (message.origin !== undefined) presence.asking.cameBack(message.origin, () => tellSent(services, message));
    else if (presence.isWatchedElsewhere(sender)) tellSent(services, message);
    tellGroup(services, of, message);
    return;
  }
  const { a, b } = of;
  if (a !== b && presence.isWatchedElsewhere(sender)) tellSent(services, message);
  const reader = sender === a ? b : a;
  const watchers = presence.watchersOf(reader);
  if (watchers.length === 0 || !reaches(services.model, message, reader)) return;
  const event: Event = { kind: "message", message: messageView(services, message, reader) };
  for (const watcher of watchers) watcher.tell(event);
}

function tellSent(services: Services, message: StoredMessage): void {
  const { sender } = message;
  services.presence.tellElsewhere(sender, () => ({ kind: "sent", message: messageView(services, message, sender) }));
}

function tellGroup(services: Services, group: Group, message: StoredMessage): void {
  const { model, presence } = services;
  const told = (): Message => messageView(services, message, undefined);
  const tell = (view: () => Message, hears?: (member: Party) => boolean): void => {
    presence.tellMembers(group, message.sender, () => ({ kind: "message", message: view() }), hears);
  };
  const answered = message.reply > 0 && !showsAll(group) ? model.messages.get(message.reply) : undefined;
  if (!answered) {
    tell(told);
    return;
  }
  // Some may not see what is answered: they are told the same without its text.
  const sees = (member: Party): boolean => maySee(services, answered, member);
  tell(told, sees);
  tell(
    () => withoutQuote(told()),
    (member) => !sees(member),
  );
}

function withoutQuote({ reply, ...message }: Message): Message {
  return { ...message, ...(reply && { reply: { ...reply, text: "" } }) };
}

/**
 * Tells everybody in the conversation whom the alteration reaches, but not the connection that made it. @param row the
 * alteration, as a row of the conversation
 */
export function tellAltering(services: Services, row: StoredMessage): void {
  const { presence } = services;
  const { conversation, sender, alters } = row;
  if (!alters) return;
  const { of } = conversation;
  // Whoever does not see the message is not told of its alterations.
  const target = services.model.messages.get(alters.target);
  if (!target) return;
  const sees = (member: Party): boolean => maySee(services, target, member);
  const told = (reader?: Party): Event => {
    return { kind: alters.what, altering: alteringView(services, alters, row, target, reader) };
  };
  if ("members" in of) presence.tellMembers(of, sender, told, showsAll(of) ? undefined : sees);
  else if (of.a !== of.b) {
    const reader = sender === of.a ? of.b : of.a;
    if (sees(reader) && reaches(services.model, row, reader)) presence.tell(reader, () => told(reader));
  }
  presence.tellElsewhere(sender, () => told("members" in of ? undefined : sender));
}

/** Tells a reader's other connections how far the conversation is read. */
export function tellRead(services: Services, { conversation: id, user, seq }: ChangeOf<"conversation.read">): void {
  const { model, presence } = services;
  const reader = model.party(user);
  presence.tellElsewhere(reader, () => {
    const conversation = model.messages.byId(id);
    // A server that keeps only the newest messages may not have it any more.
    const message = model.messages.get(seq);
    if (!conversation || !message) return undefined;
    return {
      kind: "read",
      with: placeName(services, placeOf(conversation, reader)),
      id: messageId(message, model.messages.salt),
    };
  });
}

/** Tells a user's other connections what is muted now. */
export function tellMuted(services: Services, { user, of, mute }: ChangeOf<"conversation.muted">): void {
  const { model, presence } = services;
  const place = "group" in of ? model.group(of.group) : model.party(of.user);
  presence.tellElsewhere(model.party(user), () => {
    return { kind: "muted", with: placeName(services, place), muted: mute?.mode ?? false };
  });
}

/** Tells a sender what has become of a message that waited for another realm. */
export function tellFate({ model, presence }: Services, { user, id, state, detail }: ChangeOf<"fate.told">): void {
  presence.tell(model.party(user), () => ({ kind: "fate", id, state, ...(detail !== undefined && { detail }) }));
}
