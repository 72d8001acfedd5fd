/** An entry: what the index is told of a message. */
import { marks } from "../contract/search.ts";

export interface Entry {
  readonly seq: number;
  readonly text: string;
  readonly marks: readonly string[];
}

/** Where a message stands: a group by number, or the two parties of a private conversation. */
export type Standing = { readonly group: number; readonly sender: number } | { readonly a: number; readonly b: number };

/** The marks of a message: what a search can be narrowed down by. */
export function marksOf(where: Standing): readonly string[] {
  if ("group" in where) return [marks.group(where.group), marks.sender(where.sender)];
  const { a, b } = where;
  return a === b ? [marks.party(a), marks.alone(a)] : [marks.party(a), marks.party(b)];
}
