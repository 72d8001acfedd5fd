/**
 * Who reaches whom. Every walk through messages, every list of files, every event asks here: what is hidden appears nowhere.
 *
 * 1. A message of a private conversation reaches its reader unless it came while its sender was hidden from him.
 * 2. In a group every member's words reach every other; that they name somebody counts unless he has blocked who says it.
 * 3. A file reaches whom the message reaches that gave it.
 * 4. What becomes of a message of a private conversation reaches, as a message does, who does not hide whoever has done it: he has
 *    the text of before, and no reaction. What is deleted or taken back is gone for both: nothing of it is kept.
 * 5. What a stranger says waits for a user who wants it so.
 * 6. Neither of two of whom one has blocked the other sees whether the other is there, nor a user if a stranger is who
 *    waits. Who wants it so is seen by nobody.
 * 7. Who comes, goes and types is told to those who share a conversation with him, or a group that is no crowd: in one everybody
 *    would be told of everybody. Who asks is answered.
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

/** Whether a message is not hidden from a reader who is in its conversation. */
export function reaches(
  { hidings }: Model,
  { conversation: { of }, sender, seq }: StoredMessage,
  reader: Party,
): boolean {
  return "members" in of || !hidings.hides(reader, sender, seq);
}

/** A message that reaches a reader, as he has it: without what is hidden from him of what became of it. */
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

/** Whether somebody knows of a file that he was given, or has given. */
export function isGiven({ hidings }: Model, { from, to, message }: Share, reader: Party): boolean {
  return to !== reader || message === undefined || !hidings.hides(reader, from, message);
}

/** What somebody has sent, and was given privately and knows of; oldest first. */
export function sharesOf(model: Model, user: Party): readonly Share[] {
  const shares = model.files.of(user);
  return shares.every((share) => isGiven(model, share, user))
    ? shares
    : shares.filter((share) => isGiven(model, share, user));
}

/** Whether one of them is blocked by the other. */
export function blocks({ hidings }: Model, reader: Party, sender: Party): boolean {
  return hidings.open(reader, sender)?.why === "blocked";
}

/** Whether a user sees if another is there, who may be himself. */
export function seesPresence(model: Model, viewer: Party, of: User): boolean {
  return viewer === of || (model.settings.of(of).presence && maySeePresence(model, viewer, of));
}

/** Whether somebody sees that another types: of a user of another realm, that realm knows whether he shows it. */
export function seesTyping(model: Model, viewer: Party, of: Party): boolean {
  return isUser(of) ? seesPresence(model, viewer, of) : maySeePresence(model, viewer, of);
}

/** Whether he would, if that one shows it. */
export function maySeePresence(model: Model, viewer: Party, of: Party): boolean {
  return model.hidings.open(viewer, of) === undefined && !blocks(model, of, viewer);
}

/** Whether that two are in a group is no reason to be told that the other comes, goes or types. */
export function isCrowd({ members }: Group): boolean {
  return members.size > CROWD;
}

/** Whether somebody has to wait until a user lets him in: neither has said anything to the other that he knows of. */
export function isStranger({ hidings, messages, settings }: Model, user: Party, sender: Party): boolean {
  if (!isUser(user) || user === sender || sender === SERVER) return false;
  const open = hidings.open(user, sender);
  if (open) return open.why !== "blocked";
  // Asked for every message: few want it so.
  if (settings.of(user).allow !== "known") return false;
  return !hidings.knows(user, sender) && (messages.peek(user, sender)?.head ?? 0) === 0;
}
