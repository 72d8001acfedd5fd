/** What users, groups and realms may be called. */
import type { Address } from "./contract.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/;

export function isName(word: string): boolean {
  return NAME.test(word);
}

/** `name` or `name@realm`, as the contract has it. */
export function addressOf(text: string): Address {
  const at = text.indexOf("@");
  return at < 0 ? { name: text } : { name: text.slice(0, at), realm: text.slice(at + 1) };
}
