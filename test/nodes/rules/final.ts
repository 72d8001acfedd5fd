/** How it is at the end, as the first node shows it, and what each message has ever said. */
import type { Altering, History, Saying, Shown } from "../history.ts";

export interface Final {
  readonly conversations: ReadonlyMap<string, readonly Shown[]>;
  /** Ids of deleted messages. */
  readonly gone: ReadonlySet<string>;
  /** What was made of each message, in its order. */
  readonly alterings: ReadonlyMap<string, readonly Altering[]>;
  /** By the id of its message. */
  readonly sayings: ReadonlyMap<string, Saying>;
}

export function finalOf(history: History): Final {
  const conversations = new Map<string, readonly Shown[]>();
  for (const { conversation, shown } of history.pages) {
    if (!conversations.has(conversation)) conversations.set(conversation, shown);
  }
  const alterings = Map.groupBy(history.alterings, ({ message }) => message);
  const all = [...conversations].flatMap(([conversation, shown]) => shown.map((one) => ({ conversation, ...one })));
  const byText = new Map(history.sayings.map((saying) => [`${saying.conversation}\n${saying.text}`, saying]));
  const sayings = new Map(history.sayings.flatMap((saying) => (saying.id === undefined ? [] : [[saying.id, saying]])));
  // What was not answered is known by its text.
  for (const { id, conversation, text } of all) {
    const saying = byText.get(`${conversation}\n${text}`);
    if (saying && !sayings.has(id)) sayings.set(id, saying);
  }
  return {
    conversations,
    gone: new Set(all.filter(({ isGone }) => isGone).map(({ id }) => id)),
    alterings,
    sayings,
  };
}

/** All that a message has ever said. @returns undefined of one that nobody has sent */
export function textsOf(id: string, { sayings, alterings }: Final): readonly string[] | undefined {
  const saying = sayings.get(id);
  if (!saying) return undefined;
  const edits = (alterings.get(id) ?? []).filter(({ what }) => what === "edited");
  return [saying.text, ...edits.map(({ text }) => text)];
}

/** Whether both are, at a place, in the same order, and look the same. @returns where they first do not; undefined: nowhere */
export function firstDifference<T>(
  one: readonly T[],
  two: readonly T[],
  isSame: (a: T, b: T) => boolean,
): number | undefined {
  for (let i = 0; i < Math.max(one.length, two.length); i++) {
    const [a, b] = [one[i], two[i]];
    if (a === undefined || b === undefined || !isSame(a, b)) return i;
  }
  return undefined;
}

export function named(
  message: { readonly id: string; readonly from: string; readonly text: string } | undefined,
): string {
  return message ? `${JSON.stringify(message.text)} of ${message.from} (${message.id})` : "nothing";
}
