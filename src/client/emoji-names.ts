/**
 * The commonest emoji by GitHub's names, for reactions and for terminals that cannot draw them. All there are are in emoji.ts: they take
 * longer to load than most of the client.
 */

const byName: Readonly<Record<string, string>> = {
  "+1": "👍",
  "-1": "👎",
  heart: "❤️",
  smile: "😄",
  joy: "😂",
  wink: "😉",
  cry: "😢",
  sob: "😭",
  angry: "😠",
  thinking: "🤔",
  open_mouth: "😮",
  tada: "🎉",
  fire: "🔥",
  clap: "👏",
  pray: "🙏",
  wave: "👋",
  ok_hand: "👌",
  muscle: "💪",
  eyes: "👀",
  rocket: "🚀",
  star: "⭐",
  100: "💯",
  white_check_mark: "✅",
  x: "❌",
  question: "❓",
  coffee: "☕",
};

/** Names, the commonest first. */
export const emojiNames: readonly string[] = Object.keys(byName);

/** `heart` is ❤️. @returns undefined for a name that no emoji has here */
export function emojiNamed(name: string): string | undefined {
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}
