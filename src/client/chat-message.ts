/** Whom a message is for, and the messages among values of any kind. */
import { events, type ToldMessage, type ToldOrDeleted } from "../protocol/replies.ts";

/** @returns undefined for what is no message */
export function messageOf(value: unknown): ToldMessage | undefined {
  return events.message.read(value);
}

/** Whether a message was not deleted. */
export function isThere(message: ToldOrDeleted): message is ToldMessage {
  return "message" in message;
}

/** The name of the conversation that a message belongs to, for who reads it: `bob`, `#kelas`. */
export function conversationOf(
  { from, to, group }: Pick<ToldMessage, "from" | "to" | "group">,
  me: string | undefined,
): string {
  if (group !== undefined) return `#${group}`;
  return me !== undefined && isSameName(from, me) ? to : from;
}

/** Names are the same in any case of letters. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
