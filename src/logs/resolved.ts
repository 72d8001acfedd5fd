/** Messages as the model has them, from rows of a log. */
import type { ChangeOf } from "../state/changes.ts";
import type { StoredMessage } from "../state/entities.ts";
import type { Model } from "../state/model.ts";

/** A message as a log keeps it: others by number or id. */
export type MessageRow = Omit<ChangeOf<"message.appended">, "is" | "read">;

/** @returns undefined if the row names a conversation or sender that does not exist. */
export function resolved(model: Model, row: MessageRow): StoredMessage | undefined {
  const conversation = model.messages.byId(row.conversation);
  const sender = model.users.byId(row.sender);
  if (!conversation || !sender) return undefined;
  const { seq, prev, time, text, origin } = row;
  const file = row.file === undefined ? undefined : model.files.byId(row.file);
  return { seq, conversation, prev, sender, time, text, file, origin };
}
