/** What a server tells of messages, and connections on which a test says what it tells. */

import type { Call } from "../../src/connection/call.ts";
import type { Reply } from "../../src/connection/errors.ts";
import type { ToldEvent, ToldMessage } from "../../src/protocol/replies.ts";
import { callOf } from "./call.ts";

const FIRST = Date.UTC(2026, 10, 21, 5, 26);

/** Message number `n`: ids are in the order of their numbers. */
export function message(n: number, more: Partial<ToldMessage> = {}): ToldMessage {
  const id = `01a1fc92-5ef7-7000-8000-${String(n).padStart(12, "0")}`;
  return { id, from: "bob", to: "alice", message: `m${n}`, time: new Date(FIRST + n * 1000).toISOString(), ...more };
}

/** The event that tells of a message. */
export function event(one: ToldMessage): ToldEvent {
  return { event: one.file ? "file" : "message", data: { ...one } };
}

/** The reply to a request for messages, or for other items. */
export function page(items: unknown, more: object = {}): Reply {
  return { status: "OK", data: items, ...more };
}

/** A connection that answers by a table of beginnings; anything else with an empty list. */
export function connection(answers: Readonly<Record<string, (text: string) => Reply | Promise<Reply>>> = {}): {
  readonly call: Call;
  /** What it was asked, in its order. */
  readonly asked: readonly string[];
} {
  const asked: string[] = [];
  const call = callOf(async (text) => {
    asked.push(text);
    const found = Object.entries(answers).find(([begin]) => text.startsWith(begin));
    if (found) return found[1](text);
    return text === "watch on" ? { status: "OK", message: "watching", watching: true } : page([]);
  });
  return { call, asked };
}
