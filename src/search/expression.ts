/** MATCH expressions of FTS5. Whatever somebody has typed stands in quotes: nothing in it is an operator. */
import type { Place, Term } from "../contract/search.ts";

/** Begins what a message is filed under. It is a letter to the tokenizer, and no text holds it. */
export const MARK = "\u0001";

/** Control characters that mean something here; texts of older folders might hold them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is for
const OWN = /[\u0000-\u0003]/g;

/** A text without characters that mean something in an index. */
export function withoutOwn(text: string): string {
  return text.replace(OWN, " ");
}

export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

/** All terms, as an index has them that knows where each word stands. */
export function expressionOf(terms: readonly Term[]): string {
  return terms.map(({ is, text }) => quoted(withoutOwn(text)) + (is === "prefix" ? " *" : "")).join(" AND ");
}

/** A token, or the beginning of some. */
export interface Token {
  readonly text: string;
  readonly isPrefix: boolean;
}

/** All tokens, in any of the places, as an index has them that knows only what is in a message. */
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
