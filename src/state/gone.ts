/**
 * Finds the messages of a group that was deleted, the newest first. Each names the one before it. Behind one that is damaged they
 * are looked for among all messages; that one stays where it is, and nobody can read anything of it.
 */
import { type Conversation, Damaged, type StoredMessage } from "./entities.ts";
import type { TurnRows } from "./turn-rows.ts";

/** Messages that are looked at in one walk. */
const LOOKS = 2000;

/** Where a walk begins: at a number. `isNamed`: a message of the group has named it, so the walk ends if there is none. */
export interface Cursor {
  readonly next: number;
  readonly isNamed: boolean;
}

/** @param most how many at most. @returns their numbers, rising; and where to go on, undefined when none is left. @throws StorageError */
export function walkGone(
  rows: TurnRows,
  conversation: Conversation,
  { next, isNamed }: Cursor,
  most: number,
): { readonly seqs: readonly number[]; readonly left: Cursor | undefined } {
  const seqs: number[] = [];
  for (let looks = LOOKS; next > 0 && seqs.length < most && looks > 0; looks--) {
    const message = read(rows, next);
    if (message !== "damaged" && message?.conversation === conversation) {
      seqs.unshift(next);
      next = message.prev;
      isNamed = true;
    } else {
      if (message === "damaged") isNamed = false;
      next = isNamed ? 0 : next - 1;
    }
  }
  return { seqs, left: next > 0 ? { next, isNamed } : undefined };
}

function read(rows: TurnRows, seq: number): StoredMessage | undefined | "damaged" {
  try {
    return rows.get(seq);
  } catch (error) {
    if (error instanceof Damaged) return "damaged";
    throw error;
  }
}
