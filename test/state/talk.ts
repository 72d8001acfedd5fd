/** Three people and two groups, what they say, and all that can be read of it. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Conversation, StoredMessage } from "../../src/state/entities.ts";
import type { State } from "../../src/state/state.ts";
import { addUser, user } from "./contract.ts";

export const NOW = Date.UTC(2026, 0, 2);
export const PEOPLE = ["messi", "kaka", "ronaldo"];
export function begun(state: State): State {
  for (const name of PEOPLE) addUser(state, name);
  for (const name of ["kelas", "klub"]) {
    const group = state.groups.add(name, user(state, "messi"), NOW);
    for (const one of ["kaka", "ronaldo"]) state.groups.join(group, user(state, one), 0);
  }
  void state.commit();
  return state;
}

export function say(state: State, from: string, to: string, text: string, time = NOW): StoredMessage {
  const group = state.groups.find(to);
  const sender = user(state, from);
  const where = group ? state.messages.groupConversation(group) : state.messages.conversation(sender, user(state, to));
  return state.messages.append(where, sender, time, text, undefined);
}

/** Asks the database in a folder, beside whoever has it open. */
export function query(folder: string, sql: string): unknown[] {
  const db = new DatabaseSync(join(folder, "obrol.db"));
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

/** All that can be read of a message, by numbers. */
function line(message: StoredMessage | undefined): unknown {
  if (!message) return undefined;
  const { conversation, sender, file, altered, ...fields } = message;
  const reactions = [...(altered?.reactions ?? [])].map(([emoji, by]) => [
    emoji,
    [...by].map(([{ id }, n]) => [id, n]),
  ]);
  const { head, last } = conversation;
  const become = altered && [altered.deleted, altered.edited, reactions];
  return { ...fields, conversation: [conversation.id, head, last], sender: sender.id, file: file?.id, become };
}

export function picture(state: State): unknown {
  const all = Array.from({ length: state.messages.last + 3 }, (_, seq) => state.messages.get(seq));
  const pins = all.map((one) => one && [...state.messages.pinsOf(one.conversation)].toSorted((a, b) => a - b));
  const conversations = Array.from({ length: state.messages.conversationCount }, (_, i) => {
    const { id, head, last, read } = state.messages.byId(i + 1) as Conversation;
    return { id, head, last, read: [...read].map(([{ id }, seq]) => [id, seq]).toSorted(([a = 0], [b = 0]) => a - b) };
  });
  return [state.messages.last, all.map(line), pins, conversations];
}
