/** What others wrote, made safe to show: it can move no cursor, change no colour and turn no text around. */

/** C0 but line feed and tab, DEL, C1; then marks that turn the direction of a text, and the separators of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is what it is for
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text as it may be shown: what would act on the terminal is named instead. */
export function inert(text: string): string {
  return text.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
