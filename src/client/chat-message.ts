/** Whom a message is for, and the messages among values of any kind. */
import { events, type ToldMessage } from "../protocol/replies.ts";

/** @returns undefined for what is no message */
export function messageOf(value: unknown): ToldMessage | undefined {
  return events.message.read(value);
}

/** The name of the conversation that a message belongs to, for who reads it: `bob`, `#kelas`. */
export function conversationOf({ from, to, group }: ToldMessage, me: string | undefined): string {
  if (group !== undefined) return `#${group}`;
  return me !== undefined && isSameName(from, me) ? to : from;
}

/** Names are the same in any case of letters. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
