/** MATCH expressions of FTS5. All that a user has typed is quoted: nothing in it is an operator. */
import type { Place, Term } from "../contract/search.ts";

/** Begins each mark of a message. It is a letter to the tokenizer, and no text contains it. */
export const MARK = "\u0001";

/** Control characters that mean something in an index; messages of old data folders may contain them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for
const RESERVED = /[\u0000-\u0003]/g;

/** A text without the control characters that mean something in an index. */
export function withoutReserved(text: string): string {
  return text.replace(RESERVED, " ");
}

export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** Matches all terms, in a table that knows where each word stands. */
export function expressionOf(terms: readonly Term[]): string {
  return terms.map(({ is, text }) => quoted(withoutReserved(text)) + (is === "prefix" ? " *" : "")).join(" AND ");
}

/** A token, or the beginning of one. */
export interface Token {
  readonly text: string;
  readonly isPrefix: boolean;
}

/** Matches all tokens in any of the places, in a table that only knows which tokens are in a message (`detail=none`). */
export function indexExpression(tokens: readonly Token[], places: readonly Place[] | undefined): string {
  const words = tokens.map(({ text, isPrefix }) => quoted(text) + (isPrefix ? " *" : ""));
  const where = places && `(${places.map(placeExpression).join(" OR ")})`;
  return [...words, ...(where === undefined ? [] : [where])].join(" AND ");
}

function placeExpression({ all, any }: Place): string {
  const marked = (mark: string): string => quoted(MARK + mark);
  const parts = all.map(marked);
  if (any) parts.push(`(${any.map(marked).join(" OR ")})`);
  return `(${parts.join(" AND ")})`;
}
