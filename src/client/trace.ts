/** What `--trace` shows of the wire. */
import type { Trace } from "../connection/wire-options.ts";
import { masked, maskedReply } from "./secrets.ts";
import { inert } from "./terminal/inert.ts";

/** Writes what is sent (`>`) and what comes (`<`), a frame a line; passwords and tokens are masked. */
export function traceTo(write: (text: string) => void): Trace {
  return (direction, frame) => {
    const shown = direction === ">" ? masked(frame) : maskedReply(frame);
    write(`${direction} ${inert(shown.replaceAll("\n", "\\n"))}\n`);
  };
}
