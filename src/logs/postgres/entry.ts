/**
 * The format of an entry: the changes of a turn, without the texts of messages, which are only in the table `messages`. A node
 * that does not know the format of an entry must stop.
 */
import type { Change, ChangeOf } from "../../state/changes.ts";

/**
 * The format that is written, and the oldest that is read. Any change to what an entry can hold needs the next number. The former
 * format must still be read (test/logs has a record of each), and must be written as long as `nodes` lists a node that reads no
 * other.
 */
export const FORMAT = 1;
export const OLDEST_FORMAT = 1;

type Appended = ChangeOf<"message.appended">;

/** The short form of a message that has nothing but its text, which most of a log is. */
type Short = readonly [seq: number, conversation: number, prev: number, sender: number, time: number, read: 0 | 1];

/** Stands for `undefined`, which JSON does not have: a field that is undefined must not become one that is missing. */
const NOTHING = null;

/** The texts of messages, by number. */
export type Texts = ReadonlyMap<number, string>;

export function encode(changes: readonly Change[]): string {
  return JSON.stringify(changes.map((change) => (isShort(change) ? short(change) : marked(withoutText(change)))));
}

/** @param texts of the messages in the entry; for one that was removed since, the text is empty. @throws SyntaxError */
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
  // Each field by its name: a spread would be copied one by one, for every message of another node.
  return {
    is: "message.appended",
    seq,
    conversation,
    prev,
    sender,
    time,
    text: texts.get(seq) ?? "",
    file: undefined,
    origin: undefined,
    reply: 0,
    alters: undefined,
    read: read === 1,
  };
}

/** The text of an edit is that of the edit's own row. */
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
