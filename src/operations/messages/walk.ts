/** Walks through messages, newest first. A long walk pauses now and then, so that other requests have their turns. */

import { type Conversation, Outdated, type Party, type StoredMessage } from "../../state/entities.ts";
import type { Model } from "../../state/model.ts";
import { reaches } from "../reach.ts";
import type { Services } from "../services/context.ts";

/** Messages of one page. */
export const PAGE_MESSAGES = 1000;
/** UTF-16 units of text of one page: 1,000 messages of 64 KiB would be a burden to both sides. */
export const PAGE_TEXT = 2 ** 20;

/** Messages looked at between two pauses: some milliseconds. */
export const LOOKS_A_TURN = 1000;

/** Part of a conversation: from the message `head` down to `floor`, which is not part of it. */
export interface Stretch {
  readonly conversation: Conversation;
  readonly head: number;
  readonly floor: number;
  /** Older messages are not part of it: ms since 1970. */
  readonly since?: number;
}

/** Messages of one page, oldest first. `more`: there are older ones. */
export interface Collected {
  readonly messages: StoredMessage[];
  readonly more: boolean;
}

/** The number of a conversation's newest message that reaches a reader, even if it was deleted; 0 for none. */
export async function lastFor({ model, walks }: Services, { of, last }: Conversation, reader: Party): Promise<number> {
  if ("members" in of || !model.hidings.knows(reader, of.a === reader ? of.b : of.a)) return last;
  let looks = 0;
  for (let message = model.messages.get(last); message; message = model.messages.get(message.prev)) {
    if (message.alters === undefined && reaches(model, message, reader)) return message.seq;
    if (++looks % LOOKS_A_TURN === 0) await walks.pause();
  }
  return 0;
}

/** Whether a row is a message, and not deleted; alterations are rows as well. */
export function isSaid({ alters, altered }: StoredMessage): boolean {
  return alters === undefined && altered?.deleted !== true;
}

/** The newest wanted messages of several stretches, merged by number: the page ends at `limit` messages or PAGE_TEXT. */
export async function collect(
  { model, walks }: Services,
  parts: readonly Stretch[],
  wanted: (message: StoredMessage) => boolean,
  limit = PAGE_MESSAGES,
): Promise<Collected> {
  /** The next message of each stretch and where that ends, by rising number: the newest is last. */
  const open = parts
    .filter(({ head, floor }) => head > floor)
    .map(({ head, floor, since = 0 }) => ({ head, floor, since }))
    .sort((a, b) => a.head - b.head);
  const messages: StoredMessage[] = [];
  let text = 0;
  let looks = 0;
  for (let part = open.pop(); part; part = open.pop()) {
    const message = model.messages.get(part.head);
    if (message && message.time < part.since) continue;
    part.head = message?.prev ?? 0;
    if (part.head > part.floor) open.splice(insertionPoint(part.head, open), 0, part);
    if (!message || !wanted(message)) {
      if (++looks % LOOKS_A_TURN === 0) await walks.pause();
      continue;
    }
    text += sizeOf(message);
    if (messages.length >= limit || (text > PAGE_TEXT && messages.length > 0)) {
      return { messages: messages.toReversed(), more: true };
    }
    messages.push(message);
  }
  return { messages: messages.toReversed(), more: false };
}

/** UTF-16 units of a message's text and of the names of those who have reacted to it. */
export function sizeOf({ text, altered }: StoredMessage): number {
  let size = text.length;
  if (altered) for (const all of altered.reactions.values()) for (const { key } of all.keys()) size += key.length;
  return size;
}

/** Where a stretch with this head belongs in the sorted list (binary search). */
function insertionPoint(head: number, open: readonly { readonly head: number }[]): number {
  let low = 0;
  for (let high = open.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((open[middle] as { head: number }).head < head) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * To be called before a walk that may pause. If a turn could not be kept meanwhile, the walk may have seen changes that were
 * undone: then the function that it returns throws Outdated, and the request is done again.
 */
export function guardWalk({ model }: Services): <T>(found: () => T) => () => T {
  const { failures } = model;
  return (found) => () => {
    if (model.failures !== failures) throw new Outdated("a turn was undone meanwhile");
    return found();
  };
}

/**
 * The number of the first message of a time or later, in ms since 1970. Messages have their times from a clock that never goes
 * back, so they can be searched by halves.
 */
export function firstSince({ messages }: Model, time: number): number {
  let low = 1;
  if (!Number.isFinite(time)) return time < 0 ? low : messages.last + 1;
  for (let high = messages.last + 1; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((messages.timeFrom(middle) ?? Number.POSITIVE_INFINITY) >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
