/**
 * A turn as the log has it: its changes, without the texts of messages, which stand in `messages` alone. Who reads an entry of a
 * format that it does not know must not go on.
 */
import type { Change, ChangeOf } from "../../state/changes.ts";

/**
 * The format that is written, and the oldest that is read. With any change to what an entry can hold it goes up by one, the one before is
 * still read (test/logs has a record of each), and is what is written as long as `nodes` has somebody who reads no other.
 */
export const FORMAT = 1;
export const OLDEST_FORMAT = 1;

type Appended = ChangeOf<"message.appended">;

/** A message that has nothing but its text, which is most of a log: conversation, previous, sender, time, read. */
type Short = readonly [seq: number, conversation: number, prev: number, sender: number, time: number, read: 0 | 1];

/** Stands for `undefined`, which JSON has not: a field that is there and says nothing is another thing than none. */
const NOTHING = null;

/** The texts of messages by their numbers. */
export type Texts = ReadonlyMap<number, string>;

export function encode(changes: readonly Change[]): string {
  return JSON.stringify(changes.map((change) => (isShort(change) ? short(change) : marked(withoutText(change)))));
}

/** @param texts of the messages in it; of one that is gone meanwhile it is empty. @throws SyntaxError */
export function decode(entry: string, texts: Texts): Change[] {
  return (JSON.parse(entry) as readonly (Short | Change)[]).map((one) =>
    isArray(one) ? long(one, texts) : withText(unmarked(one) as Change, texts),
  );
}

function isArray(one: Short | Change): one is Short {
  return Array.isArray(one);
}

function isShort(change: Change): change is Appended {
  if (change.is !== "message.appended") return false;
  const { file, origin, reply, alters } = change;
  return file === undefined && origin === undefined && reply === 0 && alters === undefined;
}

function short({ seq, conversation, prev, sender, time, read }: Appended): Short {
  return [seq, conversation, prev, sender, time, read ? 1 : 0];
}

function long([seq, conversation, prev, sender, time, read]: Short, texts: Texts): Appended {
  const plain = { file: undefined, origin: undefined, reply: 0, alters: undefined };
  const text = texts.get(seq) ?? "";
  return { is: "message.appended", seq, conversation, prev, sender, time, text, ...plain, read: read === 1 };
}

/** An edit's text is that of its own message. */
function withoutText(change: Change): Change {
  const isTold = change.is === "message.appended" || (change.is === "message.altered" && change.what === "edited");
  return isTold ? { ...change, text: "" } : change;
}

function withText(change: Change, texts: Texts): Change {
  const isTold = change.is === "message.appended" || (change.is === "message.altered" && change.what === "edited");
  return isTold ? { ...change, text: texts.get(change.seq) ?? "" } : change;
}

function marked(value: unknown): unknown {
  if (value === undefined) return NOTHING;
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, marked(one)]));
}

function unmarked(value: unknown): unknown {
  if (value === NOTHING) return undefined;
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, unmarked(one)]));
}
