/** Slices of messages for the index of a server without a database. */
import type { StoredMessage } from "../state/entities.ts";
import type { Messages } from "../state/messages.ts";
import { type Entry, marksOf } from "./entry.ts";
import type { Changed, Slice } from "./orders.ts";

/** Messages of one slice, and UTF-16 units of their texts. */
const SLICE_MESSAGES = 500;
const SLICE_UNITS = 2 ** 18;

/** The messages after the number `after`, up to `upTo` or as many as one slice holds. */
export function sliceOf(messages: Messages, after: number, upTo: number): Slice {
  const entries: Entry[] = [];
  const changed: Changed[] = [];
  let units = 0;
  let seq = after;
  while (seq < upTo && entries.length < SLICE_MESSAGES && units < SLICE_UNITS) {
    const message = messages.get(++seq);
    if (message?.alters)
      changed.push({ seq: message.alters.target, entry: entryOf(messages.get(message.alters.target)) });
    const entry = entryOf(message);
    if (!entry) continue;
    entries.push(entry);
    units += entry.text.length;
  }
  return { entries, changed, reached: { upTo: seq, time: 0 } };
}

/** The entry of a message; undefined for an alteration, and for a message that is gone */
export function entryOf(message: StoredMessage | undefined): Entry | undefined {
  if (!message || message.alters || message.altered?.deleted) return undefined;
  const { seq, text, sender } = message;
  const { of } = message.conversation;
  const where = "members" in of ? { group: of.id, sender: sender.id } : { a: of.a.id, b: of.b.id };
  return { seq, text, marks: marksOf(where) };
}
