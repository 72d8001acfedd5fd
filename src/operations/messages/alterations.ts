/** What becomes of a message, done: in its conversation here, and towards the realms that have it, too. */

import { Failure, type Result } from "../../contract/result.ts";
import type { Alteration } from "../../contract/shapes.ts";
import type { Party, StoredMessage } from "../../state/entities.ts";
import type { Services } from "../services/context.ts";
import { relay, takeBack } from "./deliver.ts";

/** How often a message can be edited: all versions of it are kept. */
const MOST_EDITS = 1000;
/** Kinds of reactions that a message can have, and reactions in all: each reply that has the message names them. */
const MOST_EMOJI = 20;
const MOST_REACTIONS = 1000;
/** Messages that can be pinned in a group. */
const MOST_PINS = 100;

/** What is to become of a message. `text`: the new one; the emoji, "" for all of one's own. */
export interface Wanted {
  readonly what: Alteration;
  readonly text: string;
}

/** Why nothing becomes of a message: too much has already, or it is so. */
export function hindrance(
  { model: { messages } }: Services,
  message: StoredMessage,
  by: Party,
  { what, text }: Wanted,
): Failure<"too-many"> | "it is so" | undefined {
  if (message.altered?.deleted) return "it is so";
  const reactions = message.altered?.reactions ?? new Map<string, readonly Party[]>();
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
      if (own?.includes(by)) return "it is so";
      if (!own && reactions.size >= MOST_EMOJI)
        return new Failure("too-many", `it has ${MOST_EMOJI} kinds of reactions`);
      const count = [...reactions.values()].reduce((sum, { length }) => sum + length, 0);
      return count >= MOST_REACTIONS ? new Failure("too-many", `it has ${MOST_REACTIONS} reactions`) : undefined;
    }
    case "unreacted": {
      const has = [...reactions].some(([emoji, all]) => (text === "" || emoji === text) && all.includes(by));
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
 * Does it, and tells the realms that have members if it is in a group here. A file goes with its message.
 * @param origin the id of the alteration in the realm that it comes from. @returns the row of it; undefined where it is so already
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

/** The same without asking whether it may be: another realm has decided so. */
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
  services.intake.kept(text);
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

/** What the id of an alteration of a message elsewhere is made of, as that of a post is of its text. @param id the message's */
export function sealedText(id: string, { what, text }: Wanted): string {
  return JSON.stringify([id, what, text]);
}
