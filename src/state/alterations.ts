/** Applies alterations (edits, deletions, reactions) to messages. */
import type { ChangeOf } from "./changes.ts";
import type { Alterations, Party, StoredMessage } from "./entities.ts";

const NONE: Alterations = { edited: undefined, deleted: false, reactions: new Map() };

/** The message as it is after an alteration. @param by who has made it. A pin changes only the conversation. */
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
      return { ...message, altered: { ...before, reactions: withReaction(before.reactions, text, by, seq) } };
    case "unreacted":
      return { ...message, altered: orNone({ ...before, reactions: withoutReaction(before.reactions, text, by) }) };
    case "pinned":
    case "unpinned":
      return message;
  }
}

/** The alterations of a message; undefined if none is in effect. */
export function orNone(all: Alterations): Alterations | undefined {
  return all.edited || all.deleted || all.reactions.size > 0 ? all : undefined;
}

type Reactions = Alterations["reactions"];

function withReaction(reactions: Reactions, emoji: string, by: Party, seq: number): Reactions {
  const all = reactions.get(emoji) ?? new Map<Party, number>();
  return all.has(by) ? reactions : new Map(reactions).set(emoji, new Map(all).set(by, seq));
}

/** Without a party's reaction. @param emoji "" for all of them */
function withoutReaction(reactions: Reactions, emoji: string, by: Party): Reactions {
  return reactionsBut(reactions, (party, _, one) => party === by && (emoji === "" || one === emoji));
}

/** The reactions without those for which `isOut` holds. @param isOut `seq`: the number of the reaction's row */
export function reactionsBut(
  reactions: Reactions,
  isOut: (by: Party, seq: number, emoji: string) => boolean,
): Reactions {
  const kept = [...reactions].map(([emoji, all]) => {
    return [emoji, new Map([...all].filter(([by, seq]) => !isOut(by, seq, emoji)))] as const;
  });
  return new Map(kept.filter(([, all]) => all.size > 0));
}
