/** What users, groups, realms and files may be called. */
import type { Address } from "./shapes.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

export function isName(word: string): boolean {
  return NAME.test(word);
}

/**
 * What changes how the line around it is shown: directions of writing (Unicode, Bidi_Control), line and paragraph
 * separators, and the byte order mark, which shows nothing.
 */
const MISLEADING = /[\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

export function isMisleading(text: string): boolean {
  return text.search(MISLEADING) >= 0;
}

/** A full name or a country as it may be shown: older folders and other realms hold what is refused today. */
export function withoutMisleading(text: string): string {
  return text.replace(MISLEADING, "");
}

/** The key of a name of another realm. */
export function keyAt(name: string, realm: string): string {
  return `${name.toLowerCase()}@${realm}`;
}

/** `name` or `name@realm`, as the contract has it. */
export function addressOf(text: string): Address {
  const at = text.indexOf("@");
  return at < 0 ? { name: text } : { name: text.slice(0, at), realm: text.slice(at + 1) };
}

/** At most so many bytes of UTF-8, no character cut. */
export function shortened(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.length <= bytes) return text;
  let end = Math.max(0, bytes);
  // RFC 3629, section 3: the bytes of a character after its first begin with 10.
  while (end > 0 && ((all[end] as number) & 0xc0) === 0x80) end--;
  return all.toString("utf8", 0, end);
}
