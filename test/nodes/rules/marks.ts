/** What was marked read is read on every node, and nothing else is. */
import type { History } from "../history.ts";
import type { Final } from "./final.ts";

/** Unread messages of a conversation are counted up to this. */
const MOST = 1000;

export function* markWrongs({ marks, unread }: History, { conversations }: Final): Generator<string> {
  const newest = new Map<string, string>();
  for (const { who, conversation, id } of marks) {
    const key = `${who} in ${conversation}`;
    if (id > (newest.get(key) ?? "")) newest.set(key, id);
  }
  for (const { node, who, conversation, count } of unread) {
    const key = `${who} in ${conversation}`;
    const mark = newest.get(key) ?? "";
    const all = (conversations.get(conversation) ?? []).filter(
      ({ id, from, isGone }) => id > mark && from !== who && !isGone,
    );
    const must = Math.min(MOST, all.length);
    if (count !== must) yield `${node}: ${key} has ${count} unread, and not the ${must} after ${mark || "nothing"}`;
  }
  for (const key of newest.keys()) {
    if (!unread.some(({ who, conversation }) => `${who} in ${conversation}` === key)) yield `${key}: no node was asked`;
  }
}
