/**
 * A file's content inside a reply, as base64. It may be larger than what is held at once: the reply is made with a mark in its
 * place, and who writes the reply puts the content there as it is read.
 */

import type { Content } from "../contract/shapes.ts";

/** Stands in a reply's field for the content. No file's name, and no other word beside a content, is this. */
export const INLINED = "\0";

/** As it stands in a frame. Nowhere else can it: within a JSON text a quotation mark has a backslash before it. */
const MARK = JSON.stringify(INLINED);

/** A frame's parts before and after the content, the quotation marks with them. @throws Error if there is not one mark */
export function aroundInlined(frame: string): [head: string, tail: string] {
  const [head, tail, more] = frame.split(MARK);
  if (head === undefined || tail === undefined || more !== undefined) {
    throw new Error("a reply with a content inside has one mark for it");
  }
  return [`${head}"`, `"${tail}`];
}

/** What rows have whose reply has INLINED in the place of the output's content. */
export const inlined = { inlined: ({ content }: { readonly content: Content }): Content => content };
