/** Emoji by the names that people give them, for who has no key for them and for terminals that cannot draw them. */

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
