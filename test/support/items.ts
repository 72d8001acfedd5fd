/** What realms deliver to each other: PROTOCOL.md, "Items". */
import { randomUUID } from "node:crypto";

export interface Item {
  readonly n: number;
  readonly kind: string;
  readonly [value: string]: unknown;
}

let last = 0;

/** Any item, with a number above all before it; `values` may replace each of its parts. */
export function item(kind: string, values: Readonly<Record<string, unknown>>): Item {
  last = Math.max(last + 1, Date.now() * 1000);
  return { n: last, kind, ...values };
}

/** A message from a user of the sending realm to users of the receiving one. */
export function message(from: string, to: readonly string[], text: string, more: Record<string, unknown> = {}): Item {
  return item("message", { id: randomUUID(), from: person(from), to, text, time: Date.now(), ...more });
}

/** A message in a group of the receiving realm. */
export function post(from: string, group: string, text: string, more: Record<string, unknown> = {}): Item {
  return item("post", { id: randomUUID(), from: person(from), group, text, time: Date.now(), ...more });
}

/** A message in a group of the sending realm: number `seq`, the one before is `prev`. */
export function groupMessage(
  from: { name: string; realm: string },
  group: string,
  [prev, seq]: readonly [number, number],
  text: string,
  more: Record<string, unknown> = {},
): Item {
  const values = { id: randomUUID(), seq, prev, group, from: { full: from.name, ...from }, text, time: Date.now() };
  return item("group", { ...values, ...more });
}

export function person(name: string): { readonly name: string; readonly full: string } {
  return { name, full: `${name} lengkap` };
}
