/** Whom a message is for, and the messages among values of any kind. */
import { type Alteration, alterations } from "../contract/shapes.ts";
import { events, type ToldEvent, type ToldMessage, type ToldOrDeleted } from "../protocol/replies.ts";

/** @returns undefined for what is no message */
export function messageOf(value: unknown): ToldMessage | undefined {
  return events.message.read(value);
}

/** What became of a message. */
export type ToldAlteration = ToldEvent & { readonly event: Alteration };

/** Whether an event tells of an alteration: an edit, a deletion, a reaction, a pin. */
export function isAltering(event: ToldEvent): event is ToldAlteration {
  return alterations.some((one) => one === event.event);
}

/** Whether a message was not deleted. */
export function isThere(message: ToldOrDeleted): message is ToldMessage {
  return "message" in message;
}

/** The name by which the server itself tells one something. */
export const SERVER = "*";

/** The name of the conversation that a message belongs to, for who reads it: `bob`, `#kelas`, `*`. */
export function conversationOf(
  { from, to, group }: Pick<ToldMessage, "from" | "to" | "group">,
  me: string | undefined,
): string {
  if (group !== undefined) return `#${group}`;
  return me !== undefined && isSameName(from, me) ? to : from;
}

/** The name that a group has from now on, as its old one is told: with its realm, if that is another. */
export function renamed(group: string, name: string): string {
  return name + (/@.*/.exec(group)?.[0] ?? "");
}

/** Names are the same in any case of letters. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
