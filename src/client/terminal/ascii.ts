/** Our own signs in ASCII, for terminals and fonts that have no others; what is not among them stays as it is. */
import { emojiNamed, emojiNames } from "../emoji-names.ts";

const SIGNS: Readonly<Record<string, string>> = {
  "›": ">",
  "✓": "[ok]",
  "✗": "[x]",
  "⇢": "[queued]",
  "…": "...",
  "─": "-",
  "→": "->",
  "↪": ">",
  "↑": "^",
  "↓": "v",
  "█": "#",
  "░": ".",
  "•": "*",
  "«": '"',
  "»": '"',
};

/** One of our signs, or an emoji that has a name, with or without the selector that makes it one (U+FE0F). */
const EMOJI = emojiNames.map((name) => emojiNamed(name)?.replace("\ufe0f", ""));
const ANY = new RegExp(`[${Object.keys(SIGNS).join("")}]|(?:${EMOJI.join("|")})\ufe0f?`, "gu");
const NAMES = new Map(EMOJI.map((emoji, i) => [emoji, `:${emojiNames[i]}:`]));

/** A text of ours with the signs that a terminal has. */
export type Glyphs = (text: string) => string;

/** The text with our signs replaced, and emoji by their names. */
export function inAscii(text: string): string {
  return text.replace(ANY, (sign) => SIGNS[sign] ?? (NAMES.get(sign.replace("\ufe0f", "")) as string));
}
