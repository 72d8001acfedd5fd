/** What users, groups, realms and files may be called. */
import type { Address, Person } from "./shapes.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

/** Whether a user, group or realm may have this name. */
export function isName(word: string): boolean {
  return NAME.test(word);
}

/**
 * Characters that change how the line around them is displayed: directions of writing (Unicode, Bidi_Control), line and
 * paragraph separators, and the byte order mark, which is invisible.
 */
const MISLEADING = /[\p{Bidi_Control}\u2028\u2029\ufeff]/gu;

/** Whether a text holds characters that change how its line is displayed. */
export function isMisleading(text: string): boolean {
  return text.search(MISLEADING) >= 0;
}

/** A full name or a country without such characters: older folders and other realms hold some that are refused today. */
export function withoutMisleading(text: string): string {
  return text.replace(MISLEADING, "");
}

/** The key of a user or group of another realm: what it is compared by. @param realm the realm's key */
export function keyAt(name: string, realm: string): string {
  return `${name.toLowerCase()}@${realm}`;
}

/** The address that `name` or `name@realm` stands for. */
export function parseAddress(text: string): Address {
  const at = text.indexOf("@");
  return at < 0 ? { name: text } : { name: text.slice(0, at), realm: text.slice(at + 1) };
}

/** `name` of a user here, `name@realm` of one of another realm. */
export function formatAddress({ name, realm, local }: Pick<Person, "name" | "realm" | "local">): string {
  return local ? name : `${name}@${realm}`;
}

/** The address that a text is meant as, `name` or `name@realm`; whether it is one is for the server to say. */
export function addressOf(text: string): Address {
  const at = text.indexOf("@");
  return at < 0 ? { name: text } : { name: text.slice(0, at), realm: text.slice(at + 1) };
}

/** The beginning of a text that has at most so many bytes of UTF-8; no character is cut. */
export function shortened(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.length <= bytes) return text;
  let end = Math.max(0, bytes);
  // RFC 3629, section 3: the bytes of a character after its first begin with 10.
  while (end > 0 && ((all[end] as number) & 0xc0) === 0x80) end--;
  return all.toString("utf8", 0, end);
}
