/** Our own signs in ASCII, for terminals and fonts that have no others; what is not among them stays as it is. */
const SIGNS: Readonly<Record<string, string>> = {
  "›": ">",
  "✓": "[ok]",
  "✗": "[x]",
  "⇢": "[queued]",
  "…": "...",
  "─": "-",
  "→": "->",
  "↑": "^",
  "↓": "v",
  "█": "#",
  "░": ".",
  "•": "*",
  "«": '"',
  "»": '"',
};

const ANY = new RegExp(`[${Object.keys(SIGNS).join("")}]`, "g");

/** A text of ours with the signs that a terminal has. */
export type Glyphs = (text: string) => string;

/** The text with our signs replaced. */
export function inAscii(text: string): string {
  return text.replace(ANY, (sign) => SIGNS[sign] as string);
}
