/**
 * Who reaches whom. Every walk through messages, every list of files, every event asks here: what is hidden appears nowhere.
 *
 * 1. A message of a private conversation reaches its reader unless it came while its sender was hidden from him.
 * 2. In a group every member's words reach every other.
 * 3. A file reaches whom the message reaches that gave it.
 * 4. Neither of two of whom one has blocked the other sees whether the other is there.
 */

import type { Party, Share, StoredMessage } from "../state/entities.ts";
import type { Model } from "../state/model.ts";

/** Whether a message is not hidden from a reader who is in its conversation. */
export function reaches(
  { hidings }: Model,
  { conversation: { of }, sender, seq }: StoredMessage,
  reader: Party,
): boolean {
  return "members" in of || !hidings.hides(reader, sender, seq);
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

/** Whether a user may see if another is there, who may be himself. */
export function seesPresence(model: Model, viewer: Party, of: Party): boolean {
  return !blocks(model, viewer, of) && !blocks(model, of, viewer);
}
