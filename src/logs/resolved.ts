/** Makes the model's messages from rows of a log. */

import { orNone } from "../state/alterations.ts";
import type { ChangeOf } from "../state/changes.ts";
import type { Alterations, Party, StoredMessage } from "../state/entities.ts";
import type { Model } from "../state/model.ts";

/** A message as a log keeps it: parties, messages and files by number or id; with its first text. */
export type MessageRow = Omit<ChangeOf<"message.appended">, "is" | "read"> & { readonly altered?: AlteredRow };

/** The alterations of a message, as a log keeps them. */
export interface AlteredRow {
  /** The newest edit. */
  readonly edited: { readonly seq: number; readonly time: number; readonly text: string } | undefined;
  readonly deleted: boolean;
  /** Oldest first; users by number. `seq`: of the alteration's row. */
  readonly reactions: readonly { readonly emoji: string; readonly user: number; readonly seq: number }[];
}

/** @returns undefined if the row names a conversation or sender that does not exist. */
export function resolved(model: Model, row: MessageRow): StoredMessage | undefined {
  const conversation = model.messages.byId(row.conversation);
  const sender = model.users.byId(row.sender);
  if (!conversation || !sender) return undefined;
  const { seq, prev, time, origin, reply, alters, altered } = row;
  const text = altered?.edited?.text ?? row.text;
  const file = row.file === undefined ? undefined : model.files.byId(row.file);
  const become = altered && alterations(model, row.text, altered);
  return { seq, conversation, prev, sender, time, text, file, origin, reply, alters, altered: become };
}

function alterations(model: Model, first: string, { edited, deleted, reactions }: AlteredRow): Alterations | undefined {
  const byEmoji = new Map<string, Map<Party, number>>();
  for (const { emoji, user, seq } of reactions) {
    const party = model.users.byId(user);
    if (party) byEmoji.set(emoji, (byEmoji.get(emoji) ?? new Map<Party, number>()).set(party, seq));
  }
  return orNone({ edited: edited && { seq: edited.seq, time: edited.time, first }, deleted, reactions: byEmoji });
}

const UNALTERED: AlteredRow = { edited: undefined, deleted: false, reactions: [] };

/**
 * The alterations of a message after one more change, for a log that keeps them in memory. Pins belong to the conversation, not
 * to the message.
 */
export function alteredRow(row: AlteredRow = UNALTERED, change: ChangeOf<"message.altered">): AlteredRow {
  const { what, seq, time, text, user } = change;
  switch (what) {
    case "edited":
      return { ...row, edited: { seq, time, text } };
    case "deleted":
      return { ...UNALTERED, deleted: true };
    case "reacted":
      return { ...row, reactions: [...row.reactions, { emoji: text, user, seq }] };
    case "unreacted": {
      const isTaken = (one: { emoji: string; user: number }): boolean =>
        one.user === user && (text === "" || one.emoji === text);
      return { ...row, reactions: row.reactions.filter((one) => !isTaken(one)) };
    }
    case "pinned":
    case "unpinned":
      return row;
  }
}
