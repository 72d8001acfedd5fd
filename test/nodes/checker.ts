/**
 * Judges a history: what was acknowledged holds, on every node, and everybody was told of it. It trusts no order but that of ticks
 * and of ids. A room for each kind of thing that can be acknowledged: rules/.
 */
import type { History } from "./history.ts";
import { accessWrongs } from "./rules/accesses.ts";
import { alteringWrongs } from "./rules/alterings.ts";
import { fileWrongs } from "./rules/files.ts";
import { finalOf } from "./rules/final.ts";
import { letterWrongs } from "./rules/letters.ts";
import { lookWrongs } from "./rules/looks.ts";
import { markWrongs } from "./rules/marks.ts";
import { messageWrongs } from "./rules/messages.ts";
import { watcherWrongs } from "./rules/watchers.ts";

/** @returns what does not hold, a line each */
export function wrongsOf(history: History): readonly string[] {
  const final = finalOf(history);
  return [
    ...messageWrongs(history, final),
    ...alteringWrongs(history, final),
    ...watcherWrongs(history, final),
    ...lookWrongs(history, final),
    ...fileWrongs(history, final),
    ...markWrongs(history, final),
    ...accessWrongs(history),
    ...letterWrongs(history),
  ];
}
