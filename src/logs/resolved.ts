/** A message of a log, by numbers, as the model has it. */
import type { ChangeOf } from "../state/changes.ts";
import type { StoredMessage } from "../state/entities.ts";
import type { Model } from "../state/model.ts";

export type MessageRow = Omit<ChangeOf<"message.appended">, "is" | "read">;

/** @returns undefined where it names somebody who is not there. */
export function resolved(model: Model, row: MessageRow): StoredMessage | undefined {
  const conversation = model.messages.byId(row.conversation);
  const sender = model.users.byId(row.sender);
  if (!conversation || !sender) return undefined;
  const { seq, prev, time, text, origin } = row;
  const file = row.file === undefined ? undefined : model.files.byId(row.file);
  return { seq, conversation, prev, sender, time, text, file, origin };
}
