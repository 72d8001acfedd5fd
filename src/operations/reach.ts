/**
 * Who reaches whom. Every walk through messages, every list of files, every event asks here: what is hidden appears nowhere.
 *
 * 1. A private message reaches its reader unless it came while its sender was hidden from the reader.
 * 2. In a group every member's words reach every other; a mention counts unless its reader has blocked the sender.
 * 3. A file reaches whomever the message with it reaches.
 * 4. An alteration of a private message reaches, as a message does, a reader who does not hide its author. Another reader sees
 *    the text from before it, and no reaction. A deletion is for both: nothing of the message is kept.
 * 5. What a stranger says waits, if the user wants it so.
 * 6. If one of two has blocked the other, neither sees whether the other is there; nor does a user see it of a stranger who
 *    waits. Nobody sees it of a user who does not show it.
 * 7. Those who share a conversation with a user, or a group that is no crowd, are told that the user comes, goes and types: in a
 *    crowd everybody would be told of everybody. Asking is answered in any case.
 */

import { orNone, reactionsBut } from "../state/alterations.ts";
import {
  type Group,
  isUser,
  type Party,
  SERVER,
  type Share,
  type StoredMessage,
  type User,
} from "../state/entities.ts";
import type { Model } from "../state/model.ts";

/** In a group of more members nobody is told who comes, goes and types. */
const CROWD = 1000;

/** Whether a message reaches a reader who is in its conversation. */
export function reaches(
  { hidings }: Model,
  { conversation: { of }, sender, seq }: StoredMessage,
  reader: Party,
): boolean {
  return "members" in of || !hidings.hides(reader, sender, seq);
}

/** A message as its reader sees it: without the alterations that are hidden from that reader. */
export function asSeenBy(model: Model, message: StoredMessage, reader: Party): StoredMessage {
  const { altered, conversation } = message;
  const { of } = conversation;
  if (!altered || altered.deleted || "members" in of) return message;
  const { hidings, messages } = model;
  const other = of.a === reader ? of.b : of.a;
  if (!hidings.knows(reader, other)) return message;
  const reactions = reactionsBut(altered.reactions, (by, seq) => hidings.hides(reader, by, seq));
  if (!altered.edited) return { ...message, altered: orNone({ ...altered, reactions }) };
  const { first } = altered.edited;
  for (const edit of messages.edits(message)) {
    if (!reaches(model, edit, reader)) continue;
    const edited = { seq: edit.seq, time: edit.time, first };
    return { ...message, text: edit.text, altered: { ...altered, edited, reactions } };
  }
  return { ...message, text: first, altered: orNone({ ...altered, edited: undefined, reactions }) };
}

/** Whether a reader knows of a file that was given by, or to, that reader. */
export function isGiven({ hidings }: Model, { from, to, message }: Share, reader: Party): boolean {
  return to !== reader || message === undefined || !hidings.hides(reader, from, message);
}

/** The files that a user has given, and those given to the user privately that are not hidden; oldest first. */
export function sharesOf(model: Model, user: Party): readonly Share[] {
  const shares = model.files.of(user);
  return shares.every((share) => isGiven(model, share, user))
    ? shares
    : shares.filter((share) => isGiven(model, share, user));
}

/** Whether a reader has blocked a sender. */
export function blocks({ hidings }: Model, reader: Party, sender: Party): boolean {
  return hidings.open(reader, sender)?.why === "blocked";
}

/** Whether a viewer sees that a user, who may be the viewer, is there. */
export function seesPresence(model: Model, viewer: Party, of: User): boolean {
  return viewer === of || (model.settings.of(of).presence && maySeePresence(model, viewer, of));
}

/** Whether a viewer sees that a party types. Whether a user of another realm shows it, that realm decides. */
export function seesTyping(model: Model, viewer: Party, of: Party): boolean {
  return isUser(of) ? seesPresence(model, viewer, of) : maySeePresence(model, viewer, of);
}

/** Whether a viewer would see it, provided that the other one shows it. */
export function maySeePresence(model: Model, viewer: Party, of: Party): boolean {
  return model.hidings.open(viewer, of) === undefined && !blocks(model, of, viewer);
}

/** Whether a group is too large for its members to be told who of them comes, goes and types. */
export function isCrowd({ members }: Group): boolean {
  return members.size > CROWD;
}

/** Whether a sender has to wait until a user accepts it: neither has said anything to the other that the user knows of. */
export function isStranger({ hidings, messages, settings }: Model, user: Party, sender: Party): boolean {
  if (!isUser(user) || user === sender || sender === SERVER) return false;
  const open = hidings.open(user, sender);
  if (open) return open.why !== "blocked";
  // Called for every message, so the cheapest test comes first: few users want it so.
  if (settings.of(user).allow !== "known") return false;
  return !hidings.knows(user, sender) && (messages.peek(user, sender)?.head ?? 0) === 0;
}
