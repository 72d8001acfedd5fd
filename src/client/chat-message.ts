/** Messages as the server gives them: checked, for a server can send anything. */
import type { Reply } from "./client.ts";

/** A message as the server gives it: PROTOCOL.md, "basic". */
export interface ChatMessage {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly group?: string;
  readonly message: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly sent?: string;
  readonly file?: { readonly id: string; readonly name: string; readonly size: number; readonly gone?: boolean };
}

/** @returns undefined for what is no message. */
export function messageOf(data: unknown): ChatMessage | undefined {
  const { id, from, to, message, time, group, sent, file } = (data ?? {}) as Record<string, unknown>;
  const isOne =
    [id, from, to, message, time].every((value) => typeof value === "string") &&
    [group, sent].every((value) => value === undefined || typeof value === "string") &&
    (file === undefined || isFile(file));
  return isOne ? (data as ChatMessage) : undefined;
}

function isFile(file: unknown): boolean {
  const { id, name, size } = (file ?? {}) as Record<string, unknown>;
  return typeof id === "string" && typeof name === "string" && typeof size === "number";
}

/** The messages in a reply. */
export function messagesIn(reply: Reply): ChatMessage[] {
  return Array.isArray(reply.data) ? reply.data.flatMap((one) => messageOf(one) ?? []) : [];
}

/** The name of the conversation that a message belongs to, for who reads it: `bob`, `#kelas`. */
export function conversationOf({ from, to, group }: ChatMessage, me: string | undefined): string {
  if (group !== undefined) return `#${group}`;
  return me !== undefined && isSameName(from, me) ? to : from;
}

/** Names are the same in any case of letters. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
