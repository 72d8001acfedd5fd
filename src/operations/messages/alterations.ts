/** Carries out an alteration: in the conversation here, and towards the realms that have the message, too. */

import { Failure, type Result } from "../../contract/result.ts";
import type { Alteration } from "../../contract/shapes.ts";
import type { Party, StoredMessage } from "../../state/entities.ts";
import { asSeenBy } from "../reach.ts";
import type { Services } from "../services/context.ts";
import { relay, takeBack } from "./deliver.ts";

/** How often a message can be edited: all versions of it are kept. */
const MOST_EDITS = 1000;
/** Emoji that a message can have as reactions, and reactions in all: every reply with the message names them. */
const MOST_EMOJI = 20;
const MOST_REACTIONS = 1000;
/** Messages that can be pinned in a group. */
const MOST_PINS = 100;

/** The alteration that is wanted. `text`: the new text; the emoji, "" for all of one's own. */
export interface Wanted {
  readonly what: Alteration;
  readonly text: string;
}

/** Why an alteration is not made: a limit is reached, or the message is already so, or deleted ("it is so"). */
export function hindrance(
  { model }: Services,
  message: StoredMessage,
  by: Party,
  { what, text }: Wanted,
): Failure<"too-many"> | "it is so" | undefined {
  if (message.altered?.deleted) return "it is so";
  const { messages } = model;
  // Reactions hidden from the party do not count: a refusal would tell of them.
  const reactions = asSeenBy(model, message, by).altered?.reactions ?? new Map<string, ReadonlyMap<Party, number>>();
  switch (what) {
    case "edited":
      if (message.text === text) return "it is so";
      return atLeast(messages.edits(message), MOST_EDITS)
        ? new Failure("too-many", `it was edited ${MOST_EDITS} times already`)
        : undefined;
    case "deleted":
      return undefined;
    case "reacted": {
      const own = reactions.get(text);
      if (own?.has(by)) return "it is so";
      if (!own && reactions.size >= MOST_EMOJI)
        return new Failure("too-many", `it has ${MOST_EMOJI} kinds of reactions`);
      const count = [...reactions.values()].reduce((sum, { size }) => sum + size, 0);
      return count >= MOST_REACTIONS ? new Failure("too-many", `it has ${MOST_REACTIONS} reactions`) : undefined;
    }
    case "unreacted": {
      const has = [...reactions].some(([emoji, all]) => (text === "" || emoji === text) && all.has(by));
      return has ? undefined : "it is so";
    }
    case "pinned": {
      const pinned = messages.pinsOf(message.conversation);
      if (pinned.has(message.seq)) return "it is so";
      return pinned.size >= MOST_PINS ? new Failure("too-many", `${MOST_PINS} messages are pinned there`) : undefined;
    }
    case "unpinned":
      return messages.pinsOf(message.conversation).has(message.seq) ? undefined : "it is so";
  }
}

/**
 * Alters a message and, in a group here, tells the realms with members. Deleting a message withdraws its file.
 * @param origin the id of the alteration in the realm that it comes from. @returns the alteration's row; undefined where it is so
 * already
 */
export function alter(
  services: Services,
  message: StoredMessage,
  by: Party,
  wanted: Wanted,
  origin?: string,
): Result<StoredMessage | undefined, "too-many"> {
  const hindered = hindrance(services, message, by, wanted);
  if (hindered === "it is so") return undefined;
  return hindered ?? altered(services, message, by, wanted, origin);
}

/** As `alter`, without asking for a hindrance: the caller has asked, or another realm has decided. */
export function altered(
  services: Services,
  message: StoredMessage,
  by: Party,
  { what, text }: Wanted,
  origin?: string,
): StoredMessage {
  const { messages } = services.model;
  const { conversation, file, sender } = message;
  const { of, last } = conversation;
  services.intake.fill(text);
  const row = messages.alter(message, by, services.now(), what, text, origin);
  if (what === "deleted" && file) {
    const to = "members" in of ? of : of.a === sender ? of.b : of.a;
    takeBack(services, file, sender, true, new Set([to]));
  }
  if ("members" in of && of.realm === undefined && of.realms.size > 0) relay(services, of, row, last);
  return row;
}

function atLeast(all: Iterable<unknown>, most: number): boolean {
  let count = 0;
  for (const _ of all) if (++count >= most) return true;
  return false;
}

/**
 * The text from which the id of an alteration of a message elsewhere is sealed, as a post's is from its own text. @param id the
 * message's
 */
export function sealedText(id: string, { what, text }: Wanted): string {
  return JSON.stringify([id, what, text]);
}
