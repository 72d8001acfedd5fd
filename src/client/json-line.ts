/** The objects that scripts read, one a line: README, "Scripts with chat-client". */
import { inert } from "./terminal/inert.ts";

/** Of every object; a new one when a field changes its meaning. */
const VERSION = 1;

/** What others have in it can act on no terminal, and is the same JSON. @param fields no `type` or `v` of theirs counts */
export function jsonLine(type: string, fields: object): string {
  const head = { type, v: VERSION };
  return inert(JSON.stringify({ ...head, ...fields, ...head }));
}
