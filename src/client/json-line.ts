/** The objects that scripts read, one a line: README, "Scripts with chat-client". */
import { inert } from "./terminal/inert.ts";

/** Version of the objects; another one when a field changes its meaning. */
const VERSION = 1;

/** One object; control characters in it are escaped, so that it can act on no terminal. @param fields without `type` and `v` */
export function jsonLine(type: string, fields: object): string {
  const head = { type, v: VERSION };
  return inert(JSON.stringify({ ...head, ...fields, ...head }));
}
