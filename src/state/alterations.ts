/** What becomes of a message after it was said, put on the message itself. */
import type { ChangeOf } from "./changes.ts";
import type { Alterations, Party, StoredMessage } from "./entities.ts";

const NONE: Alterations = { edited: undefined, deleted: false, reactions: new Map() };

/** The message after a change to it. @param by who has done it */
export function altered(message: StoredMessage, change: ChangeOf<"message.altered">, by: Party): StoredMessage {
  const before = message.altered ?? NONE;
  const { what, seq, time, text } = change;
  switch (what) {
    case "edited": {
      const { first } = before.edited ?? { first: message.text };
      return { ...message, text, altered: { ...before, edited: { seq, time, first } } };
    }
    case "deleted":
      return { ...message, text: "", file: undefined, altered: { ...NONE, deleted: true } };
    case "reacted":
      return { ...message, altered: { ...before, reactions: withReaction(before.reactions, text, by) } };
    case "unreacted":
      return { ...message, altered: orNone({ ...before, reactions: withoutReaction(before.reactions, text, by) }) };
    case "pinned":
    case "unpinned":
      return message;
  }
}

/** Undefined for a message of which nothing has become. */
export function orNone(all: Alterations): Alterations | undefined {
  return all.edited || all.deleted || all.reactions.size > 0 ? all : undefined;
}

type Reactions = Alterations["reactions"];

function withReaction(reactions: Reactions, emoji: string, by: Party): Reactions {
  const all = reactions.get(emoji) ?? [];
  return all.includes(by) ? reactions : new Map(reactions).set(emoji, [...all, by]);
}

/** @param emoji "" for all */
function withoutReaction(reactions: Reactions, emoji: string, by: Party): Reactions {
  const kept = [...reactions].map(([one, parties]) => {
    return [one, emoji === "" || one === emoji ? parties.filter((party) => party !== by) : parties] as const;
  });
  return new Map(kept.filter(([, parties]) => parties.length > 0));
}
