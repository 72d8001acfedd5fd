/**
 * `:smile:` becomes 😄 where Tab completes it, by GitHub's names. Nothing else replaces it: what one types is what is sent.
 */
import type { Completion } from "./terminal/completion.ts";

/** Behind a digit or a letter it is no beginning of a name: `05:41`. */
const NAME = /(?<![\p{L}\p{N}:]):([a-z\d_+-]{2,}):?$/iu;

/** Emoji to choose from. */
const MOST = 50;

/** The name of an emoji that a line ends with, or its beginning. @returns undefined where there is none */
export function emojiNameIn(before: string): string | undefined {
  return NAME.exec(before)?.[1]?.toLowerCase();
}

/** The emoji whose names begin with what the line ends with, then those of which another word does. @returns undefined where there are none */
export async function completeEmoji(before: string): Promise<Completion | undefined> {
  const [typed = ""] = NAME.exec(before) ?? [];
  const wanted = emojiNameIn(before);
  if (wanted === undefined) return undefined;
  // It takes longer to load than most of the client.
  const { nameToEmoji } = await import("gemoji");
  const all = Object.entries(nameToEmoji);
  const found = new Map<string, string>();
  const fits = typed.endsWith(":")
    ? all.filter(([name]) => name === wanted)
    : [
        ...all.filter(([name]) => name.startsWith(wanted)).sort(byLength),
        ...all.filter(([name]) => name.includes(`_${wanted}`)).sort(byLength),
      ];
  for (const [name, emoji] of fits) if (!found.has(emoji)) found.set(emoji, name);
  if (found.size === 0) return undefined;
  const candidates = Array.from(found, ([text, name]) => ({ text, about: `:${name}:` })).slice(0, MOST);
  return { replaces: typed.length, candidates };
}

function byLength([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a.length - b.length;
}
