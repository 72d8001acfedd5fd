/** An entry: what the index is told of a message. */
import { marks } from "../contract/search.ts";
import { MARK } from "./expression.ts";

export interface Entry {
  readonly seq: number;
  readonly text: string;
  /** What a search can be narrowed down by: words, each behind MARK. */
  readonly marks: string;
}

/** Where a message stands: a group by number, or the two parties of a private conversation. */
export type Standing = { readonly group: number; readonly sender: number } | { readonly a: number; readonly b: number };

/** The marks of a message, as of `Entry`. */
export function marksOf(where: Standing): string {
  if ("group" in where) return `${MARK}${marks.group(where.group)} ${MARK}${marks.sender(where.sender)}`;
  const { a, b } = where;
  return `${MARK}${marks.party(a)} ${MARK}${a === b ? marks.alone(a) : marks.party(b)}`;
}
